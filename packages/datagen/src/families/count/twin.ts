import { drawWord, sampleKey } from '@kindling/core';
import { pixelsOf, type Sample, splitIndex } from '../family.js';
import { countLabel } from './label.js';
import type { CountRecipe } from './recipe.js';

/**
 * One sample of family `count`, straight from the contract: density half takes pixel j from bit j mod 32 of image draw j div 32, least
 * significant first; density uniform sets pixel j where image draw j < label draw 0.
 * @returns image [C·H·W] of 0 and 1, its label, and the draws consumed (⌈P/32⌉, or one of the label and P of the image)
 */
export function countTwin(recipe: CountRecipe, seed: number, step: number, index: number): Sample {
  const { low, high } = splitIndex(index);
  const pixels = pixelsOf(recipe.image);
  const half = recipe.params.density === 'half';
  const key = sampleKey(seed, 'image', step, high);
  const image = Uint32Array.from({ length: half ? Math.ceil(pixels / 32) : pixels }, (_, draw) => drawWord(key, low, draw));
  const label = half ? new Uint32Array(0) : Uint32Array.of(drawWord(sampleKey(seed, 'label', step, high), low, 0));
  const one = (j: number): boolean => (half ? ((image[j >> 5]! >>> (j & 31)) & 1) === 1 : image[j]! < label[0]!);
  const rendered = Float32Array.from({ length: pixels }, (_, j) => (one(j) ? 1 : 0));
  const ones = rendered.reduce((sum, pixel) => sum + pixel, 0);
  return { image: rendered, label: countLabel(recipe, ones), words: { label, image } };
}
