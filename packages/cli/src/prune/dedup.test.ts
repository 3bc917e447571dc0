import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeNpy, pcgHash } from '@kindling/core';
import { encodeImages, encodeLabels } from '@kindling/data';
import { testAdapters } from '@kindling/device/testing';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type DedupOptions, dedup, epsilonsOf } from './dedup.js';
import { leakPairs } from './dedup-lists.js';

const [TRAIN, TEST, SIDE] = [50, 20, 6];
const PIXELS = SIDE * SIDE;
let folder: string;

/** A byte that is the same everywhere. */
const byte = (i: number): number => pcgHash(i) >>> 24;

/** Training images 40 .. 49 are copies of 0 .. 9, 30 .. 39 nearly; test images 0 .. 4 are training images 0 .. 4, test image 5 nearly 5. */
function writeData(path: string): void {
  const train = Uint8Array.from({ length: TRAIN * PIXELS }, (_, i) => byte(i));
  train.copyWithin(40 * PIXELS, 0, 10 * PIXELS);
  for (let i = 0; i < 10 * PIXELS; i++) train[30 * PIXELS + i] = Math.min(255, train[i]! + 6 * (i % 5));
  const test = Uint8Array.from({ length: TEST * PIXELS }, (_, i) => byte(90_000 + i));
  test.set(train.subarray(0, 6 * PIXELS));
  test[5 * PIXELS] = test[5 * PIXELS]! ^ 3;
  const labels = (count: number): Uint8Array => Uint8Array.from({ length: count }, (_, i) => i % 10);
  for (const [role, count, images] of [
    ['train', TRAIN, train],
    ['t10k', TEST, test],
  ] as const) {
    writeFileSync(join(path, `${role}-images-idx3-ubyte`), encodeImages({ count, height: SIDE, width: SIDE }, images));
    writeFileSync(join(path, `${role}-labels-idx1-ubyte`), encodeLabels(labels(count)));
  }
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kindling-dedup-'));
  writeData(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(options: DedupOptions): Promise<string> {
  const written: string[] = [];
  const spy = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
  try {
    expect(await dedup({ data: folder, ...options })).toBe(0);
  } finally {
    spy.mockRestore();
  }
  return written.join('');
}

describe('epsilonsOf', () => {
  it('reads a list, rising and without repeats, and refuses what is no ε', () => {
    expect(epsilonsOf(' 0.1, .01,1e-2').map(({ text }) => text)).toEqual(['0.01', '0.1']);
    for (const text of ['', '0', '1', 'a', '0.1,', '-0.1']) expect(() => epsilonsOf(text)).toThrow(/^--epsilon/);
  });
});

describe('leakPairs', () => {
  it('lists the nearest first, and an exact one by its first copy', () => {
    const leak = { cosines: Float32Array.of(0.99, 0.5, 1), nearest: Int32Array.of(7, 3, 9) };
    const labels = { test: Uint8Array.of(0, 1, 2), train: Uint8Array.from({ length: 10 }, (_, i) => i) };
    const pairs = leakPairs(leak, Int32Array.of(-1, -1, 2), 0.9, labels);
    expect(pairs.map(({ test, train, exact }) => [test, train, exact])).toEqual([
      [2, 2, true],
      [0, 7, false],
    ]);
    expect(leakPairs(undefined, Int32Array.of(-1, 4, -1), 0.9, labels).map(({ test }) => test)).toEqual([1]);
  });
});

describe.each(await testAdapters())('kindling prune dedup on %s', (adapter) => {
  it('finds what was planted, and writes lists that their hashes fit', async () => {
    const out = join(folder, `out-${adapter}`);
    const found = JSON.parse(await run({ adapter, out, clusters: 1, epsilon: '0.01,0.0001', json: true }));
    expect(found).toMatchObject({ out, embedding: 'pixels', count: 50, clusters: 1, exact: { kept: 40, dropped: 10 }, seed: 1 });
    expect(found.epsilons).toMatchObject([
      { epsilon: 0.0001, kept: 40, greedyKept: 40 },
      { epsilon: 0.01, kept: 30, greedyKept: 30 },
    ]);
    expect(found.leak).toMatchObject({ scope: 'all', tests: 20, exact: 5, otherLabel: 0 });
    expect(found.leak.above[1]).toEqual({ epsilon: 0.01, count: 6 });
    for (const name of found.files) expect(existsSync(join(out, name)), name).toBe(true);
    for (const name of ['keep-exact', 'keep-0.01', 'greedy-0.0001']) {
      const list = JSON.parse(readFileSync(join(out, `${name}.json`), 'utf8'));
      const hash = createHash('sha256')
        .update(new Uint8Array(Uint32Array.from(list.indices).buffer))
        .digest('hex');
      expect(list).toMatchObject({
        kind: 'keep-list',
        metric: 'dedup',
        sign: -1,
        seed: 1,
        total: 50,
        hash,
        fraction: list.indices.length / 50,
      });
    }
    const m = decodeNpy(readFileSync(join(out, 'm.npy')), 'm');
    const match = decodeNpy(readFileSync(join(out, 'match.npy')), 'match');
    expect([m.shape, match.shape, match.data.constructor]).toEqual([[50], [50], Int32Array]);
    expect(m.data.filter((value) => !(value > 1 - 0.01))).toHaveLength(30);
    const { pairs } = JSON.parse(readFileSync(join(out, 'leak.json'), 'utf8'));
    expect(pairs.map(({ test }: { test: number }) => test)).toEqual([0, 1, 2, 3, 4, 5]);
    await expect(run({ adapter, out })).rejects.toThrow(/holds a deduplication/);
  });

  it('looks within clusters, or not at all, and says so', async () => {
    const shown = await run({ adapter, out: join(folder, `cluster-${adapter}`), clusters: 3, leak: 'cluster' });
    expect(shown).toContain('cluster is missed');
    const none = JSON.parse(await run({ adapter, out: join(folder, `none-${adapter}`), leak: 'none', json: true }));
    expect(none.leak).toMatchObject({ scope: 'none', exact: 5, above: [{ count: null }, { count: null }, { count: null }] });
  });

  it('refuses before it begins', async () => {
    const out = join(folder, 'never');
    await expect(run({ adapter })).rejects.toThrow(/^--out/);
    await expect(run({ adapter, out, embedding: 'model' })).rejects.toThrow(/^--embedding/);
    await expect(run({ adapter, out, embedding: 'pixels', checkpoint: 'x' })).rejects.toThrow(/^--embedding/);
    await expect(run({ adapter, out, clusters: 0 })).rejects.toThrow(/^--clusters/);
    await expect(run({ adapter, out, clusters: 51 })).rejects.toThrow(/^--clusters: got 51/);
    await expect(run({ adapter, out, order: 'hard' })).rejects.toThrow(/^--order/);
    await expect(run({ adapter, out, seed: -1 })).rejects.toThrow(/^--seed/);
    expect(existsSync(out)).toBe(false);
  });
});
