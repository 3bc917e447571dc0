import { normalPair } from '@kindling/core';
import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { FIRST_NOISE, lengthOf, type Mnist1dRecipe, NOISE_DRAWS, STANDARD } from './family.js';
import { POINTS, REACH, smoothing, templates } from './templates.js';

/** One sample of family `mnist1d` in f64. Places are compared as whole numbers: what is template and what is padding is exact. */
export function mnist1dTwin(recipe: Mnist1dRecipe, draws: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { params, image } = recipe;
  const p = parameters as Record<'class' | 'padding' | 'scale' | 'shift' | 'shear', number>;
  const length = lengthOf(recipe);
  const normals = (first: number): number[] =>
    Array.from({ length }, (_, i) => {
      const call = first + i - (i % 2);
      return normalPair(draws.word('image', call), draws.word('image', call + 1))[i % 2]!;
    });
  const white = normals(FIRST_NOISE);
  const grain = normals(FIRST_NOISE + NOISE_DRAWS);
  // Beyond its ends the noise is mirrored, the last value repeated.
  const mirrored = (i: number): number => white[i < 0 ? -i - 1 : i >= length ? 2 * length - 1 - i : i]!;
  const height = (point: number): number => (point < POINTS ? templates[POINTS * p.class + point]! : 0);

  const signal = Array.from({ length }, (_, i) => {
    const from = (i - p.shift + length) % length;
    // Place `from` of `length` lies this far into the padded template, in 1/(length − 1).
    const at = from * (POINTS - 1 + p.padding);
    const point = Math.floor(at / (length - 1));
    const share = (at % (length - 1)) / (length - 1);
    const template = p.scale * (height(point) * (1 - share) + height(point + 1) * share);
    const smooth = smoothing.reduce((sum, weight, k) => sum + weight * mirrored(i + k - REACH), 0);
    const value = at < POINTS * (length - 1) ? template : params.noise * smooth;
    return value + params.grain * grain[i]! - p.shear * (i / (length - 1) - 0.5);
  });
  const { mean, deviation } = params.standardise ? STANDARD : { mean: 0, deviation: 1 };
  const values = Float32Array.from({ length: image.width }, (_, j) => {
    const at = j * (length - 1);
    const place = Math.floor(at / (image.width - 1));
    const share = (at % (image.width - 1)) / (image.width - 1);
    return (signal[place]! * (1 - share) + signal[Math.min(place + 1, length - 1)]! * share - mean) / deviation;
  });
  return { image: values };
}
