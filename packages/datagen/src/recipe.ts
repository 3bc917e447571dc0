import { InputError } from '@kindling/core';
import { type LabelFormat, pixelsOf } from './family.js';
import { type MixtureRecipe, type MixtureRecipeInput, mixtureLabel, parseMixture } from './mixture.js';
import { labelAfter, parsePosts } from './posts/parse.js';
import type { PostInput, PostRecipe } from './posts/registry.js';
import { type FamilyId, type FamilyRecipe, type FamilyRecipeInput, families, familyOf } from './registry.js';
import { parseWith } from './schema.js';

/** A validated recipe with every default filled in. */
export type Recipe = BareRecipe & {
  /** What happens to the finished images, in order; absent where nothing does. */
  readonly post?: readonly PostRecipe[];
};
/** A recipe without its posts. */
export type BareRecipe = FamilyRecipe | MixtureRecipe;
/** A recipe as a user writes it. */
export type RecipeInput = (FamilyRecipeInput | MixtureRecipeInput) & { readonly post?: readonly PostInput[] };

/** Pixels of one image beyond which a count is no longer exact in f32. */
const MAX_PIXELS = 2 ** 24;

function parseFamily(input: unknown, subject: string): FamilyRecipe {
  const family = typeof input === 'object' && input !== null && 'family' in input ? input.family : undefined;
  if (typeof family !== 'string' || !Object.hasOwn(families, family)) {
    throw new InputError({
      subject: `${subject}.family`,
      got: family === undefined ? 'none' : JSON.stringify(family),
      expected: `one of ${[...Object.keys(families), 'mixture'].join(', ')}`,
      next: 'name the family, e.g. {"family": "count"}',
    });
  }
  const recipe = parseWith<FamilyRecipe>(families[family as FamilyId].schema, input, subject);
  const pixels = pixelsOf(recipe.image);
  if (pixels > MAX_PIXELS) {
    const { height, width, channels } = recipe.image;
    throw new InputError({
      subject: `${subject}.image`,
      got: `${height}×${width}×${channels} = ${pixels} pixels`,
      expected: `at most ${MAX_PIXELS} (2^24), up to which f32 counts exactly`,
      next: 'ask for smaller images',
    });
  }
  familyOf(recipe).check(recipe);
  return recipe;
}

/**
 * Validates plain JSON as a recipe and fills in the defaults; parsing its result again changes nothing.
 * @throws InputError naming the field: an unknown family or field, a wrong type, a size that does not fit.
 */
export function parseRecipe(input: unknown): Recipe {
  const object = typeof input === 'object' && input !== null ? (input as Record<string, unknown>) : undefined;
  if (!object || object.post === undefined) return parseBare(input);
  const { post, ...plain } = object;
  const recipe = parseBare(plain);
  const vector = partsOf(recipe).find((part) => familyOf(part).form === 'vector');
  const list = parsePosts(post, recipe.image, bareLabel(recipe));
  if (vector && list.length > 0) {
    throw new InputError({
      subject: 'recipe.post',
      got: `family ${vector.family}, which makes vectors`,
      expected: 'a family of images',
      next: 'leave post out',
    });
  }
  // An empty list is the same recipe as none, and has the same hash.
  return list.length > 0 ? { ...recipe, post: list } : recipe;
}

function parseBare(input: unknown): BareRecipe {
  const mixture = typeof input === 'object' && input !== null && 'family' in input && input.family === 'mixture';
  return mixture ? parseMixture(input, parseFamily) : parseFamily(input, 'recipe');
}

/** The families' recipes in one: a mixture's parts, or the recipe itself. */
const partsOf = (recipe: BareRecipe): readonly FamilyRecipe[] =>
  recipe.family === 'mixture' ? recipe.parts.map((part) => part.recipe) : [recipe];

/** `vector`: x is a row of `width` numbers of any range, not a picture; so is a mixture of which one part makes vectors. */
export const formOf = (recipe: Recipe): 'image' | 'vector' =>
  partsOf(recipe).some((part) => familyOf(part).form === 'vector') ? 'vector' : 'image';

/** Buffers that the recipe leaves to the caller, and in words what each must hold. */
export const externalOf = (recipe: Recipe): Readonly<Record<string, string>> =>
  Object.assign({}, ...partsOf(recipe).map((part) => familyOf(part).external?.(part) ?? {}));

/** How y is stored before any post. */
export const bareLabel = (recipe: BareRecipe): LabelFormat =>
  recipe.family === 'mixture' ? mixtureLabel(recipe) : familyOf(recipe).labelFormat(recipe);

/** How y is stored, and how many outputs a head needs to learn it. */
export const labelFormat = (recipe: Recipe): LabelFormat => labelAfter(recipe.post ?? [], bareLabel(recipe));

/** JSON with sorted keys and no spaces: equal values give equal text. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).filter(([, field]) => field !== undefined);
  fields.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`).join(',')}}`;
}

/**
 * SHA-256 (64 hex digits) of the recipe's canonical JSON with its defaults filled in: what a run's record keeps to name its data.
 * @throws InputError for an invalid recipe.
 */
export async function recipeHash(recipe: RecipeInput): Promise<string> {
  const text = new TextEncoder().encode(canonicalJson(parseRecipe(recipe)));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', text));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
