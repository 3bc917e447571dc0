import { describe, expect, it } from 'vitest';
import { indexRanges, placeOf } from './shards.js';

describe('indexRanges', () => {
  it.each([
    [50, 1, 1, Infinity],
    [50, 7, 3, Infinity],
    [50, 7, 3, 4],
    [50, 50, 50, Infinity],
    [5, 9, 2, Infinity],
    [1, 1, 8, 1],
    [1000, 3, 16, 100],
  ])('covers %i samples once, in order: split %i, shards %i, most %i', (batch, split, shards, most) => {
    const rendered: number[] = [];
    for (const range of indexRanges(batch, split, shards, most)) {
      expect(range.high - range.low).toBeLessThanOrEqual(most);
      for (const [i, { firstIndex, indexStep, batch: samples }] of range.pieces.entries()) {
        expect([firstIndex, indexStep]).toEqual([range.low + i, shards]);
        expect(samples).toBeGreaterThan(0);
        expect(firstIndex + (samples - 1) * indexStep).toBeLessThan(range.high);
      }
      for (let index = range.low; index < range.high; index++) {
        const { piece, at } = placeOf(range, index);
        const { firstIndex, indexStep, batch: samples } = range.pieces[piece]!;
        expect(firstIndex + at * indexStep).toBe(index);
        expect(at).toBeLessThan(samples);
        rendered.push(index);
      }
    }
    expect(rendered).toEqual(Array.from({ length: batch }, (_, index) => index));
  });
});
