import { describe, expect, it } from 'vitest';
import { describeFamily, type FamilyId, families, parseRecipe } from './index.js';
import type { Parameter } from './parameter.js';
import { checkCounts, checkParameter, histogram, Moments } from './statistics.js';

/** Numbers that no generator under test makes: a Weyl sequence, evener than chance. */
const even = (n: number): number[] => Array.from({ length: n }, (_, i) => ((i + 1) * 0.6180339887498949) % 1);
const common = { name: 'a', stream: 'image', draw: 0 } as const;

describe('checkParameter', () => {
  const uniform: Parameter = { ...common, kind: 'uniform', low: -2, high: 6 };
  const integer: Parameter = { ...common, kind: 'integer', low: -3, high: 9 };

  it('passes what follows the specification', () => {
    expect(
      checkParameter(
        uniform,
        even(1000).map((u) => 8 * u - 2),
      ).p,
    ).toBeGreaterThan(0.5);
    expect(
      checkParameter(
        integer,
        even(1300).map((u) => Math.floor(13 * u) - 3),
      ).p,
    ).toBeGreaterThan(0.5);
    expect(
      checkParameter(
        { ...common, kind: 'class', classes: 10 },
        even(1000).map((u) => Math.floor(10 * u)),
      ).p,
    ).toBeGreaterThan(0.5);
    expect(
      checkParameter(
        { ...common, kind: 'class', classes: 100_000 },
        even(1000).map((u) => Math.floor(1e5 * u)),
      ).p,
    ).toBeGreaterThan(0.5);
    // The sum of twelve uniforms less six is normal enough for a hundred values.
    const normal = Array.from(
      { length: 100 },
      (_, i) =>
        even(1200)
          .slice(12 * i, 12 * i + 12)
          .reduce((sum, u) => sum + u, -6) *
          3 +
        1,
    );
    expect(checkParameter({ ...common, kind: 'normal', mean: 1, deviation: 3 }, normal)).toMatchObject({ test: 'ks' });
    expect(checkParameter({ ...uniform, high: -2 }, [-2, -2])).toEqual({ test: 'constant', statistic: 0, p: 1 });
  });

  it.each<[string, Parameter, number[]]>([
    ['a range that is too wide', uniform, even(1000).map((u) => 9 * u - 2)],
    ['half of the range', uniform, even(1000).map((u) => 4 * u - 2)],
    ['a missing highest value', integer, even(1000).map((u) => Math.floor(12 * u) - 3)],
    ['a value outside', integer, [...even(1000).map((u) => Math.floor(13 * u) - 3), 10]],
    ['a class that never comes', { ...common, kind: 'class', classes: 10 }, even(1000).map((u) => Math.floor(9 * u))],
    ['uniforms for a normal', { ...common, kind: 'normal', mean: 0, deviation: 1 }, even(1000)],
    ['a constant that is not', { ...uniform, high: -2 }, [-2, -1]],
  ])('fails %s', (_, parameter, values) => {
    expect(checkParameter(parameter, values).p).toBeLessThan(1e-9);
  });
});

describe('checkCounts', () => {
  it('is Pearson’s χ² of counts against weights', () => {
    // (40 − 50)²/50 + (60 − 50)²/50 = 4 at one degree of freedom.
    expect(checkCounts([40, 60], [1, 1])).toMatchObject({ test: 'chi2', statistic: 4, freedom: 1 });
    expect(checkCounts([40, 60], [1, 1]).p).toBeCloseTo(0.0455, 4);
    expect(checkCounts([500, 1000, 500], [1, 2, 1])).toMatchObject({ statistic: 0, freedom: 2, p: 1 });
    expect(checkCounts([77], [3])).toEqual({ test: 'constant', statistic: 0, p: 1 });
  });

  it('pools parts that expect few samples, and fails a part that should have none', () => {
    expect(checkCounts(new Array(16).fill(2), new Array(16).fill(1))).toMatchObject({ statistic: 0, freedom: 3 });
    // Three cells of expectation 9, 9 and 6: the last joins the one before.
    expect(checkCounts(new Array(8).fill(3), new Array(8).fill(1))).toMatchObject({ statistic: 0, freedom: 1 });
    expect(checkCounts([1, 999], [0, 1]).p).toBe(0);
    expect(checkCounts([0, 1000], [0, 1])).toMatchObject({ test: 'constant', p: 1 });
    expect(checkCounts([500, 500], [1, 2]).p).toBeLessThan(1e-9);
  });
});

describe('Moments and histogram', () => {
  it('are those of the definition', () => {
    const moments = new Moments();
    for (const value of [2, 4, 4, 4, 5, 5, 7, 9]) moments.add(value);
    expect(moments.summary()).toEqual({ count: 8, mean: 5, deviation: 2, min: 2, max: 9 });
    expect(histogram([0, 0.1, 0.5, 0.99, 1], 0, 1, 4)).toEqual([2, 0, 1, 2]);
    expect(histogram([3, 3], 3, 3, 2)).toEqual([2, 0]);
  });
});

describe('describeFamily', () => {
  it('says what each family takes, at the edges of which the recipe parses and beyond which it does not', () => {
    for (const id of Object.keys(families) as FamilyId[]) {
      const { sizes, defaults, labels } = describeFamily(id);
      expect(parseRecipe(defaults)).toEqual(defaults);
      expect(labels.length).toBeGreaterThan(0);
      expect(sizes.channels).toContain(defaults.image.channels);
      for (const side of ['height', 'width'] as const) {
        const [least, most] = sizes[side];
        for (const size of [least, most]) expect(parseRecipe({ family: id, image: { [side]: size } }).image[side]).toBe(size);
        for (const size of [least - 1, most + 1]) expect(() => parseRecipe({ family: id, image: { [side]: size } })).toThrow('recipe.');
      }
    }
    expect(describeFamily('gratings').sizes).toEqual({ height: [8, 256], width: [8, 256], channels: [1, 3] });
    expect(describeFamily('teacher').sizes).toEqual({ height: [1, 1], width: [1, 256], channels: [1] });
  });
});
