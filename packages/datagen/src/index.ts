export { countMoments } from './count/label.js';
export type { CountRecipe } from './count/recipe.js';
export { countTwin } from './count/twin.js';
export { type Family, type ImageSize, type LabelFormat, type Launch, pixelsOf, type RecipeShape, type Sample } from './family.js';
export { type GenerateOptions, generateProgram, sample } from './generate.js';
export { canonicalJson, parseRecipe, recipeHash } from './recipe.js';
export { families, familyOf, type Recipe, type RecipeInput } from './registry.js';
