import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/programs/render';
import pcg from '@kindling/shaders/random/pcg';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { imageParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { imageSchema, real, realRange, whole } from '../../schema.js';
import { toneLibrary } from '../../tone.js';
import { turnLibrary } from '../../turn.js';
import { makePrograms, programTable } from './make.js';
import { programsTwin } from './twin.js';

/**
 * Family `programs`. `classes` programs are drawn from `programSeed`, each of `instructions` steps. A sample runs one at a random `time`
 * (phases, in turns), seen with a `zoom`, a `rotation` in turns and a `shift` of [−1, 1]², its constants off by up to the share `jitter`.
 */
const schema = v.strictObject({
  family: v.literal('programs'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      programSeed: v.optional(whole(0, 2 ** 32 - 1), 0),
      classes: v.optional(whole(2, 256), 32),
      instructions: v.optional(whole(4, 16), 8),
      jitter: v.optional(real(0, 0.5), 0.1),
      time: v.optional(realRange(0, 1), [0, 1]),
      zoom: v.optional(realRange(0.25, 4), [0.75, 1.25]),
      rotation: v.optional(realRange(-0.5, 0.5), [-0.1, 0.1]),
      shift: v.optional(realRange(-1, 1), [-0.2, 0.2]),
      contrast: v.optional(realRange(0, 1), [0.7, 1]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class') }), { kind: 'class' }),
});

export type ProgramsRecipe = v.InferOutput<typeof schema>;
export type ProgramsRecipeInput = v.InferInput<typeof schema>;

const source = { path: 'families/programs/render.wgsl', text: render };
const libraries = [{ path: 'random/pcg.wgsl', text: pcg }, turnLibrary, toneLibrary];

/** Small random shaders, one a class, run by an interpreter. */
export const programs: Family<ProgramsRecipe, ProgramsRecipeInput> = {
  id: 'programs',
  title: 'random shader programs of warps and patterns, labelled by the program',
  form: 'image',
  labels: ['class'],
  schema,
  check: () => undefined,
  labelFormat: ({ params }) => ({ dtype: 'u32', outputs: params.classes }),
  parameters({ params: { classes, time, zoom, rotation, shift, contrast } }) {
    const range = ([low, high]: readonly [number, number]) => ({ stream: 'image' as const, kind: 'uniform' as const, low, high });
    return [
      { name: 'program', stream: 'label', draw: 0, kind: 'class', classes },
      { name: 'seed', stream: 'image', draw: 0, kind: 'integer', low: 0, high: 2 ** 31 - 1 },
      { name: 'time', draw: 1, ...range(time), easy: time[0] },
      { name: 'zoom', draw: 2, ...range(zoom), easy: (zoom[0] + zoom[1]) / 2 },
      { name: 'turns', draw: 3, ...range(rotation), easy: (rotation[0] + rotation[1]) / 2 },
      { name: 'left', draw: 4, ...range(shift), easy: (shift[0] + shift[1]) / 2 },
      { name: 'top', draw: 5, ...range(shift), easy: (shift[0] + shift[1]) / 2 },
      { name: 'contrast', draw: 6, ...range(contrast), easy: contrast[1] },
      { name: 'brightness', draw: 7, ...range([-1, 1]), easy: 0 },
    ];
  },
  labelRule: () => ({ from: 'class', parameter: 'program' }),
  draws: () => ({ label: 1, image: 8 }),
  tables: ({ params }) => ({ table: programTable(makePrograms(params)) }),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'programs/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...imageParams(recipe, launch), instructions: recipe.params.instructions, jitter: recipe.params.jitter },
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: programsTwin,
};
