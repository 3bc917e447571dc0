import { InputError } from '@kindling/core';
import { Draws, drawParameters } from './draws.js';
import { type External, type Sample, TOP } from './family.js';
import { chosenPart, classOffset } from './mixture.js';
import type { PostSample } from './posts/post.js';
import { postsTwin } from './posts/twin.js';
import { type BareRecipe, bareLabel, parseRecipe, type Recipe, type RecipeInput } from './recipe.js';
import { type FamilyRecipe, familyOf } from './registry.js';

/**
 * One sample on the CPU, the definition that the GPU is tested against: a pure function of its arguments.
 * @param seed, step 0 to 2^32 − 1; @param index 0 to 2^53 − 1
 * @param external contents of the buffers that the recipe leaves to the caller, e.g. `base` of family `augment`
 * @throws InputError outside these ranges or for an invalid recipe.
 */
export function sample(recipe: RecipeInput, seed: number, step: number, index: number, external: External = {}): Sample {
  const word = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  if (!word(seed) || !word(step) || !Number.isSafeInteger(index) || index < 0) {
    throw new InputError({
      subject: 'sample',
      got: `seed ${seed}, step ${step}, index ${index}`,
      expected: 'whole numbers from 0: seed and step below 2^32, index below 2^53',
      next: 'pass the integers that the record of the run names',
    });
  }
  return postedSample(parseRecipe(recipe), { seed, step, index, top: 0, external });
}

/** A sample's place. `top`: 2^31 for a partner of mixup, the sample of index + 2^63. */
interface Place {
  readonly seed: number;
  readonly step: number;
  readonly index: number;
  readonly top: number;
  readonly external: External;
}

/** The sample after the first `count` of its posts, all by default. */
function postedSample(recipe: Recipe, place: Place, count?: number): Sample {
  const bare = bareSample(recipe, place);
  const post = recipe.post?.slice(0, count) ?? [];
  if (post.length === 0) return bare;
  const partner = (n: number): PostSample => postedSample(recipe, { ...place, top: TOP }, n);
  const { image, labels, parameters } = postsTwin(post, recipe.image, bareLabel(recipe), bare, place, partner);
  return { ...bare, image, labels, label: labels[0]!, parameters: { ...bare.parameters, ...parameters } };
}

function bareSample(recipe: BareRecipe, place: Place): Sample {
  if (recipe.family !== 'mixture') return familySample(recipe, place);
  const part = chosenPart(recipe, place.seed, place.step, place.index, place.top);
  const own = familySample(recipe.parts[part]!.recipe, place);
  if (recipe.label.kind === 'own') return own;
  const label = recipe.label.kind === 'part' ? part : own.label + classOffset(recipe, part);
  return { ...own, label, labels: [label] };
}

function familySample(recipe: FamilyRecipe, { seed, step, index, top, external }: Place): Sample {
  const family = familyOf(recipe);
  const draws = new Draws(seed, step, index, family.draws(recipe), top);
  const parameters = drawParameters(family.parameters(recipe), draws);
  const { image, label } = family.twin(recipe, draws, parameters, external);
  const rule = family.labelRule(recipe);
  const labels =
    rule.from === 'class'
      ? [parameters[rule.parameter]!]
      : rule.from === 'values'
        ? rule.values.map(({ parameter, shift, scale }) =>
            Math.fround(Math.fround(parameters[parameter]! - Math.fround(shift)) * Math.fround(scale)),
          )
        : label!;
  return { image, label: labels[0]!, labels, parameters, words: { label: draws.all('label'), image: draws.all('image') } };
}
