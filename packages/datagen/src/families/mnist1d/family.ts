import { defineProgram, InputError } from '@kindling/core';
import render from '@kindling/shaders/families/mnist1d/render';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import { real, realRange, wholeRange } from '../../schema.js';
import { vectorSchema } from '../../vector-schema.js';
import { POINTS, smoothing, templates } from './templates.js';
import { mnist1dTwin } from './twin.js';

/** Largest number of zeros behind a template. */
const MOST_PADDING = 116;

/**
 * Family `mnist1d`. In the order of the transformations: `padding`, zeros put behind the template's 12 points before both are stretched to
 * the longest length; `scale`, a factor; `shift`, places by which the signal is rotated; `noise`, standard deviation of the white noise that,
 * smoothed, fills what is not template; `grain`, that of the white noise on everything; `shear`, the fall from one end to the other. Then
 * `image.width` values are taken, and `standardise` brings them to the published dataset's mean 0 and deviation 1.
 */
const schema = v.strictObject({
  family: v.literal('mnist1d'),
  image: vectorSchema(40, [8, 256]),
  params: v.optional(
    v.strictObject({
      padding: v.optional(wholeRange(0, MOST_PADDING), [36, 60]),
      scale: v.optional(realRange(0.1, 4), [0.8, 1.2]),
      shift: v.optional(wholeRange(0, POINTS + MOST_PADDING - 1), [0, 47]),
      noise: v.optional(real(0, 2), 0.25),
      grain: v.optional(real(0, 2), 0.02),
      shear: v.optional(realRange(-4, 4), [-0.375, 0.375]),
      standardise: v.optional(v.boolean(), true),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class') }), { kind: 'class' }),
});

export type Mnist1dRecipe = v.InferOutput<typeof schema>;
export type Mnist1dRecipeInput = v.InferInput<typeof schema>;

const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/distributions.wgsl', text: distributions },
];
const source = { path: 'families/mnist1d/render.wgsl', text: render };

/** The first draw of the noise that is smoothed and, as many places later as the signal may be long, of the grain. */
export const FIRST_NOISE = 16;
export const NOISE_DRAWS = 128;

/** Places of the stretched signal: the template with its longest padding. */
export const lengthOf = ({ params }: Mnist1dRecipe): number => POINTS + params.padding[1];

/**
 * Mean and standard deviation of a value under the default recipe without `standardise`: measured −0.00601 and 0.1547 over 10^6 samples; the
 * published transformations in NumPy give −0.0060 and 0.1547 over 40,000.
 */
export const STANDARD = { mean: -0.006, deviation: 0.1547 } as const;

/** The digits in one dimension: a dataset so small that a logistic regression, an MLP and a CNN part on it within seconds. */
export const mnist1d: Family<Mnist1dRecipe, Mnist1dRecipeInput> = {
  id: 'mnist1d',
  title: 'MNIST-1D: twelve-point digits, padded, scaled, shifted, sheared and noisy, labelled by digit',
  form: 'vector',
  labels: ['class'],
  schema,
  check(recipe) {
    const { shift } = recipe.params;
    const length = lengthOf(recipe);
    if (shift[1] < length) return;
    throw new InputError({
      subject: 'recipe.params.shift.1',
      got: `${shift[1]} with at most ${length} places`,
      expected: `at most ${length - 1}: 11 more than the largest padding`,
      next: 'shift less, or pad more',
    });
  },
  labelFormat: () => ({ dtype: 'u32', outputs: 10 }),
  parameters({ params: { padding, scale, shift, shear } }) {
    return [
      { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: 10 },
      { name: 'padding', stream: 'image', draw: 0, kind: 'integer', low: padding[0], high: padding[1] },
      { name: 'scale', stream: 'image', draw: 1, kind: 'uniform', low: scale[0], high: scale[1], easy: 1 },
      { name: 'shift', stream: 'image', draw: 2, kind: 'integer', low: shift[0], high: shift[1] },
      { name: 'shear', stream: 'image', draw: 3, kind: 'uniform', low: shear[0], high: shear[1], easy: 0 },
    ];
  },
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: () => ({ label: 1, image: FIRST_NOISE + 2 * NOISE_DRAWS }),
  tables: () => ({ shapes: Float32Array.from([...templates, ...smoothing]) }),
  render(recipe, launch) {
    const { params } = recipe;
    const { batch, width, row_stride, ...drawing } = drawingParams(recipe, launch);
    const { first_low, first_high, index_step, seeds_model } = drawing;
    const program = defineProgram({
      name: 'mnist1d/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch, 8) },
      params: {
        batch,
        first_low,
        first_high,
        index_step,
        seeds_model,
        row_stride,
        width,
        length: lengthOf(recipe),
        noise: params.noise,
        grain: params.grain,
        mean: params.standardise ? STANDARD.mean : 0,
        factor: params.standardise ? 1 / STANDARD.deviation : 1,
      },
      workgroups: imageWorkgroups(launch),
    });
    return [{ program, resources: {} }];
  },
  twin: mnist1dTwin,
};
