import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import type { ProgramsRecipe } from './family.js';
import { instanceOf, makePrograms } from './make.js';
import { runProgram } from './ops.js';

/** One sample of family `programs` in f64, from its drawn parameters. */
export function programsTwin(recipe: ProgramsRecipe, _: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Record<'program' | 'seed' | 'time' | 'zoom' | 'turns' | 'left' | 'top' | 'contrast' | 'brightness', number>;
  const { instructions, bias, gain } = makePrograms(recipe.params)[p.program]!;
  const instance = instanceOf(instructions, p.seed, p.time, Math.fround(recipe.params.jitter));
  const scale = (2 * p.zoom) / Math.max(height, width);
  const [cosine, sine] = [scale * Math.cos(2 * Math.PI * p.turns), scale * Math.sin(2 * Math.PI * p.turns)];
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const [u, v] = [i + 0.5 - width / 2, j + 0.5 - height / 2];
      const sums = runProgram(instance, [cosine * u - sine * v + p.left, sine * u + cosine * v + p.top]);
      for (let c = 0; c < channels; c++) {
        const z = (sums[c]! - bias[c]!) * gain[c]!;
        const value = 0.5 + 0.5 * ((p.contrast * z) / Math.sqrt(1 + z * z) + (1 - p.contrast) * p.brightness);
        image[(c * height + j) * width + i] = Math.min(1, Math.max(0, value));
      }
    }
  }
  return { image };
}
