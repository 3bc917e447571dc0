import { describe, expect, it } from 'vitest';
import { noteShare, takeShares } from '../../packages/kernels/src/testing/shares.ts';
import { bundle } from '../suite/build.mjs';
import { mergeShares, shortTable, totals, writeReport } from '../suite/report.mjs';

describe('recorder', () => {
  it('keeps the largest share and counts cases by op, variant, adapter and tensor', () => {
    takeShares();
    noteShare('conv2d.naive on lavapipe: dx', 0.25);
    noteShare('conv2d.naive on lavapipe: dx along a direction', 0.5);
    noteShare('adam no clip on swiftshader: m of model 1', 0.1);
    noteShare('adam no clip on swiftshader: m of model 0', Number.POSITIVE_INFINITY);
    noteShare('evaluate: losses', 0);
    expect(takeShares()).toEqual([
      { op: 'conv2d', variant: 'naive', adapter: 'lavapipe', tensor: 'dx', share: 0.5, cases: 2 },
      { op: 'adam', variant: '', adapter: 'swiftshader', tensor: 'm', share: Number.POSITIVE_INFINITY, cases: 2 },
      { op: 'evaluate', variant: '', adapter: '', tensor: '', share: 0, cases: 1 },
    ]);
    expect(takeShares()).toEqual([]);
  });
});

describe('table', () => {
  const share = (adapter, share, variant = 'naive') => ({ op: 'relu', variant, adapter, tensor: 'y', share, cases: 2 });
  const result = (shares, failed = []) => ({ file: 'a.test.ts', passed: 1, failed, skipped: [], ms: 5, shares });
  const lavapipe = { kind: 'lavapipe', name: 'llvmpipe (LLVM 15)' };
  const failure = { name: 'relu > holds', error: 'got 1, expected 2' };
  const runs = {
    // The second file names the adapter, not its kind; null is what JSON makes of infinity.
    node: {
      version: 'Node 20',
      adapters: [lavapipe],
      seconds: 1,
      errors: [],
      results: [result([share('lavapipe', 0.25)]), result([share('llvmpipe (LLVM 15)', 0.5)])],
    },
    deno: {
      version: 'deno 2',
      adapters: [lavapipe],
      seconds: 1,
      errors: [],
      results: [result([share('lavapipe', null, 'subgroup')], [failure])],
    },
    chromium: { missing: 'install Chromium', seconds: 0 },
  };

  it('merges files, and has a column for each runner and adapter', () => {
    expect(mergeShares(runs)).toEqual([
      { op: 'relu', variant: 'naive', tensor: 'y', cells: { 'node lavapipe': { share: 0.5, cases: 4 } } },
      { op: 'relu', variant: 'subgroup', tensor: 'y', cells: { 'deno lavapipe': { share: Number.POSITIVE_INFINITY, cases: 2 } } },
    ]);
    expect(shortTable(runs).split('\n')).toEqual(['op    node lavapipe  deno lavapipe', 'relu         50.0 %              ∞']);
  });

  it('shows failures, and what is missing with its remedy', () => {
    const { text, failures } = writeReport({
      date: '2026-01-01',
      commit: 'abc',
      machine: 'm',
      runs,
      left: [{ file: 'b.test.ts', reason: 'needs node:zlib' }],
    });
    expect(failures).toEqual([{ runner: 'deno', file: 'a.test.ts', ...failure }]);
    expect(totals(runs.deno)).toEqual({ files: 1, passed: 1, failed: 1, skipped: 0 });
    expect(text).toContain('| chromium | not here: install Chromium |');
    expect(text).toContain('got 1, expected 2');
    expect(text).toContain('- b.test.ts: needs node:zlib');
    expect(text).toContain('| relu | 50.0 % (4) | **∞** (2) |');
  });
});

describe('bundle', () => {
  it('takes every test file, or says why not', async () => {
    const { portable, skipped } = await bundle();
    expect(portable).toContain('packages/kernels/src/golden.test.ts');
    expect(portable.length).toBeGreaterThan(20);
    for (const { reason } of skipped) expect(reason).toMatch(/^needs /);
  });
});
