import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EngineName } from './engine.js';
import { environment } from './environment.js';
import { formatStep } from './format-step.js';
import { errorOf, tasks } from './kernels/tasks.js';
import { agreement } from './losses.js';
import { writeRecord } from './record.js';
import { pairedRatio, quantile, rotated, summarise } from './statistics.js';
import { entryOf, onePass } from './suite/entry.js';
import { documentParts } from './testing/document.js';

describe('statistics', () => {
  it('interpolates quantiles and summarises', () => {
    expect([0, 0.25, 0.5, 1].map((q) => quantile([4, 1, 3, 2], q))).toEqual([1, 1.75, 2.5, 4]);
    expect(summarise([2, 4, 6])).toEqual({ median: 4, min: 2, max: 6, n: 3, spread: 0.5 });
  });

  it('takes ratios round by round, so that load that hits both cancels', () => {
    expect(pairedRatio([60, 600, 66], [10, 100, 11])).toBe(6);
    expect(pairedRatio([60, 600, 66], [10, 100])).toBe(6);
  });

  it('lets everybody begin a round', () => {
    expect([0, 1, 2, 3].map((round) => rotated(['a', 'b', 'c'], round).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
  });
});

describe('agreement of losses', () => {
  it('names the engine that computes something else', () => {
    const step = (losses: number[]) => ({ workload: 'step' as const, losses });
    const [a, b, odd, short] = [step([2.3, 2.2]), step([2.3001, 2.2001]), step([2.3, 2.1]), step([2.3])];
    const wrong = agreement([a, b, odd, short]);
    expect([...wrong.keys()]).toEqual([odd]);
    expect(wrong.get(odd)).toMatch('loss 2.1 at step 1');
    expect(agreement([step([Number.NaN]), a, b]).size).toBe(1);
  });

  it('asks random batches for ln 10', () => {
    expect(agreement([{ workload: 'step+binary', losses: [2.31, 2.29] }]).size).toBe(0);
    expect(agreement([{ workload: 'step+binary', losses: [1.2, 1.1] }]).size).toBe(1);
  });
});

describe('kernel tasks', () => {
  it('see a wrong element, a wrong length and a NaN', () => {
    const [task] = tasks().filter(({ name }) => name === 'conv weight gradient');
    const right = Float32Array.from({ length: 16 * 8 * 9 }, (_, i) => task!.expected(i));
    expect(errorOf(task!, right)).toBeLessThan(1e-6);
    expect(
      errorOf(
        task!,
        right.map((value) => value + 0.1),
      ),
    ).toBeGreaterThan(1e-4);
    expect(errorOf(task!, right.subarray(1))).toBe(Number.POSITIVE_INFINITY);
    expect(
      errorOf(
        task!,
        right.map(() => Number.NaN),
      ),
    ).toBeNaN();
  });
});

describe('formatStep', () => {
  it('gives an engine that did not run no row, but its reason, once for all workloads', () => {
    const counted = {
      dispatchesPerStep: null,
      submitsPerStep: null,
      hostBytesPerStep: null,
      buffersPerStep: null,
      bindGroupsPerStep: null,
    };
    const entry = (samples: number[], engine: EngineName) =>
      entryOf({ set: 'step', name: 'fixed batch', engine, ...onePass(samples), warmUp: 0, repetitions: 25 });
    const times = { ...entry([1, 2, 3], 'torch'), msMedian: 2, msMin: 1, msMax: 3, stepsPerBlock: 25, firstStepSeconds: null };
    const none = { ...times, ...entry([], 'torch-cuda'), msMedian: null, msMin: null, msMax: null };
    const common = { ...counted, lastLoss: null };
    const reason = { ...common, ...none, losses: [], engine: 'torch-cuda' as const, problem: 'no CUDA device' };
    const text = formatStep({
      ...documentParts,
      entries: [
        { ...common, ...times, losses: [2.3, 2.2], engine: 'torch', workload: 'step' },
        { ...reason, workload: 'step' },
        { ...reason, workload: 'step+binary' },
      ],
      ratios: {},
      choices: { 'relu {} x[4]': 'naive' },
    });
    expect(text.split('\n').filter((line) => line.includes('torch-cuda'))).toEqual([
      'not run (step, step+binary): torch-cuda: no CUDA device',
    ]);
    expect(text).toMatch(/^step +torch +2 /m);
    expect(text).toContain('1 kernels chosen by its tuner');
  });
});

describe('writeRecord', () => {
  it('never overwrites', () => {
    const folder = mkdtempSync(join(tmpdir(), 'records-'));
    const report = { environment: { ...environment(), date: '2026-01-02T03:04:05Z' } };
    const write = (): string => writeRecord({ name: 'x', about: 'About.', command: 'run', table: 'table', report, folder });
    expect([write(), write()]).toEqual([join(folder, '2026-01-02_x'), join(folder, '2026-01-02_x-2')]);
    expect(readdirSync(join(folder, '2026-01-02_x')).sort()).toEqual(['README.md', 'environment.json', 'report.json']);
    rmSync(folder, { recursive: true });
  });
});
