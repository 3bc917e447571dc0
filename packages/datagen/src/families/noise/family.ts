import { defineProgram, InputError } from '@kindling/core';
import render from '@kindling/shaders/families/noise/render';
import distributions from '@kindling/shaders/random/distributions';
import pcg from '@kindling/shaders/random/pcg';
import type { Family } from '../../family.js';
import { imageParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { TONE_DRAWS, toneLibrary, toneParameters } from '../../tone.js';
import { turnLibrary } from '../../turn.js';
import { NOISE_MAKE, type NoiseRecipe, type NoiseRecipeInput, noiseSchema } from './recipe.js';
import { noiseTwin } from './twin.js';

const source = { path: 'families/noise/render.wgsl', text: render };
const libraries = [
  { path: 'random/pcg.wgsl', text: pcg },
  { path: 'random/distributions.wgsl', text: distributions },
  turnLibrary,
  toneLibrary,
];
const FIRST_TONE = 8;

/** Perlin, simplex and Worley noise and their fractal sums, labelled by the type or by the number of octaves. */
export const noise: Family<NoiseRecipe, NoiseRecipeInput> = {
  id: 'noise',
  title: 'Perlin, simplex, Worley and fractal noise, labelled by its type or its octaves',
  form: 'image',
  labels: ['class', 'octaves'],
  schema: noiseSchema,
  check({ params: { octaves }, label }) {
    if (label.kind !== 'octaves' || octaves[0] < octaves[1]) return;
    throw new InputError({
      subject: 'recipe.params.octaves',
      got: `[${octaves.join(', ')}] with label octaves`,
      expected: 'a range of at least two numbers, so that there is something to learn',
      next: 'widen the range, or ask for the label class',
    });
  },
  labelFormat: ({ params, label }) =>
    label.kind === 'class' ? { dtype: 'u32', outputs: params.types.length } : { dtype: 'f32', outputs: 1 },
  parameters({ params: { types, octaves, frequency, persistence, contrast } }) {
    const range = ([low, high]: readonly [number, number]) => ({ kind: 'uniform' as const, low, high });
    return [
      { name: 'type', stream: 'label', draw: 0, kind: 'class', classes: types.length },
      { name: 'octaves', stream: 'label', draw: 1, kind: 'integer', low: octaves[0], high: octaves[1] },
      { name: 'frequency', stream: 'image', draw: 0, ...range(frequency) },
      { name: 'turns', stream: 'image', draw: 1, ...range([-0.5, 0.5]) },
      { name: 'persistence', stream: 'image', draw: 2, ...range(persistence) },
      { name: 'seed', stream: 'image', draw: 3, kind: 'integer', low: 0, high: 2 ** 31 - 1 },
      ...toneParameters(contrast, FIRST_TONE),
    ];
  },
  labelRule({ params: { octaves }, label }) {
    if (label.kind === 'class') return { from: 'class', parameter: 'type' };
    const [low, high] = octaves;
    return { from: 'values', values: [{ parameter: 'octaves', shift: (low + high) / 2, scale: 2 / (high - low) }] };
  },
  draws: () => ({ label: 2, image: FIRST_TONE + TONE_DRAWS }),
  tables: ({ params: { types } }) => ({
    table: Uint32Array.from(types, (type) => {
      const { basis, folded, single } = NOISE_MAKE[type];
      return basis + (folded ? 4 : 0) + (single ? 8 : 0);
    }),
  }),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'noise/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...imageParams(recipe, launch), all_octaves: recipe.label.kind === 'octaves' ? 1 : 0 },
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: noiseTwin,
};
