import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeNpy } from '@kindling/core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { compare } from './compare.js';
import { hashIndices } from './keep-list.js';

const folder = mkdtempSync(join(tmpdir(), 'compare-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.restoreAllMocks());

const scores = (name: string, values: readonly number[]): string => {
  const path = join(folder, name);
  writeFileSync(path, encodeNpy({ shape: [values.length], data: Float32Array.from(values) }));
  return path;
};
const list = (name: string, indices: readonly number[]): string => {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify({ indices, hash: hashIndices(indices), total: 10 }));
  return path;
};

async function json(first: string, second: string, options = {}): Promise<unknown> {
  let text = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    text += chunk;
    return true;
  });
  await compare(first, second, { ...options, json: true });
  vi.restoreAllMocks();
  return JSON.parse(text);
}

describe('prune compare', () => {
  it('compares the order of scores, and what they keep', async () => {
    const a = scores('a.npy', [1, 2, 3, 4, 5, Number.POSITIVE_INFINITY]);
    const b = scores('b.npy', [2, 1, 3, 5, 4, 6]);
    const result = await json(a, b, { fraction: 1 / 3 });
    // 1 − 6·Σd²/(n³ − n), with Σd² = 4.
    expect(result).toMatchObject({ kind: 'scores', count: 6, overlap: { common: 1, ofFirst: 0.5, chance: 1 / 3 } });
    expect((result as { rankCorrelation: number }).rankCorrelation).toBeCloseTo(1 - 24 / 210, 12);
    expect(await json(a, b, { fraction: 1 / 3, keep: 'easy' })).toMatchObject({ overlap: { common: 2 } });
  });

  it('compares keep lists', async () => {
    const result = await json(list('a.json', [0, 4, 5]), list('b.json', [4, 5, 6, 9]));
    expect(result).toMatchObject({ kind: 'keep-lists', counts: [3, 4], count: 10, overlap: { common: 2, jaccard: 0.4, chance: 0.4 } });
  });

  it('refuses what cannot be compared', async () => {
    const [a, b] = [scores('c.npy', [1, 2]), scores('d.npy', [1, 2, 3])];
    await expect(compare(a, b, {})).rejects.toThrow('got 3 scores; expected 2');
    await expect(compare(a, list('c.json', [1]), {})).rejects.toThrow('scores beside a keep list');
    await expect(compare(a, a, { fraction: 0 })).rejects.toThrow('--fraction: got 0');
  });
});
