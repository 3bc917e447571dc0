import { defineProgram, InputError } from '@kindling/core';
import render from '@kindling/shaders/families/spectrum/render';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { imageSchema, realRange, whole } from '../../schema.js';
import { turnLibrary } from '../../turn.js';
import { spectrumTwin } from './twin.js';

/**
 * Family `spectrum`. `slope`: the exponent a of the amplitude spectrum 1/f^a; `waves`: cosines an image is made of; `contrast`: the sum's
 * standard deviation before it is squashed into [0, 1]. `label`: `slope`, mapped from its range to [−1, 1].
 */
const schema = v.strictObject({
  family: v.literal('spectrum'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      slope: v.optional(realRange(0, 6), [0.5, 3.5]),
      waves: v.optional(whole(8, 128), 64),
      contrast: v.optional(realRange(0, 4), [0.5, 1.2]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('slope') }), { kind: 'slope' }),
});

export type SpectrumRecipe = v.InferOutput<typeof schema>;
export type SpectrumRecipeInput = v.InferInput<typeof schema>;

const source = { path: 'families/spectrum/render.wgsl', text: render };
const libraries = [{ path: 'random/threefry.wgsl', text: threefry }, turnLibrary];

/** The first draw of the waves, and how many each takes: frequency, direction, phase and three channel weights. */
export const FIRST_WAVE = 8;
export const WAVE_DRAWS = 6;

/** Octaves from one wave along the longer side to half a wave a pixel. */
export const octavesOf = ({ image: { height, width } }: SpectrumRecipe): number => Math.log2(Math.max(height, width) / 2);

/** Images whose spectrum falls as a power of the frequency, as that of photographs does. */
export const spectrum: Family<SpectrumRecipe, SpectrumRecipeInput> = {
  id: 'spectrum',
  title: 'random waves with a power-law spectrum, labelled by its slope',
  form: 'image',
  labels: ['slope'],
  schema,
  check({ params: { slope } }) {
    if (slope[0] < slope[1]) return;
    throw new InputError({
      subject: 'recipe.params.slope',
      got: `[${slope.join(', ')}]`,
      expected: 'low < high: the label is the slope',
      next: 'widen the range',
    });
  },
  labelFormat: () => ({ dtype: 'f32', outputs: 1 }),
  parameters: ({ params: { slope, contrast } }) => [
    { name: 'slope', stream: 'label', draw: 0, kind: 'uniform', low: slope[0], high: slope[1] },
    { name: 'contrast', stream: 'image', draw: 0, kind: 'uniform', low: contrast[0], high: contrast[1], easy: contrast[1] },
  ],
  labelRule({ params: { slope } }) {
    return { from: 'values', values: [{ parameter: 'slope', shift: (slope[0] + slope[1]) / 2, scale: 2 / (slope[1] - slope[0]) }] };
  },
  draws: ({ params: { waves } }) => ({ label: 1, image: FIRST_WAVE + WAVE_DRAWS * waves }),
  tables: () => ({}),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'spectrum/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...drawingParams(recipe, launch), waves: recipe.params.waves, octaves: octavesOf(recipe) },
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: spectrumTwin,
};
