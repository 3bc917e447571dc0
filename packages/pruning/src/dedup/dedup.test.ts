import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { kMeans, meanDirections } from '../kmeans/kmeans.js';
import { nearestRows, RowBlocks, type UnitRows, unitRows } from '../kmeans/rows.js';
import { deduplicate, greedyKeep, keptAt, sequenceOf } from './dedup.js';
import { exactMatches } from './exact.js';
import { cosine, referenceGreedy, referenceM } from './reference.js';

/** Numbers from −1 to 1 that are the same everywhere. */
const noise = (i: number): number => ((Math.imul(i + 1, 2654435761) >>> 8) % 20011) / 10005.5 - 1;
const random = (count: number, width: number, salt = 0): UnitRows =>
  unitRows(
    Float64Array.from({ length: count * width }, (_, i) => noise(i + 7919 * salt)),
    count,
    width,
  );

/** Items near `kinds` directions, `spread` apart, among them exact copies: item n and n + 1 where n % 7 is 3. */
function near(count: number, width: number, kinds: number, spread: number): UnitRows {
  const values = new Float64Array(count * width);
  for (let n = 0; n < count; n++) {
    const same = n % 7 === 4 ? n - 1 : n;
    for (let d = 0; d < width; d++) values[n * width + d] = noise((same % kinds) * width + d) + spread * noise(50_000 + same * width + d);
  }
  return unitRows(values, count, width);
}

describe('exact matches', () => {
  it('names the first item of the same bytes', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 1, 2, 0, 0, 1, 2, 3, 4);
    const { matches, index } = exactMatches(bytes, 6);
    expect([...matches]).toEqual([-1, -1, 0, -1, 0, 1]);
    expect(index.find(Uint8Array.of(9, 9, 0, 0), 1)).toBe(3);
    expect(index.find(Uint8Array.of(9, 9, 0, 0), 0)).toBe(-1);
  });
});

describe('keptAt', () => {
  it('drops what is above 1 − ε alone, and refuses an ε out of range', () => {
    expect([...keptAt([-1, 0.9, 0.95, 0.96, 1], 0.05)]).toEqual([0, 1, 2]);
    for (const epsilon of [0, 1, -0.1, Number.NaN]) expect(() => keptAt([1], epsilon)).toThrow(/^--epsilon/);
  });
});

