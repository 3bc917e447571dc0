import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testAdapters } from '@kindling/device/testing';
import { parseResults } from '@kindling/figures';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBars } from './bars.js';
import { complaint, launch, type Result } from './command.js';

const place = mkdtempSync(join(tmpdir(), 'kindling-controller-'));
const kindling = (...args: string[]): Promise<Result> => launch(args, place).ended;
beforeAll(() => writeBars(join(place, 'bars')));
afterAll(() => rmSync(place, { recursive: true, force: true }));

describe('kindling controller', async () => {
  const [adapter] = await testAdapters();
  const size = ['--p', '0.5', '--steps', '8', '--batch', '4', '--block-steps', '2', '--held-out', '20', '--seeds', '2'];
  const asked = ['controller', ...size, '--data', 'bars', '--data-set', 'mnist', '--adapter', adapter!];

  it('leaves a line a seed and arm, and a log of every decision', async () => {
    const { code, stdout } = await kindling(...asked, '--families', 'strokes,augment', '--out', 'run', '--json');
    expect(code).toBe(0);
    const { lines } = parseResults(readFileSync(join(place, 'run', 'results.jsonl'), 'utf8'));
    expect(lines.map(({ arm, seed }) => `${arm} ${seed}`)).toEqual(['uniform 1', 'uniform 2', 'exp3 1', 'exp3 2', 'policy 1', 'policy 2']);
    expect(new Set(lines.map(({ hostBytesPerStep }) => hostBytesPerStep))).toEqual(new Set([0]));
    expect(JSON.parse(stdout).lines).toEqual(JSON.parse(JSON.stringify(lines)));
    const log = JSON.parse(readFileSync(join(place, 'run', 'log.json'), 'utf8'));
    expect(log.runs).toHaveLength(6);
    for (const { actions, decisions, warmupLosses } of log.runs) {
      expect([actions.length, decisions.length, warmupLosses.length]).toEqual([12, 2, 4]);
      for (const { action, probabilities } of decisions) expect(probabilities[action]).toBeGreaterThan(0);
    }
    const again = await kindling(...asked, '--out', 'run');
    expect(again.code).toBe(2);
    expect(complaint(again)).toMatch(/--out: got run, which holds results/);
  });

  it.each([
    [['--arms', 'uniform,best'], /--arms: got "uniform,best"; expected some of uniform, exp3, policy/],
    [['--p', '0'], /--p: got 0; expected a number above 0/],
    [['--block-steps', '0'], /--block-steps: got 0; expected a whole number from 1/],
    [['--seeds', 'two'], /--seeds: got "two"/],
    [['--families', 'count'], /part count: got labels that are no classes; expected the 10 classes/],
    [['--held-out', '60'], /heldOut: got 60; expected a whole number from 10 .* to 59/],
  ])('refuses %j', async (args, message) => {
    const result = await kindling(...asked, ...args, '--out', 'never');
    expect(result.code).toBe(2);
    expect(complaint(result)).toMatch(message);
  });
});
