import * as v from 'valibot';
import type { Family } from '../../family.js';
import { imageSchema, real, whole } from '../../schema.js';
import { remember } from '../ifs/remember.js';
import { fractalDraws, fractalParameters, fractalPass, fractalScratch, fractalTwin, viewFields } from '../ifs/shared.js';
import { independentSystem, perturbedSystem, systemTable } from '../ifs/systems.js';

const MAPS = 2;

/**
 * Family `one-fractal`. One system of two maps, chosen by `systemSeed`, with Σ(s₁ + 2s₂) = `sigma` over its maps' singular values (3.5 is the
 * most intricate); class c multiplies each of its twelve coefficients by a factor of its own from U(1 − delta, 1 + delta). Of each image: as in family `ifs`.
 */
const schema = v.strictObject({
  family: v.literal('one-fractal'),
  image: imageSchema({ height: 28, width: 28, channels: 1 }),
  params: v.optional(
    v.strictObject({
      ...viewFields({ jitter: 0, flip: false, rotation: 5 }),
      sigma: v.optional(real(3, 5.5), 3.5),
      delta: v.optional(real(0.001, 0.5), 0.1),
    }),
    {},
  ),
  label: v.optional(v.strictObject({ kind: v.literal('class'), classes: v.optional(whole(2, 1024), 10) }), { kind: 'class' }),
});

export type OneFractalRecipe = v.InferOutput<typeof schema>;
export type OneFractalRecipeInput = v.InferInput<typeof schema>;

/** Index of the base system among a seed's candidates, beyond every class. */
const BASE_INDEX = 2 ** 31;

/** The systems of a recipe, one a class: perturbations of one base system. */
export function oneFractalSystems({ params: { systemSeed, sigma, delta, jitter }, label: { classes } }: OneFractalRecipe) {
  const spec = { seed: systemSeed, sampling: 'svd' as const, maps: [MAPS, MAPS] as const, alpha: sigma, fill: [0.2, 0.8] as const, jitter };
  return remember(`one-fractal ${JSON.stringify([spec, delta, classes])}`, () => {
    const { maps } = independentSystem(spec, BASE_INDEX, 'recipe.params');
    // A perturbed system may fill less than its base: only what is nearly blank or full is drawn again.
    const loose = { ...spec, fill: [0.1, 0.95] as const };
    return Array.from({ length: classes }, (_, c) => perturbedSystem(loose, maps, delta, c, 'recipe.params'));
  });
}

/** One fractal, perturbed: the least that is known to be worth pre-training on. */
export const oneFractal: Family<OneFractalRecipe, OneFractalRecipeInput> = {
  id: 'one-fractal',
  title: 'one fractal of two maps, labelled by which of some perturbations of its coefficients it has',
  form: 'image',
  labels: ['class'],
  schema,
  check: () => undefined,
  labelFormat: ({ label }) => ({ dtype: 'u32', outputs: label.classes }),
  parameters: fractalParameters,
  labelRule: () => ({ from: 'class', parameter: 'class' }),
  draws: (recipe) => ({ label: 1, image: fractalDraws(recipe, MAPS) }),
  tables: (recipe) => ({ systems: systemTable(oneFractalSystems(recipe)) }),
  scratch: fractalScratch,
  render: (recipe, launch) => [fractalPass('one-fractal/render', recipe, launch)],
  twin: (recipe, draws, parameters) => fractalTwin(recipe, oneFractalSystems(recipe), draws, parameters),
};
