import { defineProgram, InputError } from '@kindling/core';
import plasmaText from '@kindling/shaders/families/composite/plasma';
import render from '@kindling/shaders/families/composite/render';
import * as v from 'valibot';
import type { Family } from '../../family.js';
import { drawingParams, imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import type { Parameter } from '../../parameter.js';
import { imageSchema, real, realRange, whole, wholeRange } from '../../schema.js';
import { remember } from '../ifs/remember.js';
import { fractalScratch, libraries, turnsOf } from '../ifs/shared.js';
import { independentSystem, systemTable } from '../ifs/systems.js';
import { levelsOf } from './plasma.js';
import { compositeTwin } from './twin.js';

/** Most fractals of an image. */
export const MOST = 5;

/**
 * Family `composite`. Systems as in family `ifs`: `systemSeed`, `sampling`, `maps`, `fill`. `count`: fractals of an image, each of another class;
 * `size` of a fractal's window as a share of the image, `flip`, `rotation` in degrees to either side, `points` a pixel of the window,
 * `roughness` of the background: how much smaller a displacement is at half the scale. `label`: one output a class, 1 where it is shown.
 */
const schema = v.strictObject({
  family: v.literal('composite'),
  image: imageSchema({ height: 64, width: 64, channels: 3 }),
  params: v.optional(
    v.strictObject({
      systemSeed: v.optional(whole(0, 2 ** 32 - 1), 0),
      sampling: v.optional(v.picklist(['svd', 'fractaldb']), 'svd'),
      maps: v.optional(wholeRange(2, 8), [2, 7]),
      fill: v.optional(realRange(0.01, 1), [0.2, 0.8]),
      count: v.optional(wholeRange(1, MOST), [1, MOST]),
      size: v.optional(realRange(0.25, 1), [0.4, 0.75]),
      flip: v.optional(v.boolean(), true),
      rotation: v.optional(real(0, 180), 180),
      points: v.optional(real(1, 64), 5),
      roughness: v.optional(real(0, 0.9), 0.55),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('multi-label'), classes: v.optional(whole(2, 1024), 10) }), { kind: 'multi-label' }),
});

export type CompositeRecipe = v.InferOutput<typeof schema>;
export type CompositeRecipeInput = v.InferInput<typeof schema>;

const source = { path: 'families/composite/render.wgsl', text: render };

/** The systems of a recipe, one a class: those of family `ifs` without jitter. */
export function compositeSystems({ params: { systemSeed, sampling, maps, fill }, label: { classes } }: CompositeRecipe) {
  const spec = { seed: systemSeed, sampling, maps, fill, jitter: 0 };
  return remember(`ifs ${JSON.stringify([spec, classes])}`, () =>
    Array.from({ length: classes }, (_, c) => independentSystem(spec, c, 'recipe.params').system),
  );
}

/** Image draws: the background's word, and the first of the fractals' words. */
export const BACKGROUND_DRAW = 4;
export const WALK_DRAW = 48;

/** Points of a window's pixel in 16ths, and walkers: as many for every fractal of a recipe. */
export const walkFields = ({ image, params }: CompositeRecipe) => ({
  walkers: params.points * image.height * image.width > 16_384 ? 256 : 64,
  points: Math.round(16 * params.points),
});

/** Several fractals at once over a plasma: which are there? */
export const composite: Family<CompositeRecipe, CompositeRecipeInput> = {
  id: 'composite',
  title: 'one to five fractals over a plasma, labelled by all that are shown',
  form: 'image',
  labels: ['multi-label'],
  schema,
  check({ params, label }) {
    if (params.count[1] <= label.classes) return;
    throw new InputError({
      subject: 'recipe.params.count',
      got: `${params.count[1]} fractals of ${label.classes} classes`,
      expected: 'at most as many fractals as classes: each is of another class',
      next: 'lower count, or raise label.classes',
    });
  },
  labelFormat: ({ label }) => ({ dtype: 'f32', outputs: label.classes, integer: true }),
  parameters({ params, label }) {
    const integer = (name: string, stream: 'label' | 'image', draw: number, low: number, high: number): Parameter => ({
      name,
      stream,
      draw,
      kind: 'integer',
      low,
      high,
    });
    const uniform = (name: string, draw: number, low: number, high: number): Parameter => ({
      name,
      stream: 'image',
      draw,
      kind: 'uniform',
      low,
      high,
    });
    const turns = turnsOf(params.rotation);
    const share = (part: number): number => Math.round(256 * part);
    return [
      integer('count', 'label', 0, ...params.count),
      ...Array.from({ length: MOST }, (_, k) => integer(`pick${k}`, 'label', 1 + k, 0, Math.max(0, label.classes - 1 - k))),
      uniform('hue', 0, 0, 1),
      uniform('hueSpan', 1, 0, 0.4),
      uniform('saturation', 2, 0.2, 0.6),
      uniform('value', 3, 0.1, 0.35),
      ...Array.from({ length: MOST }, (_, k) => [
        integer(`left${k}`, 'image', 8 + 8 * k, 0, 256),
        integer(`top${k}`, 'image', 9 + 8 * k, 0, 256),
        integer(`size${k}`, 'image', 10 + 8 * k, share(params.size[0]), share(params.size[1])),
        integer(`flip${k}`, 'image', 11 + 8 * k, 0, params.flip ? 3 : 0),
        integer(`turn${k}`, 'image', 12 + 8 * k, -turns, turns),
        uniform(`hue${k}`, 13 + 8 * k, 0, 1),
        uniform(`saturation${k}`, 14 + 8 * k, 0.4, 1),
        uniform(`value${k}`, 15 + 8 * k, 0.6, 1),
      ]).flat(),
    ];
  },
  labelRule: () => ({ from: 'kernel' }),
  draws: () => ({ label: 1 + MOST, image: WALK_DRAW + MOST }),
  tables: (recipe) => ({ systems: systemTable(compositeSystems(recipe)) }),
  scratch: fractalScratch,
  render(recipe, launch) {
    const { slices: _, ...params } = drawingParams(recipe, launch);
    const { height, width } = recipe.image;
    const program = defineProgram({
      name: 'composite/render',
      source,
      libraries: [...libraries, { path: 'families/composite/plasma.wgsl', text: plasmaText }],
      constants: { workgroup_size: workgroupSizeOf(launch, 8, walkFields(recipe).walkers) },
      params: {
        ...params,
        ...walkFields(recipe),
        classes: recipe.label.classes,
        levels: levelsOf(height, width),
        persistence: recipe.params.roughness,
      },
      workgroups: imageWorkgroups(launch),
    });
    return [{ program, resources: {} }];
  },
  twin: compositeTwin,
};
