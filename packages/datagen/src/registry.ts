import { augment } from './families/augment/family.js';
import { automata } from './families/automata/family.js';
import { composite } from './families/composite/family.js';
import { contours } from './families/contours/family.js';
import { count } from './families/count/family.js';
import { deadLeaves } from './families/dead-leaves/family.js';
import { garments } from './families/garments/family.js';
import { gratings } from './families/gratings/family.js';
import { ifs } from './families/ifs/family.js';
import { mnist1d } from './families/mnist1d/family.js';
import { noise } from './families/noise/family.js';
import { oneFractal } from './families/one-fractal/family.js';
import { points } from './families/points/family.js';
import { programs } from './families/programs/family.js';
import { randomNet } from './families/random-net/family.js';
import { spectrum } from './families/spectrum/family.js';
import { sprites } from './families/sprites/family.js';
import { strokes } from './families/strokes/family.js';
import { teacher } from './families/teacher/family.js';
import type { Family, RecipeShape } from './family.js';

/** Every family by name. To add one, write its folder and add it here. */
export const families = {
  count,
  gratings,
  ifs,
  'one-fractal': oneFractal,
  composite,
  contours,
  strokes,
  noise,
  spectrum,
  'dead-leaves': deadLeaves,
  automata,
  programs,
  garments,
  sprites,
  'random-net': randomNet,
  mnist1d,
  points,
  teacher,
  augment,
};

/** A family's name. */
export type FamilyId = keyof typeof families;
type RecipeOf<F> = F extends Family<infer R, infer _> ? R : never;
type InputOf<F> = F extends Family<infer _, infer I> ? I : never;

/** A validated recipe of one family, with every default filled in. */
export type FamilyRecipe = { [F in FamilyId]: RecipeOf<(typeof families)[F]> }[FamilyId];
/** A recipe of one family as a user writes it: `family` and whatever differs from the defaults. */
export type FamilyRecipeInput = { [F in FamilyId]: InputOf<(typeof families)[F]> }[FamilyId];

/** The family of a recipe. */
export const familyOf = (recipe: FamilyRecipe): Family<RecipeShape> => families[recipe.family] as unknown as Family<RecipeShape>;
