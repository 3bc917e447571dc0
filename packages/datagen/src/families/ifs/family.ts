import * as v from 'valibot';
import type { Family } from '../../family.js';
import { imageSchema, realRange, whole, wholeRange } from '../../schema.js';
import { remember } from './remember.js';
import { fractalDraws, fractalParameters, fractalPass, fractalScratch, fractalTwin, viewFields } from './shared.js';
import { independentSystem, systemTable } from './systems.js';

/**
 * Family `ifs`. `systemSeed` chooses the systems, `sampling` how their maps are drawn, `maps` how many a system has, `fill` the share of a 64×64
 * picture that a system must hit. Of each image: `jitter` of every coefficient (relative), `flip` in both axes, `rotation` in degrees to
 * either side, `points` a pixel. `render`: brightness by density, any hit (`dots`), or a random 3×3 patch a hit (`patch`).
 */
const schema = v.strictObject({
  family: v.literal('ifs'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      ...viewFields({ jitter: 0.05, flip: true, rotation: 15 }),
      sampling: v.optional(v.picklist(['svd', 'fractaldb']), 'svd'),
      maps: v.optional(wholeRange(2, 8), [2, 7]),
      fill: v.optional(realRange(0.01, 1), [0.2, 0.8]),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class'), classes: v.optional(whole(2, 1024), 10) }), { kind: 'class' }),
});

export type IfsRecipe = v.InferOutput<typeof schema>;
export type IfsRecipeInput = v.InferInput<typeof schema>;

/** The systems of a recipe, one a class; system c is the same for every number of classes. */
export function ifsSystems({ params: { systemSeed, sampling, maps, fill, jitter }, label: { classes } }: IfsRecipe) {
  const spec = { seed: systemSeed, sampling, maps, fill, jitter };
  return remember(`ifs ${JSON.stringify([spec, classes])}`, () =>
    Array.from({ length: classes }, (_, c) => independentSystem(spec, c, 'recipe.params').system),
  );
}

/** Attractors of random systems of affine maps: a class is a system. */
export const ifs: Family<IfsRecipe, IfsRecipeInput> = {
  id: 'ifs',
  title: 'fractals of random iterated function systems, labelled by their system',
  form: 'image',
  labels: ['class'],
  schema,
  check: () => undefined,
  labelFormat: ({ label }) => ({ dtype: 'u32', outputs: label.classes }),
  parameters: fractalParameters,
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: (recipe) => ({ label: 1, image: fractalDraws(recipe, recipe.params.maps[1]) }),
  tables: (recipe) => ({ systems: systemTable(ifsSystems(recipe)) }),
  scratch: fractalScratch,
  render: (recipe, launch) => [fractalPass('ifs/render', recipe, launch)],
  twin: (recipe, draws, parameters) => fractalTwin(recipe, ifsSystems(recipe), draws, parameters),
};
