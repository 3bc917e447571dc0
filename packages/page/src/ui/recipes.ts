import { experiments, isAdaptive, type PageRecipe, pageRecipe } from '../recipe.js';
import { percent } from './format.js';

/** A recipe to begin with. */
export interface Example {
  readonly title: string;
  readonly recipe: PageRecipe;
}

const common = { steps: 500, batch: 64, seed: 1, evalEvery: 50 };

/** What a form can be filled with at one press; the first is what the page opens with. */
export const EXAMPLES: readonly Example[] = [
  { title: 'Drawn digits', recipe: pageRecipe({ experiment: 'family:strokes', arm: 'kept', p: 0.3, ...common }) },
  { title: 'Counting pixels', recipe: pageRecipe({ experiment: 'count', arm: 'published', p: 0.3, ...common }) },
  { title: 'Ten images, moved', recipe: pageRecipe({ experiment: 'augment', arm: 'published', p: 0.3, ...common }) },
  { title: 'No warm-up', recipe: pageRecipe({ experiment: 'count', arm: 'published', p: 0, ...common }) },
];

/** Experiments that are no family, as the form calls them. */
export const NAMES: Readonly<Record<string, string>> = {
  augment: '1: ten images, moved',
  count: '2: counting pixels',
  adaptive: '3: class weights',
};

/** `dead-leaves` → `Dead leaves`. */
export const familyName = (id: string): string =>
  id === 'strokes' ? 'Digits (strokes)' : `${id[0]!.toUpperCase()}${id.slice(1).replaceAll('-', ' ')}`;

export const CHOICES = experiments();
export const FAMILY = 'family:';

/** The experiment in a few words. */
export function experimentName(experiment: string): string {
  if (experiment.startsWith(FAMILY)) return familyName(experiment.slice(FAMILY.length));
  return { count: 'Counting pixels', augment: 'Ten images, moved', adaptive: 'Class weights' }[experiment] ?? experiment;
}

/** A recipe that tells what a warm-up is worth. */
export interface Control {
  readonly title: string;
  readonly recipe: PageRecipe;
}

/** What a run may be set beside: everything else equal. */
export function controlsOf(recipe: PageRecipe): Control[] {
  if (isAdaptive(recipe)) return recipe.arm === 'control' ? [] : [{ title: 'equal weights', recipe: { ...recipe, arm: 'control' } }];
  if (recipe.p === 0) return [];
  // Pruning belongs to the generated stream, and goes with it.
  const { select: _, ...plain } = recipe;
  const skip: Control[] = recipe.arm === 'skip' ? [] : [{ title: 'those steps left out', recipe: { ...plain, arm: 'skip' } }];
  return [{ title: 'no warm-up', recipe: { ...plain, p: 0 } }, ...skip];
}

/** A run in a few words: `Counting pixels, published`. */
export const recipeName = (recipe: PageRecipe): string =>
  !isAdaptive(recipe) && recipe.p === 0
    ? `No warm-up (${experimentName(recipe.experiment).toLowerCase()}, ${recipe.arm})`
    : `${experimentName(recipe.experiment)}, ${recipe.arm}`;

/** Its numbers: `p 30 %, 500 steps of 64, seed 1`. */
export const recipeNumbers = (recipe: PageRecipe): string =>
  isAdaptive(recipe)
    ? `${recipe.epochs} epochs, batches of ${recipe.batch}, seed ${recipe.seed}`
    : `p = ${percent(recipe.p, 0)}, ${recipe.steps} steps of ${recipe.batch}, seed ${recipe.seed}`;
