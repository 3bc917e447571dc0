import type { Draws } from '../../draws.js';
import { pixelsOf, type TwinSample } from '../../family.js';
import { countLabel } from './label.js';
import type { CountRecipe } from './recipe.js';

/**
 * One sample of family `count`, straight from the contract: density half takes pixel j from bit j mod 32 of image draw j div 32, least
 * significant first; density uniform sets pixel j where image draw j < label draw 0.
 */
export function countTwin(recipe: CountRecipe, draws: Draws): TwinSample {
  const half = recipe.params.density === 'half';
  const words = draws.all('image');
  const threshold = half ? 0 : draws.word('label', 0);
  const one = (j: number): boolean => (half ? ((words[j >> 5]! >>> (j & 31)) & 1) === 1 : words[j]! < threshold);
  const image = Float32Array.from({ length: pixelsOf(recipe.image) }, (_, j) => (one(j) ? 1 : 0));
  return {
    image,
    label: [
      countLabel(
        recipe,
        image.reduce((sum, pixel) => sum + pixel, 0),
      ),
    ],
  };
}
