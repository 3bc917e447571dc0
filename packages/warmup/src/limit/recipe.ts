import { InputError } from '@kindling/core';
import { labelFormat, type MixtureRecipeInput, parseRecipe, type Recipe, type RecipeInput } from '@kindling/datagen';
import type { ImageFacts } from '../natural.js';

/** The generator that is matched to a data set, and how natural images are moved beside it. */
interface Matched {
  readonly generator: RecipeInput;
  readonly moves?: Readonly<Record<string, unknown>>;
}

/**
 * By data set; the labels are its classes. Digits of more variety than the family's default, bent once more: chosen by reading MNIST's training
 * images, never its test images. The post bends the natural images too, so that their own displacement is off.
 */
const MATCHED: Readonly<Record<string, Matched>> = {
  mnist: {
    generator: {
      family: 'strokes',
      params: { variety: 2, jitter: [0.03, 0.17], warp: [0, 0.14], slant: { mean: 0.17, deviation: 0.28 } },
      post: [{ kind: 'elastic', alpha: [15, 50], sigma: 4 }],
    },
    moves: { rotation: [-0.25, 0.25], scale: [0.8, 1.15], shear: [-0.35, 0.35], translate: [-0.06, 0.06], alpha: [0, 0] },
  },
  'fashion-mnist': { generator: { family: 'garments' } },
};

/** What trains a net that may see no natural image, or one a class. */
export interface LimitRecipe {
  /** The procedural part, whose labels are the natural classes; by default the one that is matched to the data set. */
  readonly generator?: RecipeInput | undefined;
  /** One natural image a class, moved, beside the procedural part; without it no natural image is used. */
  readonly natural?: NaturalPart | undefined;
}

export interface NaturalPart {
  /** SHA-256 of the images, hex: it stands in the recipe. */
  readonly hash: string;
  /** Share of the moved natural images, above 0; 1 leaves the procedural part out. */
  readonly share: number;
  /** Parameters of family `augment` that differ from its defaults; by default those of the matched generator, where that is used. */
  readonly moves?: Readonly<Record<string, unknown>> | undefined;
}

type Part = MixtureRecipeInput['parts'][number];

/** @throws InputError where there is neither a generator nor one that is matched to the data */
function proceduralOf(generator: RecipeInput | undefined, { name }: ImageFacts): Matched {
  if (generator) return { generator };
  if (Object.hasOwn(MATCHED, name)) return MATCHED[name]!;
  throw new InputError({
    subject: '--generator',
    got: `none, with the data set ${name}`,
    expected: `one for it: only ${Object.keys(MATCHED).join(' and ')} have a matched one`,
    next: 'name a family whose labels are the classes, e.g. --generator strokes',
  });
}

/**
 * The recipe of every batch: the procedural generator alone, or mixed with moved natural images, which are read from an external buffer `base`. Posts of
 * the procedural generator then act on both.
 * @throws InputError for a recipe that does not apply, or whose labels are not the natural classes
 */
export function limitGenerator({ generator, natural }: LimitRecipe, facts: ImageFacts): Recipe {
  const { channels, height, width, classes } = facts;
  const image = { channels, height, width };
  const matched = proceduralOf(generator, facts);
  const { post, ...procedural } = matched.generator;
  const posts = post ? { post } : {};
  const mixed =
    procedural.family === 'mixture' ? procedural.parts.map((part) => ({ ...part, recipe: withoutImage(part.recipe) })) : undefined;
  let recipe = { ...procedural, ...(mixed ? { parts: mixed } : {}), image, ...posts } as RecipeInput;
  if (natural) {
    const { hash, share, moves = matched.moves } = natural;
    const moved = { family: 'augment', params: { ...moves, base: { external: { classes, hash } } } } as Part['recipe'];
    const parts: readonly Part[] = mixed ?? [{ recipe: withoutImage(procedural as Part['recipe']) }];
    const whole = parts.reduce((sum, { weight = 1 }) => sum + weight, 0);
    const scaled = parts.map(({ weight = 1, recipe: own }) => ({ weight: ((1 - share) * weight) / whole, recipe: own }));
    recipe =
      share === 1
        ? ({ ...moved, image, ...posts } as RecipeInput)
        : { family: 'mixture', image, label: { kind: 'own' }, parts: [...scaled, { weight: share, recipe: moved }], ...posts };
  }
  const parsed = parseRecipe(recipe);
  const { dtype, outputs } = labelFormat(parsed);
  if (dtype === 'u32' && outputs === classes) return parsed;
  throw new InputError({
    subject: '--generator',
    got: dtype === 'u32' ? `${outputs} classes` : 'labels that are no classes',
    expected: `the ${classes} classes of ${facts.name} as labels`,
    next: 'choose a family whose classes are those of the data',
  });
}

/** Parts of a mixture take its image. */
function withoutImage(recipe: Part['recipe']): Part['recipe'] {
  const { image: _, ...rest } = recipe;
  return rest as Part['recipe'];
}
