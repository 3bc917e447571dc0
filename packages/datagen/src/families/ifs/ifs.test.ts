import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { type IfsRecipe, ifsSystems } from './family.js';
import { choiceOf, singularValues, svdMaps, Units } from './sampling.js';
import { filledShare } from './systems.js';

checkFamily('ifs', {
  // The counts are exact (one more or less would show as 1e-4 and more); brightness and colour are a quotient and some products of them.
  // Measured 6e-8, and 7e-7 with colour, on lavapipe and SwiftShader.
  tolerance: { pixel: 4e-6 },
  batch: 4,
  recipes: [
    { family: 'ifs' },
    {
      family: 'ifs',
      image: { height: 8, width: 13, channels: 3 },
      params: { jitter: 0, flip: false, rotation: 0, render: 'dots' },
      label: { kind: 'class', classes: 3 },
    },
    {
      family: 'ifs',
      image: { height: 31, width: 30 },
      params: { sampling: 'fractaldb', render: 'patch', points: 1 },
      label: { kind: 'class', classes: 4 },
    },
    {
      family: 'ifs',
      image: { height: 64, width: 65, channels: 3 },
      params: { maps: [8, 8], jitter: 0.2, rotation: 180 },
      label: { kind: 'class', classes: 2 },
    },
    { family: 'ifs', image: { height: 256, width: 256 }, params: { points: 1 }, label: { kind: 'class', classes: 2 } },
  ],
});

const parsed = (fields: object): IfsRecipe => {
  const recipe = parseRecipe({ family: 'ifs', ...fields });
  if (recipe.family !== 'ifs') throw new Error('not ifs');
  return recipe;
};

describe.each(['svd', 'fractaldb'] as const)('systems by sampling %s', (sampling) => {
  const recipe = parsed({ params: { sampling }, label: { classes: 24, kind: 'class' } });
  const systems = ifsSystems(recipe);

  it('fill as much as the recipe asks for, also by other points than those that they were chosen by', () => {
    for (const system of systems) {
      const share = filledShare(system, 0xabcdef);
      // Other points hit some other pixels; measured .0001 below the range at most.
      expect(share).toBeGreaterThan(0.2 - 0.04);
      expect(share).toBeLessThan(0.8 + 0.04);
    }
  });

  it('do not depend on how many there are; another seed gives others', () => {
    expect(ifsSystems(parsed({ params: { sampling }, label: { classes: 5, kind: 'class' } }))).toEqual(systems.slice(0, 5));
    expect(ifsSystems(parsed({ params: { sampling, systemSeed: 1 }, label: { classes: 5, kind: 'class' } }))).not.toEqual(
      systems.slice(0, 5),
    );
  });

  it('give pictures that are neither blank nor full', () => {
    for (let index = 0; index < 40; index++) {
      const { image } = sample({ family: 'ifs', params: { sampling } }, 5, 0, index);
      const mean = image.reduce((sum, value) => sum + value, 0) / image.length;
      expect(mean).toBeGreaterThan(0.02);
      expect(mean).toBeLessThan(0.75);
      expect(Math.max(...image)).toBeGreaterThan(0.7);
    }
  });
});

describe('sampling', () => {
  it('draws singular values that add up and are ordered', () => {
    for (let index = 0; index < 200; index++) {
      const units = new Units(1, 0, index);
      const n = 2 + (index % 7);
      const alpha = (5 + n) / 2 + 0.5 * (index / 200);
      const values = singularValues(units, n, alpha);
      expect(values.reduce((sum, [s1, s2]) => sum + s1 + 2 * s2, 0)).toBeCloseTo(alpha, 9);
      for (const [s1, s2] of values) {
        expect(s1).toBeLessThanOrEqual(1);
        expect(s1).toBeGreaterThanOrEqual(s2);
        expect(s2).toBeGreaterThanOrEqual(-1e-12);
      }
    }
  });

  it('keeps the singular values in the maps', () => {
    for (const [a, b, c, d] of svdMaps(new Units(2, 0, 0), 4, 5)) {
      // Both singular values are at most 1: the Frobenius norm at most √2, the determinant at most 1.
      expect(a * a + b * b + c * c + d * d).toBeLessThanOrEqual(2 + 1e-9);
      expect(Math.abs(a * d - b * c)).toBeLessThanOrEqual(1 + 1e-9);
    }
  });

  it('shares 256 choices by area, at least one each', () => {
    const shares = (maps: Parameters<typeof choiceOf>[0]): number[] =>
      maps.map((_, m) => choiceOf(maps).filter((choice) => choice === m).length);
    expect(
      shares([
        [0.5, 0, 0, 0.5, 0, 0],
        [0.5, 0, 0, 0.5, 1, 0],
        [0, 0, 0, 0.16, 0, 0],
      ]),
    ).toEqual([128, 127, 1]);
    expect(
      shares([
        [1, 0, 0, 0.3, 0, 0],
        [1, 0, 0, 0.1, 0, 0],
      ]),
    ).toEqual([192, 64]);
  });
});

describe('a recipe of ifs', () => {
  it.each([
    [{ params: { maps: [1, 3] } }, 'recipe.params.maps.0: got 1; expected >=2'],
    [{ params: { fill: [0.9, 0.2] } }, 'recipe.params.fill: got [0.9,0.2]; expected a range [low, high] with low ≤ high'],
    [{ params: { jitter: 0.5 } }, 'recipe.params.jitter: got 0.5; expected <=0.25'],
    [{ params: { render: 'lines' } }, 'recipe.params.render: got "lines"'],
    [{ params: { systemSeed: -1 } }, 'recipe.params.systemSeed: got -1'],
    [{ image: { width: 300 } }, 'recipe.image.width: got 300; expected <=256'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'ifs', ...fields })).toThrow(message);
  });

  it('is refused where no system can be found', () => {
    const recipe = parsed({ params: { maps: [2, 2], fill: [0.99, 1] }, label: { kind: 'class', classes: 2 } });
    expect(() => ifsSystems(recipe)).toThrow(/recipe.params: got no system number 0 among .* widen the range of fill/);
  });
});
