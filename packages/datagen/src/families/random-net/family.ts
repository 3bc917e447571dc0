import { defineProgram, InputError } from '@kindling/core';
import first from '@kindling/shaders/families/random-net/first';
import grow from '@kindling/shaders/families/random-net/grow';
import last from '@kindling/shaders/families/random-net/last';
import net from '@kindling/shaders/families/random-net/net';
import pcg from '@kindling/shaders/random/pcg';
import * as v from 'valibot';
import type { Family, Launch } from '../../family.js';
import { imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import { imageSchema, realRange, whole } from '../../schema.js';
import { toneLibrary } from '../../tone.js';
import { turnLibrary } from '../../turn.js';
import { layerSizes, makeNets } from './net.js';
import { netsTable } from './table.js';
import { randomNetTwin } from './twin.js';

/**
 * Family `random-net`. `classes` nets are drawn from `netSeed`; a sample is what its net makes of fresh noise with `cells` lattice cells along
 * the longer side. `contrast` 0 to 1.
 */
const schema = v.strictObject({
  family: v.literal('random-net'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      netSeed: v.optional(whole(0, 2 ** 32 - 1), 0),
      classes: v.optional(whole(2, 256), 16),
      cells: v.optional(realRange(1, 16), [2, 4]),
      contrast: v.optional(realRange(0, 1), [0.7, 1]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class') }), { kind: 'class' }),
});

export type RandomNetRecipe = v.InferOutput<typeof schema>;
export type RandomNetRecipeInput = v.InferInput<typeof schema>;

const netLibrary = { path: 'families/random-net/net.wgsl', text: net };
const sources = {
  first: { path: 'families/random-net/first.wgsl', text: first },
  grow: { path: 'families/random-net/grow.wgsl', text: grow },
  last: { path: 'families/random-net/last.wgsl', text: last },
};

/** Workgroups that share a sample where `items` are to be made: one on CPU adapters, on GPUs as many as leave each invocation one or two. */
const slicesOf = (items: number, launch: Launch): number =>
  launch.traits?.software ? 1 : Math.max(1, Math.min(64, Math.ceil(items / (2 * workgroupSizeOf(launch)))));

/** Images that random convolutional nets paint from noise. */
export const randomNet: Family<RandomNetRecipe, RandomNetRecipeInput> = {
  id: 'random-net',
  title: 'noise painted by random convolutional nets, labelled by the net',
  form: 'image',
  labels: ['class'],
  schema,
  check: () => undefined,
  labelFormat: ({ params }) => ({ dtype: 'u32', outputs: params.classes }),
  parameters({ params: { classes, cells, contrast } }) {
    const range = ([low, high]: readonly [number, number]) => ({ stream: 'image' as const, kind: 'uniform' as const, low, high });
    return [
      { name: 'net', stream: 'label', draw: 0, kind: 'class', classes },
      { name: 'seed', stream: 'image', draw: 0, kind: 'integer', low: 0, high: 2 ** 31 - 1 },
      { name: 'cells', draw: 1, ...range(cells) },
      { name: 'contrast', draw: 2, ...range(contrast), easy: contrast[1] },
      { name: 'brightness', draw: 3, ...range([-1, 1]), easy: 0 },
    ];
  },
  labelRule: () => ({ from: 'class', parameter: 'net' }),
  draws: () => ({ label: 1, image: 4 }),
  tables: ({ params }) => ({ nets: netsTable(makeNets(params)) }),
  scratch({ image }, launch) {
    const [quarter, half] = layerSizes(image.height, image.width).map(([h, w]) => 32 * h * w * launch.batch * launch.models) as [
      number,
      number,
    ];
    const limit = launch.traits?.maxStorageBufferBindingSize ?? 2 ** 32 - 4;
    if (half > limit) {
      throw new InputError({
        subject: 'generate random-net',
        got: `${half} bytes of hidden channels (batch ${launch.batch}, models ${launch.models}, ${image.height}x${image.width} pixels)`,
        expected: `at most ${limit} bytes in one buffer on this device`,
        next: 'use a smaller batch, fewer models or smaller images',
      });
    }
    return { cells: quarter, grown: half };
  },
  render(recipe, launch) {
    const { height, width, channels } = recipe.image;
    const { batch, rowStride: row_stride } = launch;
    const [quarter, half] = layerSizes(height, width) as [[number, number], [number, number]];
    const constants = { workgroup_size: workgroupSizeOf(launch) };
    const make = (
      name: keyof typeof sources,
      libraries: readonly (typeof netLibrary)[],
      blocks: number,
      params: Record<string, number>,
    ) => {
      const slices = slicesOf(blocks, launch);
      const program = defineProgram({
        name: `random-net/${name}`,
        source: sources[name],
        libraries: [...libraries, turnLibrary, netLibrary],
        constants,
        params: { batch, row_stride, slices, ...params },
        workgroups: imageWorkgroups(launch, slices),
      });
      return { program, resources: {} };
    };
    const quarterPlaces = quarter[0] * quarter[1];
    return [
      make('first', [{ path: 'random/pcg.wgsl', text: pcg }], quarterPlaces, {
        height: quarter[0],
        width: quarter[1],
        longer: Math.max(height, width),
      }),
      make('grow', [], quarterPlaces, { height: half[0], width: half[1] }),
      make('last', [toneLibrary], half[0] * half[1], { height, width, channels }),
    ];
  },
  twin: randomNetTwin,
};
