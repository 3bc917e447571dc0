import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/gratings/render';
import turn from '@kindling/shaders/sample/turn';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { imageParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { imageSchema, realRange, whole } from '../../schema.js';
import { gratingsTwin } from './twin.js';

/**
 * Family `gratings`. `frequency` in waves along the longer side, `phase` in radians, `sigma` of the window as a share of that side, `centre`
 * of the window as a share of it (0 is the middle), `contrast` 0 to 1. `label`: `values` (orientation in [0, 1) half turns, frequency and
 * phase, each mapped from its range to [−1, 1]), or `class`: one of `classes` equal ranges of the orientation.
 */
const schema = v.strictObject({
  family: v.literal('gratings'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      frequency: v.optional(realRange(0.5, 64), [2, 8]),
      phase: v.optional(realRange(-Math.PI, Math.PI), [-Math.PI, Math.PI]),
      sigma: v.optional(realRange(0.02, 4), [0.12, 0.35]),
      centre: v.optional(realRange(-0.5, 0.5), [-0.15, 0.15]),
      contrast: v.optional(realRange(0, 1), [0.5, 1]),
    }),
    {},
  ),
  label: v.optional(
    v.variant('kind', [
      v.strictObject({ kind: v.literal('values') }),
      v.strictObject({ kind: v.literal('class'), classes: v.optional(whole(2, 256), 8) }),
    ]),
    { kind: 'class' },
  ),
});

export type GratingsRecipe = v.InferOutput<typeof schema>;
export type GratingsRecipeInput = v.InferInput<typeof schema>;

const source = { path: 'families/gratings/render.wgsl', text: render };

/** Classes that the half turn of orientations is divided into: one where the label is no class. */
export const orientationClasses = ({ label }: GratingsRecipe): number => (label.kind === 'class' ? label.classes : 1);

/** The label value that maps low..high to −1..1; a range of one point gives 0. */
const unit = (parameter: string, [low, high]: readonly [number, number]) => ({
  parameter,
  shift: (low + high) / 2,
  scale: high > low ? 2 / (high - low) : 0,
});

/** Waves under a Gaussian window: what the first layer of a convolutional net looks for. */
export const gratings: Family<GratingsRecipe, GratingsRecipeInput> = {
  id: 'gratings',
  title: 'cosine gratings under a Gaussian window, labelled by orientation, or by orientation, frequency and phase',
  form: 'image',
  labels: ['class', 'values'],
  schema,
  check: () => undefined,
  labelFormat: ({ label }) => (label.kind === 'class' ? { dtype: 'u32', outputs: label.classes } : { dtype: 'f32', outputs: 3 }),
  parameters(recipe) {
    const { frequency, phase, sigma, centre, contrast } = recipe.params;
    const range = ([low, high]: readonly [number, number]) => ({ kind: 'uniform' as const, low, high });
    return [
      { name: 'class', stream: 'label', draw: 3, kind: 'class', classes: orientationClasses(recipe) },
      { name: 'within', stream: 'label', draw: 0, ...range([0, 1]), easy: 0.5 },
      { name: 'frequency', stream: 'label', draw: 1, ...range(frequency) },
      { name: 'phase', stream: 'label', draw: 2, ...range(phase) },
      { name: 'centreX', stream: 'image', draw: 0, ...range(centre), easy: 0 },
      { name: 'centreY', stream: 'image', draw: 1, ...range(centre), easy: 0 },
      { name: 'sigma', stream: 'image', draw: 2, ...range(sigma), easy: sigma[1] },
      { name: 'contrast', stream: 'image', draw: 3, ...range(contrast), easy: contrast[1] },
      { name: 'red', stream: 'image', draw: 4, ...range([-1, 1]) },
      { name: 'green', stream: 'image', draw: 5, ...range([-1, 1]) },
      { name: 'blue', stream: 'image', draw: 6, ...range([-1, 1]) },
    ];
  },
  labelRule({ params, label }) {
    if (label.kind === 'class') return { from: 'class', parameter: 'class' };
    return { from: 'values', values: [unit('within', [0, 1]), unit('frequency', params.frequency), unit('phase', params.phase)] };
  },
  draws: () => ({ label: 4, image: 7 }),
  tables: () => ({}),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'gratings/render',
      source,
      libraries: [{ path: 'sample/turn.wgsl', text: turn }],
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...imageParams(recipe, launch), classes: orientationClasses(recipe) },
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: gratingsTwin,
};
