import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/sprites/render';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { imageParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { imageSchema, realRange, whole } from '../../schema.js';
import { turnLibrary } from '../../turn.js';
import { spritesTwin } from './twin.js';

/** The shapes in the order of their classes; the first three are those of dSprites. */
export const SHAPES = ['square', 'ellipse', 'heart', 'triangle', 'cross'] as const;

/**
 * Family `sprites`. `shapes`: how many of square, ellipse, heart, triangle, cross. `x` and `y` of the centre from the middle and `scale` (the radius) in
 * shares of the shorter side, `rotation` in radians, `ink` and `ground` the brightness of shape and background.
 * `label`: `class` is the shape; `values` are x, y, scale and rotation, each mapped from its range to [−1, 1]. A square looks the same after
 * a quarter turn, an ellipse after a half: a net can learn the rotation only in a range below that.
 */
const schema = v.strictObject({
  family: v.literal('sprites'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      shapes: v.optional(whole(1, SHAPES.length), 3),
      x: v.optional(realRange(-0.5, 0.5), [-0.25, 0.25]),
      y: v.optional(realRange(-0.5, 0.5), [-0.25, 0.25]),
      scale: v.optional(realRange(0.05, 0.7), [0.12, 0.25]),
      rotation: v.optional(realRange(-Math.PI, Math.PI), [-Math.PI, Math.PI]),
      ink: v.optional(realRange(0, 1), [0.7, 1]),
      ground: v.optional(realRange(0, 1), [0, 0.2]),
    }),
    {},
  ),
  label: v.optional(v.variant('kind', [v.strictObject({ kind: v.literal('class') }), v.strictObject({ kind: v.literal('values') })]), {
    kind: 'class',
  }),
});

export type SpritesRecipe = v.InferOutput<typeof schema>;
export type SpritesRecipeInput = v.InferInput<typeof schema>;

const source = { path: 'families/sprites/render.wgsl', text: render };

/** The label value that maps low..high to −1..1; a range of one point gives 0. */
const unit = (parameter: string, [low, high]: readonly [number, number]) => ({
  parameter,
  shift: (low + high) / 2,
  scale: high > low ? 2 / (high - low) : 0,
});

/** One shape whose place, size and direction are known: data to study what a representation keeps. */
export const sprites: Family<SpritesRecipe, SpritesRecipeInput> = {
  id: 'sprites',
  title: 'one shape on a plain ground, labelled by shape, or by place, scale and rotation',
  form: 'image',
  labels: ['class', 'values'],
  schema,
  check: () => undefined,
  labelFormat: ({ params, label }) => (label.kind === 'class' ? { dtype: 'u32', outputs: params.shapes } : { dtype: 'f32', outputs: 4 }),
  parameters({ params }) {
    const { shapes, x, y, scale, rotation, ink, ground } = params;
    const range = ([low, high]: readonly [number, number]) => ({ kind: 'uniform' as const, low, high });
    return [
      { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: shapes },
      { name: 'x', stream: 'label', draw: 1, ...range(x) },
      { name: 'y', stream: 'label', draw: 2, ...range(y) },
      { name: 'scale', stream: 'label', draw: 3, ...range(scale), easy: scale[1] },
      { name: 'rotation', stream: 'label', draw: 4, ...range(rotation) },
      { name: 'ink', stream: 'image', draw: 0, ...range(ink), easy: ink[1] },
      { name: 'ground', stream: 'image', draw: 1, ...range(ground), easy: ground[0] },
      { name: 'red', stream: 'image', draw: 2, ...range([0.3, 1]) },
      { name: 'green', stream: 'image', draw: 3, ...range([0.3, 1]) },
      { name: 'blue', stream: 'image', draw: 4, ...range([0.3, 1]) },
      { name: 'groundRed', stream: 'image', draw: 5, ...range([0, 1]) },
      { name: 'groundGreen', stream: 'image', draw: 6, ...range([0, 1]) },
      { name: 'groundBlue', stream: 'image', draw: 7, ...range([0, 1]) },
    ];
  },
  labelRule({ params, label }) {
    if (label.kind === 'class') return { from: 'class', parameter: 'class' };
    const { x, y, scale, rotation } = params;
    return { from: 'values', values: [unit('x', x), unit('y', y), unit('scale', scale), unit('rotation', rotation)] };
  },
  draws: () => ({ label: 5, image: 8 }),
  tables: () => ({}),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'sprites/render',
      source,
      libraries: [turnLibrary],
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: imageParams(recipe, launch),
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: spritesTwin,
};
