import { InputError } from '@kindling/core';
import { pixelsOf } from './family.js';
import { families, familyOf, type Recipe, type RecipeInput } from './registry.js';
import { parseWith } from './schema.js';

/** Pixels of one image beyond which a count is no longer exact in f32. */
const MAX_PIXELS = 2 ** 24;

/**
 * Validates plain JSON as a recipe and fills in the defaults; parsing its result again changes nothing.
 * @throws InputError naming the field: an unknown family or field, a wrong type, a size that does not fit.
 */
export function parseRecipe(input: unknown): Recipe {
  const family = typeof input === 'object' && input !== null && 'family' in input ? input.family : undefined;
  if (typeof family !== 'string' || !Object.hasOwn(families, family)) {
    throw new InputError({
      subject: 'recipe.family',
      got: family === undefined ? 'none' : JSON.stringify(family),
      expected: `one of ${Object.keys(families).join(', ')}`,
      next: 'name the family, e.g. {"family": "count"}',
    });
  }
  const recipe = parseWith(families[family as Recipe['family']].schema, input);
  const pixels = pixelsOf(recipe.image);
  if (pixels > MAX_PIXELS) {
    const { height, width, channels } = recipe.image;
    throw new InputError({
      subject: 'recipe.image',
      got: `${height}×${width}×${channels} = ${pixels} pixels`,
      expected: `at most ${MAX_PIXELS} (2^24), up to which f32 counts exactly`,
      next: 'ask for smaller images',
    });
  }
  familyOf(recipe).check(recipe);
  return recipe;
}

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
