import { describe, expect, it } from 'vitest';
import { parseRecipe } from '../../recipe.js';
import { checkFamily } from '../../testing/family-contract.js';

checkFamily('gratings', {
  // Measured below 5e-6 on lavapipe and SwiftShader, at 20 waves an image.
  tolerance: { pixel: 1e-4 },
  recipes: [
    { family: 'gratings' },
    { family: 'gratings', label: { kind: 'values' } },
    { family: 'gratings', image: { height: 8, width: 13, channels: 3 }, label: { kind: 'class', classes: 3 } },
    { family: 'gratings', image: { height: 65, width: 64 }, params: { frequency: [20, 20], centre: [0, 0] } },
    { family: 'gratings', image: { height: 256, width: 256 }, params: { contrast: [0, 0] } },
  ],
});

describe('a recipe of gratings', () => {
  it.each([
    [{ params: { frequency: [8, 2] } }, 'recipe.params.frequency: got [8,2]; expected a range [low, high] with low ≤ high'],
    [{ params: { sigma: [0, 1] } }, 'recipe.params.sigma.0: got 0; expected >=0.02'],
    [{ params: { contrast: [0.2, Number.NaN] } }, 'recipe.params.contrast.1: got NaN'],
    [{ image: { height: 4 } }, 'recipe.image.height: got 4; expected >=8'],
    [{ image: { channels: 2 } }, 'recipe.image.channels: got 2'],
  ])('refuses %j', (fields, message) => {
    expect(() => parseRecipe({ family: 'gratings', ...fields })).toThrow(message);
  });
});
