import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { FIRST_WAVE, octavesOf, type SpectrumRecipe, WAVE_DRAWS } from './family.js';

/** One sample of family `spectrum` in f64, from its drawn parameters and the words of its waves. */
export function spectrumTwin(recipe: SpectrumRecipe, draws: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const { waves } = recipe.params;
  const p = parameters as Record<'slope' | 'contrast', number>;
  const side = Math.max(height, width);
  const plane = height * width;
  const image = new Float32Array(channels * plane);
  const sums = Array.from({ length: channels }, () => new Float64Array(plane));
  const powers = new Float64Array(channels);
  for (let w = 0; w < waves; w++) {
    const unit = (place: number): number => draws.unit('image', FIRST_WAVE + WAVE_DRAWS * w + place);
    const octave = ((w + unit(0)) * octavesOf(recipe)) / waves;
    const angle = Math.PI * unit(1);
    const phase = 2 * Math.PI * unit(2);
    const frequency = (2 * Math.PI * 2 ** octave) / side;
    for (let c = 0; c < channels; c++) {
      const amplitude = 2 ** ((1 - p.slope) * octave) * (channels === 1 ? 1 : 2 * unit(3 + c) - 0.35);
      powers[c]! += amplitude ** 2;
      for (let j = 0; j < height; j++) {
        for (let i = 0; i < width; i++) {
          const along = (i - (width - 1) / 2) * Math.cos(angle) + (j - (height - 1) / 2) * Math.sin(angle);
          sums[c]![j * width + i]! += amplitude * Math.cos(frequency * along + phase);
        }
      }
    }
  }
  sums.forEach((sum, c) => {
    const gain = p.contrast / Math.sqrt(powers[c]! / 2);
    sum.forEach((value, i) => {
      const z = gain * value;
      image[c * plane + i] = 0.5 + (0.5 * z) / Math.sqrt(1 + z * z);
    });
  });
  return { image };
}
