import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import type { RandomNetRecipe } from './family.js';
import { makeNets, runNet } from './net.js';

/** One sample of family `random-net` in f64, from its drawn parameters. */
export function randomNetTwin(recipe: RandomNetRecipe, _: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Record<'net' | 'seed' | 'cells' | 'contrast' | 'brightness', number>;
  const planes = runNet(makeNets(recipe.params)[p.net]!, height, width, p.seed, p.cells);
  const pixels = planes
    .slice(0, channels)
    .flatMap((plane) => plane.map((z) => 0.5 + 0.5 * ((p.contrast * z) / Math.sqrt(1 + z * z) + (1 - p.contrast) * p.brightness)));
  return { image: Float32Array.from(pixels) };
}
