import { describe, expect, it } from 'vitest';
import { sample } from '../../generate.js';
import { parseRecipe, type RecipeInput } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';
import { SHAPES } from './family.js';

checkFamily('points', {
  // Measured 2e-6 at most (spirals of 4 turns), alike on lavapipe and SwiftShader.
  tolerance: { pixel: 1e-5 },
  batch: 40,
  recipes: [
    { family: 'points' },
    { family: 'points', params: { shape: 'spirals', turns: 4, noise: 0 }, label: { kind: 'class', classes: 3 } },
    { family: 'points', params: { shape: 'blobs', noise: 0.3 }, label: { kind: 'class', classes: 5 } },
    { family: 'points', params: { shape: 'circles' }, label: { kind: 'class', classes: 16 } },
  ],
});

describe('points', () => {
  it.each(SHAPES)('stand around the origin, each class where it belongs: %s', (shape) => {
    const recipe: RecipeInput = { family: 'points', params: { shape, noise: 0 } };
    for (let index = 0; index < 200; index++) {
      const { image, label } = sample(recipe, 1, 0, index);
      const [x, y] = [image[0]!, image[1]!];
      const radius = Math.hypot(x, y);
      expect(radius).toBeLessThanOrEqual(1.8);
      if (shape === 'moons')
        expect(Math.abs(Math.hypot(x + (label === 0 ? 0.5 : -0.5), y + (label === 0 ? 0.25 : -0.25)) - 1)).toBeLessThan(1e-6);
      if (shape === 'circles') expect(radius).toBeCloseTo((label + 1) / 2, 6);
      if (shape === 'blobs') expect(x).toBeCloseTo(label === 0 ? 1 : -1, 6);
      if (shape === 'spirals') expect(radius).toBeGreaterThanOrEqual(0.1);
    }
  });

  it.each([
    [{ label: { kind: 'class', classes: 3 } }, 'recipe.label.classes: got 3 moons; expected 2'],
    [{ params: { noise: -1 } }, 'recipe.params.noise: got -1; expected >=0'],
    [{ params: { shape: 'stars' } }, 'recipe.params.shape: got "stars"; expected ("moons"'],
    [{ image: { width: 3 } }, 'recipe.image.width: got 3; expected <=2'],
    [{ image: { height: 2 } }, 'recipe.image.height: got 2; expected 1'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'points', ...fields })).toThrow(message);
  });
});
