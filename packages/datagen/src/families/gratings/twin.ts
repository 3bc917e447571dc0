import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { type GratingsRecipe, orientationClasses } from './family.js';

/** One sample of family `gratings` in f64, from its drawn parameters. */
export function gratingsTwin(recipe: GratingsRecipe, _: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Record<
    'class' | 'within' | 'frequency' | 'phase' | 'centreX' | 'centreY' | 'sigma' | 'contrast' | 'red' | 'green' | 'blue',
    number
  >;
  const orientation = (Math.PI * (p.class + p.within)) / orientationClasses(recipe);
  const shares = channels === 1 ? [1] : [p.red, p.green, p.blue];
  const side = Math.max(height, width);
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const u = (i + 0.5 - width / 2) / side;
      const v = (j + 0.5 - height / 2) / side;
      const wave = Math.cos(2 * Math.PI * p.frequency * (u * Math.cos(orientation) + v * Math.sin(orientation)) + p.phase);
      const window = Math.exp(-((u - p.centreX) ** 2 + (v - p.centreY) ** 2) / (2 * p.sigma ** 2));
      shares.forEach((share, c) => {
        image[(c * height + j) * width + i] = 0.5 + 0.5 * share * p.contrast * wave * window;
      });
    }
  }
  return { image };
}
