import { defineProgram, foldWorkgroups, InputError } from '@kindling/core';
import render from '@kindling/shaders/families/points/render';
import distributions from '@kindling/shaders/random/distributions';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { workgroupSizeOf } from '../../image-launch.js';
import { real, whole } from '../../schema.js';
import { vectorSchema } from '../../vector-schema.js';
import { pointsTwin } from './twin.js';

/** The shapes, in the order of the kernel's `shape`. */
export const SHAPES = ['moons', 'spirals', 'blobs', 'circles'] as const;

/**
 * Family `points`. `shape`: two interleaved half circles, spiral arms, Gaussian blobs whose centres stand on a circle of radius 1, or
 * concentric circles up to radius 1; `noise`: standard deviation of both coordinates around the shape; `turns`: how far an arm winds.
 * `label`: the moon, arm, blob or circle. There are two moons; of the others `classes`.
 */
const schema = v.strictObject({
  family: v.literal('points'),
  image: vectorSchema(2, [2, 2]),
  params: v.optional(
    v.strictObject({
      shape: v.optional(v.picklist(SHAPES), 'moons'),
      noise: v.optional(real(0, 2), 0.08),
      turns: v.optional(real(0, 4), 1.25),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class'), classes: v.optional(whole(2, 16), 2) }), { kind: 'class' }),
});

export type PointsRecipe = v.InferOutput<typeof schema>;
export type PointsRecipeInput = v.InferInput<typeof schema>;

const libraries = [{ path: 'random/distributions.wgsl', text: distributions }];
const source = { path: 'families/points/render.wgsl', text: render };

/** Points of the plane in two or more classes: what a classifier's boundary can be looked at on. */
export const points: Family<PointsRecipe, PointsRecipeInput> = {
  id: 'points',
  title: 'points of the plane in moons, spirals, blobs or circles, labelled by which',
  form: 'vector',
  labels: ['class'],
  schema,
  check({ params, label }) {
    if (params.shape !== 'moons' || label.classes === 2) return;
    throw new InputError({
      subject: 'recipe.label.classes',
      got: `${label.classes} moons`,
      expected: '2: there is one moon for each half circle',
      next: 'leave classes out, or choose the shape spirals, blobs or circles',
    });
  },
  labelFormat: ({ label }) => ({ dtype: 'u32', outputs: label.classes }),
  parameters: ({ params: { noise }, label }) => [
    { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: label.classes },
    { name: 'along', stream: 'image', draw: 0, kind: 'uniform', low: 0, high: 1 },
    { name: 'noiseX', stream: 'image', draw: 2, kind: 'normal', mean: 0, deviation: noise, easy: 0 },
    { name: 'noiseY', stream: 'image', draw: 4, kind: 'normal', mean: 0, deviation: noise, easy: 0 },
  ],
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: () => ({ label: 1, image: 6 }),
  tables: () => ({}),
  render({ params: { shape, turns }, label }, launch) {
    const size = workgroupSizeOf(launch, 16);
    const program = defineProgram({
      name: 'points/render',
      source,
      libraries,
      constants: { workgroup_size: size },
      params: { batch: launch.batch, row_stride: launch.rowStride, shape: SHAPES.indexOf(shape), classes: label.classes, turns },
      workgroups: foldWorkgroups(Math.ceil(launch.batch / size), launch.models),
    });
    return [{ program, resources: {} }];
  },
  twin: pointsTwin,
};
