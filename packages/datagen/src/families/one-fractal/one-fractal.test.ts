import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { oneFractalSystems } from './family.js';

checkFamily('one-fractal', {
  // As family ifs: the counts are exact.
  tolerance: { pixel: 4e-6 },
  batch: 4,
  recipes: [
    { family: 'one-fractal' },
    {
      family: 'one-fractal',
      image: { height: 9, width: 8, channels: 3 },
      params: { delta: 0.01, jitter: 0.02, flip: true, render: 'patch' },
    },
    {
      family: 'one-fractal',
      image: { height: 64, width: 64, channels: 3 },
      params: { delta: 0.2, sigma: 5 },
      label: { kind: 'class', classes: 30 },
    },
  ],
});

describe('one-fractal', () => {
  const systemsOf = (params: object, classes = 20) => {
    const recipe = parseRecipe({ family: 'one-fractal', params, label: { kind: 'class', classes } } as never);
    if (recipe.family !== 'one-fractal') throw new Error('not one-fractal');
    return oneFractalSystems(recipe);
  };

  it('perturbs two maps by at most delta', () => {
    for (const delta of [0.01, 0.1]) {
      const systems = systemsOf({ delta });
      // Coefficient 0 of all classes lies within (1 ± delta) of one value.
      for (const m of [0, 1]) {
        for (const i of [0, 1, 2, 3]) {
          const values = systems.map(({ maps }) => Math.abs(maps[m]![i]!));
          expect(Math.max(...values) / (1 + delta) - 1).toBeLessThanOrEqual(Math.min(...values) / (1 - delta) + 1);
        }
      }
      expect(new Set(systems.map(({ maps }) => maps.join())).size).toBe(20);
      for (const { maps } of systems) expect(maps.length).toBe(2);
    }
  });

  it('has the same first classes for every number of classes, and another fractal for another seed', () => {
    expect(systemsOf({}, 3)).toEqual(systemsOf({}).slice(0, 3));
    expect(systemsOf({ systemSeed: 7 }, 3)).not.toEqual(systemsOf({}, 3));
  });

  it('refuses what is out of range', () => {
    expect(() => parseRecipe({ family: 'one-fractal', params: { delta: 0 } })).toThrow('recipe.params.delta: got 0; expected >=0.001');
    expect(() => parseRecipe({ family: 'one-fractal', params: { sigma: 7 } })).toThrow('recipe.params.sigma: got 7; expected <=5.5');
  });
});
