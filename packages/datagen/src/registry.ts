import { count } from './count/family.js';
import type { CountRecipe, CountRecipeInput } from './count/recipe.js';
import type { Family } from './family.js';

/** A validated recipe of any family, with every default filled in. */
export type Recipe = CountRecipe;
/** A recipe as a user writes it: `family` and whatever differs from the defaults. */
export type RecipeInput = CountRecipeInput;

/** Every family by name: a total map, so that a recipe type without a family does not compile. */
export const families: { readonly [F in Recipe['family']]: Family<Extract<Recipe, { family: F }>> } = { count };

/** The family of a recipe. */
export const familyOf = (recipe: Recipe): Family<Recipe> => families[recipe.family];