describe.each(await testAdapters())('deduplication on %s', (kind) => {
  it('finds the nearest row in any ranges, over blocks of awkward sizes, the first among equals', async () => {
    const device = await testDevice(kind);
    for (const [count, width, blockBytes] of [
      [1, 1, 64],
      [53, 7, 5 * 32],
      [131, 30, 1 << 20],
    ] as const) {
      const [queries, candidates] = [random(count, width, 1), random(37, width, 2)];
      // Rows 5 and 9 are the same: 5 wins.
      candidates.values.copyWithin(9 * width, 5 * width, 6 * width);
      const ranges = Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? (i * 5) % 37 : Math.min(37, ((i * 11) % 41) + 1)));
      const blocks = [queries, candidates].map((rows) => new RowBlocks(device, rows, undefined, blockBytes));
      const found = await nearestRows(device, blocks[0]!, blocks[1]!, { ranges });
      for (let q = 0; q < count; q++) {
        const [first, last] = [ranges[2 * q]!, ranges[2 * q + 1]!];
        if (first >= last) {
          expect([found.cosines[q], found.places[q]]).toEqual([-2, 0xffffffff]);
          continue;
        }
        const all = Array.from({ length: last - first }, (_, i) => cosine(queries, q, candidates, first + i));
        expect(Math.abs(found.cosines[q]! - Math.max(...all))).toBeLessThan(2e-6);
        expect(Math.abs(all[found.places[q]! - first]! - Math.max(...all))).toBeLessThan(2e-6);
        if (first <= 5) expect(found.places[q]).not.toBe(9);
      }
    }
  });

  it('k-means leaves each row at its nearest centroid, each centroid at its rows’ mean direction, and empties none', async () => {
    const device = await testDevice(kind);
    const rows = near(90, 12, 5, 0.4);
    const result = await kMeans(device, rows, new RowBlocks(device, rows), { clusters: 6, seed: 3, passes: 60 });
    expect(result.settled).toBe(true);
    expect(new Set(result.groups).size).toBe(6);
    for (let n = 0; n < rows.count; n++) {
      const all = Array.from({ length: 6 }, (_, k) => cosine(rows, n, result.centroids, k));
      expect(Math.abs(all[result.groups[n]!]! - Math.max(...all))).toBeLessThan(2e-6);
      expect(Math.abs(result.cosines[n]! - Math.max(...all))).toBeLessThan(2e-6);
    }
    const means = meanDirections(rows, result.groups, result.cosines, 6);
    means.values.forEach((value, i) => {
      expect(Math.abs(value - result.centroids.values[i]!)).toBeLessThan(1e-6);
    });
    const one = unitRows(
      Float64Array.from({ length: 20 }, () => 1),
      10,
      2,
    );
    const [all] = [await kMeans(device, one, new RowBlocks(device, one), { clusters: 3, seed: 1 })];
    expect([...all.groups]).toEqual(Array(10).fill(0));
    await expect(kMeans(device, one, new RowBlocks(device, one), { clusters: 11, seed: 1 })).rejects.toThrow(/^--clusters: got 11/);
  });

  it('M and the greedy keep are what their definitions say, in both orders and for every ε', async () => {
    const device = await testDevice(kind);
    const rows = near(150, 20, 9, 0.35);
    for (const order of ['central', 'outlying'] as const) {
      const found = await deduplicate(device, rows, { clusters: 4, seed: 1, order });
      const { groups } = found.kmeans;
      expect(found.sequence).toEqual(sequenceOf(found.kmeans, order).sequence);
      const expected = referenceM(rows, found.sequence, groups);
      found.m.forEach((value, item) => {
        expect(Math.abs(value - expected[item]!)).toBeLessThan(2e-6);
        const match = found.match[item]!;
        if (match === -1) expect(value).toBe(-1);
        else expect(Math.abs(cosine(rows, match, rows, item) - expected[item]!)).toBeLessThan(2e-6);
      });
      for (const epsilon of [0.001, 0.03, 0.1, 0.3]) {
        const greedy = await greedyKeep(device, rows, found, epsilon);
        expect([...greedy.indices]).toEqual(referenceGreedy(rows, found.sequence, groups, epsilon));
        // Suppressed by kept items alone: never fewer than M keeps.
        const kept = new Set(greedy.indices);
        for (const item of keptAt(found.m, epsilon)) expect(kept.has(item)).toBe(true);
        greedy.match.forEach((by, item) => {
          expect(by === -1).toBe(kept.has(item));
          if (by !== -1) expect(kept.has(by) && cosine(rows, by, rows, item) > 1 - epsilon - 2e-6).toBe(true);
        });
      }
    }
  });

  it('of planted copies exactly one stays, of near ones by ε, of a shifted picture none falls', async () => {
    const device = await testDevice(kind);
    // Pictures of 8 × 8; 20 of them, then copies, then copies with a little noise, then copies moved by three pixels.
    const width = 64;
    const values = new Float64Array(80 * width);
    for (let n = 0; n < 20; n++) {
      for (let d = 0; d < width; d++) {
        const value = noise(n * width + d);
        values[n * width + d] = value;
        values[(n + 20) * width + d] = value;
        values[(n + 40) * width + d] = value + 0.1 * noise(9000 + n * width + d);
        values[(n + 60) * width + ((d + 3) % width)] = value;
      }
    }
    const rows = unitRows(values, 80, width);
    const found = await deduplicate(device, rows, { clusters: 1, seed: 1 });
    // cos of the noisy copies: 1/√1.01, .995.
    expect(keptAt(found.m, 0.001)).toHaveLength(60);
    const kept = new Set(keptAt(found.m, 0.02));
    expect(kept.size).toBe(40);
    for (let n = 0; n < 20; n++) {
      expect([n, n + 20, n + 40].filter((item) => kept.has(item))).toHaveLength(1);
      expect(kept.has(n + 60)).toBe(true);
      // Copies tie in their distance: the first comes first.
      expect(found.match[n + 20] === n || found.m[n + 20]! > 0.98).toBe(true);
    }
  });
});
