import { pixelsOf } from '../../family.js';
import type { CountRecipe } from './recipe.js';

/** Mean and standard deviation of the number of ones over a recipe's images: 392 and 14 at 28×28, density half. */
export function countMoments({ image, params }: Pick<CountRecipe, 'image' | 'params'>): { mean: number; deviation: number } {
  const p = pixelsOf(image);
  // Uniform: E[p(1 − p)]·P = P/6 within images of one density, and Var[p]·P² = P²/12 between densities.
  return { mean: p / 2, deviation: params.density === 'half' ? Math.sqrt(p) / 2 : Math.sqrt(p / 6 + p ** 2 / 12) };
}

/**
 * The constants of a label: `(2·ones − centre)·scale` in f32, or `ones mod classes` where classes > 0. Twice the mean is an integer, so
 * only the product rounds, once; every adapter and the CPU agree on it bit for bit.
 */
export function labelConstants(recipe: CountRecipe): { centre: number; scale: number; classes: number } {
  const { label } = recipe;
  if (label.kind === 'class') return { centre: 0, scale: 0, classes: label.classes };
  if (label.kind === 'count') return { centre: 0, scale: 0.5, classes: 0 };
  const { mean, deviation } = countMoments(recipe);
  return { centre: 2 * mean, scale: Math.fround(0.5 / deviation), classes: 0 };
}

/** The label of an image with that many ones: the CPU twin of `shaders/families/count/label.wgsl`. */
export function countLabel(recipe: CountRecipe, ones: number): number {
  const { centre, scale, classes } = labelConstants(recipe);
  return classes > 0 ? ones % classes : Math.fround((2 * ones - centre) * scale);
}
