import { describe, expect, it } from 'vitest';
import { epochField, poseField, shortNumber } from './line-fields.js';

const epochs = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    loss: 2 / (i + 1),
    losses: [2 / (i + 1)],
    accuracy: [0.915, Math.fround(0.185)],
    weights: [Math.fround(0.185), 1.1],
  }));

describe('what a line of results keeps of a training', () => {
  it('is every epoch of a short one, and 14 of a long one with both ends', () => {
    expect(epochField(epochs(3))).toMatchObject([{ epoch: 1 }, { epoch: 2 }, { epoch: 3, loss: 0.66667, accuracy: [0.915, 0.185] }]);
    const some = epochField(epochs(1000)) as { epoch: number }[];
    expect(some).toHaveLength(14);
    expect([some[0]!.epoch, some[1]!.epoch, some[13]!.epoch]).toEqual([1, 78, 1000]);
  });

  it('has five digits, and null for what is not finite', () => {
    expect(shortNumber(Number.NaN)).toBeNull();
    expect(shortNumber(-0.000123456)).toBe(-0.00012346);
    expect(epochField([{ loss: Number.POSITIVE_INFINITY, losses: [], accuracy: [], weights: [] }])).toMatchObject([{ loss: null }]);
  });

  it('is mean and deviation of a pose', () => {
    const spread = { mean: 1 / 3, sd: 2 / 3 };
    expect(poseField({ step: 5, tx: spread, ty: { mean: 0, sd: 0 }, rotation: spread })).toEqual({
      step: 5,
      tx: [0.33333, 0.66667],
      ty: [0, 0],
      rotation: [0.33333, 0.66667],
    });
  });
});
