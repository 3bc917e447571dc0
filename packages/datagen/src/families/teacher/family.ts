import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/teacher/render';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import { type Family, indexParams } from '../../family.js';
import { imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import { whole } from '../../schema.js';
import { vectorSchema } from '../../vector-schema.js';
import { teacherOf } from './net.js';
import { quantileTable } from './quantiles.js';
import { teacherTwin } from './twin.js';

/**
 * Family `teacher`: x ~ N(0, 1)^d labelled by a fixed random net. `image.width`: d. `net`: a perceptron T·x, or an MLP of `hidden` ReLU
 * units; `teacherSeed`: its weights. `label`: `class` (1 where the net's field is not negative) or `value` (the field, mean 0, deviation 1).
 */
const schema = v.strictObject({
  family: v.literal('teacher'),
  image: vectorSchema(20, [1, 256]),
  params: v.optional(
    v.strictObject({
      net: v.optional(v.picklist(['perceptron', 'mlp']), 'perceptron'),
      hidden: v.optional(whole(1, 64), 8),
      teacherSeed: v.optional(whole(0, 2 ** 32 - 1), 0),
    }),
    {},
  ),
  label: v.optional(v.variant('kind', [v.strictObject({ kind: v.literal('class') }), v.strictObject({ kind: v.literal('value') })]), {
    kind: 'class',
  }),
});

export type TeacherRecipe = v.InferOutput<typeof schema>;
export type TeacherRecipeInput = v.InferInput<typeof schema>;

const libraries = [{ path: 'random/threefry.wgsl', text: threefry }];
const source = { path: 'families/teacher/render.wgsl', text: render };

/** Inputs and answers of a fixed random net, as in the theory of learning from examples: what a student can learn is known exactly. */
export const teacher: Family<TeacherRecipe, TeacherRecipeInput> = {
  id: 'teacher',
  title: 'normal vectors, labelled by the sign or the value of a fixed random perceptron or MLP',
  form: 'vector',
  labels: ['class', 'value'],
  schema,
  check: () => undefined,
  labelFormat: ({ label }) => (label.kind === 'class' ? { dtype: 'u32', outputs: 2 } : { dtype: 'f32', outputs: 1 }),
  parameters: () => [],
  labelRule: () => ({ from: 'kernel' }),
  draws: ({ image }) => ({ label: 0, image: image.width }),
  tables(recipe) {
    const { weights } = teacherOf(recipe);
    return { weights: new Uint32Array(weights.buffer), quantiles: new Uint32Array(quantileTable().buffer) };
  },
  render(recipe, launch) {
    const { dimensions, hidden, offset, scale } = teacherOf(recipe);
    const program = defineProgram({
      name: `teacher/${recipe.params.net}`,
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch, 4) },
      params: {
        ...indexParams(launch),
        row_stride: launch.rowStride,
        dimensions,
        hidden,
        offset,
        scale: recipe.label.kind === 'value' ? scale : 0,
      },
      workgroups: imageWorkgroups(launch),
    });
    return [{ program, resources: {} }];
  },
  twin: teacherTwin,
};
