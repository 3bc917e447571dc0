import { InputError } from '@kindling/core';
import { labelFormat, type MixtureRecipe, type MixtureRecipeInput, parseRecipe } from '@kindling/datagen';
import type { ImageFacts } from '../natural.js';

/** One thing that the controller can ask of the generator for a block of steps. */
export interface ControllerAction {
  /** Which part of the mixture, and its family. */
  readonly part: number;
  readonly family: string;
  /** 0 to 1, see `Control.difficulty` of the generator. */
  readonly difficulty: number;
  /** Classes drawn by 1 − accuracy + .1, or all alike. */
  readonly weighted: boolean;
}

/** Actions whose probabilities fit the kernel: the limit of a weighted draw. */
const MAX_ACTIONS = 256;

/** What the generator makes by default: families of the natural classes, drawn procedurally. Fashion-MNIST has its own. */
const PARTS: Readonly<Record<string, MixtureRecipeInput['parts']>> = {
  'fashion-mnist': [{ recipe: { family: 'garments' } }, { recipe: { family: 'augment', params: { base: 'garments' } } }],
  mnist: [{ recipe: { family: 'strokes' } }, { recipe: { family: 'augment' } }],
};

/**
 * The mixture that a controller chooses from, at the data's image size, each part labelled by the natural classes.
 * @param parts default: for MNIST `strokes` and `augment`, for Fashion-MNIST `garments` and `augment` of garments
 * @throws InputError where there is no default, or a part's labels are not the natural classes
 */
export function controllerMixture(facts: ImageFacts, parts = PARTS[facts.name]): MixtureRecipe {
  const { name, channels, height, width, classes } = facts;
  if (!parts) {
    throw new InputError({
      subject: 'controller: parts',
      got: `none for data set ${name}`,
      expected: `families whose classes are its ${classes} (defaults exist for ${Object.keys(PARTS).join(', ')})`,
      next: 'name the parts, e.g. [{"recipe": {"family": "sprites"}}]',
    });
  }
  const recipe = parseRecipe({ family: 'mixture', image: { channels, height, width }, parts, label: { kind: 'own' } }) as MixtureRecipe;
  for (const part of recipe.parts) {
    const got = parseRecipe({ family: 'mixture', image: recipe.image, parts: [part], label: { kind: 'own' } });
    const { outputs, dtype } = labelFormat(got);
    if (dtype === 'u32' && outputs === classes) continue;
    throw new InputError({
      subject: `controller: part ${part.recipe.family}`,
      got: dtype === 'u32' ? `${outputs} classes` : 'labels that are no classes',
      expected: `the ${classes} classes of ${name}: the head is kept`,
      next: 'leave the part out, or give it another label',
    });
  }
  return recipe;
}

/** Every combination of part, difficulty and, with `weigh`, class weighting. @throws InputError for too many, or a difficulty outside 0 … 1 */
export function controllerActions({ parts }: MixtureRecipe, difficulties: readonly number[], weigh: boolean): ControllerAction[] {
  const actions = parts.flatMap(({ recipe }, part) =>
    difficulties.flatMap((difficulty) =>
      (weigh ? [false, true] : [false]).map((weighted) => ({ part, family: recipe.family, difficulty, weighted })),
    ),
  );
  if (!difficulties.every((value) => value >= 0 && value <= 1) || actions.length < 2 || actions.length > MAX_ACTIONS) {
    throw new InputError({
      subject: 'controller: difficulties',
      got: `${difficulties.join(', ') || 'none'}, which make ${actions.length} actions`,
      expected: `difficulties from 0 to 1, and 2 to ${MAX_ACTIONS} actions together`,
      next: 'name other difficulties or parts',
    });
  }
  return actions;
}

/** The actions as the kernel reads them: [A,3] part, difficulty, weighted. */
export const actionTable = (actions: readonly ControllerAction[]): Float32Array<ArrayBuffer> =>
  Float32Array.from(actions.flatMap(({ part, difficulty, weighted }) => [part, difficulty, weighted ? 1 : 0]));
