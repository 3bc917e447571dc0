import { defineProgram } from '@kindling/core';
import render from '@kindling/shaders/families/contours/render';
import hsvText from '@kindling/shaders/families/ifs/hsv';
import distributions from '@kindling/shaders/random/distributions';
import pcg from '@kindling/shaders/random/pcg';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import type { Parameter } from '../../parameter.js';
import { imageSchema, real, realRange, whole, wholeRange } from '../../schema.js';
import { contourSystems, contourTable } from './systems.js';
import { contoursTwin } from './twin.js';

/**
 * Family `contours`. A class is a system of lines, drawn from `systemSeed`: how many `orbits`, `vertices` a line, two `frequency` in waves a
 * turn with an `amplitude` each, `noise` of a vertex and `inner`, the first orbit's radius (lengths in units of the outer radius). Of each image:
 * `centre` off the middle, outer `radius` and line `thickness` as shares of the shorter side, `rotation` in degrees to either side, `stretch`
 * of the axes.
 */
const schema = v.strictObject({
  family: v.literal('contours'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      systemSeed: v.optional(whole(0, 2 ** 32 - 1), 0),
      orbits: v.optional(wholeRange(1, 200), [1, 5]),
      vertices: v.optional(wholeRange(3, 1000), [3, 1000]),
      frequency: v.optional(wholeRange(0, 20), [0, 8]),
      amplitude: v.optional(realRange(0, 0.35), [0.05, 0.3]),
      noise: v.optional(realRange(0, 0.05), [0, 0.03]),
      inner: v.optional(realRange(0.1, 0.5), [0.2, 0.4]),
      centre: v.optional(realRange(-0.5, 0.5), [-0.08, 0.08]),
      radius: v.optional(realRange(0.1, 1), [0.38, 0.5]),
      rotation: v.optional(real(0, 180), 180),
      stretch: v.optional(realRange(0.5, 2), [0.8, 1.25]),
      thickness: v.optional(realRange(0, 0.2), [0.03, 0.06]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class'), classes: v.optional(whole(2, 4096), 10) }), { kind: 'class' }),
});

export type ContoursRecipe = v.InferOutput<typeof schema>;
export type ContoursRecipeInput = v.InferInput<typeof schema>;

/** The image draw that seeds the noise of vertices. */
export const NOISE_DRAW = 12;

const source = { path: 'families/contours/render.wgsl', text: render };
const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/distributions.wgsl', text: distributions },
  { path: 'random/pcg.wgsl', text: pcg },
  { path: 'families/ifs/hsv.wgsl', text: hsvText },
];

/** Wavy rings and polygons around a nucleus: shapes that are all outline. */
export const contours: Family<ContoursRecipe, ContoursRecipeInput> = {
  id: 'contours',
  title: 'rings and polygons around a nucleus (VisualAtom, RCDB), labelled by the system of their lines',
  form: 'image',
  labels: ['class'],
  schema,
  check: () => undefined,
  labelFormat: ({ label }) => ({ dtype: 'u32', outputs: label.classes }),
  parameters({ params, label }) {
    const uniform = (name: string, draw: number, [low, high]: readonly [number, number], easy?: number): Parameter => ({
      ...{ name, stream: 'image', draw, kind: 'uniform', low, high },
      ...(easy === undefined ? {} : { easy }),
    });
    const turns = params.rotation / 360;
    return [
      { name: 'class', stream: 'label', draw: 0, kind: 'class', classes: label.classes },
      uniform('centreX', 0, params.centre, 0),
      uniform('centreY', 1, params.centre, 0),
      uniform('radius', 2, params.radius, params.radius[1]),
      uniform('turn', 3, [-turns, turns], 0),
      uniform('stretch', 4, params.stretch, 1),
      uniform('thickness', 5, params.thickness),
      uniform('value', 6, [0.6, 0.85], 0.85),
      uniform('fade', 7, [-0.3, 0.3], 0),
      uniform('ground', 8, [0, 0.25], 0),
      uniform('hue', 9, [0, 1]),
      uniform('hueStep', 10, [-0.15, 0.15]),
      uniform('saturation', 11, [0.3, 1]),
    ];
  },
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: () => ({ label: 1, image: NOISE_DRAW + 1 }),
  tables: ({ params, label }) => ({ systems: contourTable(contourSystems(params, label.classes)) }),
  render(recipe, launch) {
    const program = defineProgram({
      name: 'contours/render',
      source,
      libraries,
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: drawingParams(recipe, launch),
      workgroups: imageWorkgroups(launch, slicesOf(recipe, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin: contoursTwin,
};
