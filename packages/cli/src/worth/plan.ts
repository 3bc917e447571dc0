import { worthArm, worthSteps } from '@kindling/warmup';
import { EVALUATION_COST } from '../sweep/plan.js';
import type { WorthRecipe } from './recipe.js';

/** One training. */
export interface WorthTrialOf {
  readonly arm: string;
  readonly seed: number;
  readonly n: number;
}

/** Every trial of a recipe: seeds first, so that what is done so far compares all arms. */
export const worthTrials = ({ arms, seeds, n }: WorthRecipe): WorthTrialOf[] =>
  seeds.flatMap((seed) => arms.flatMap((arm) => n.map((images) => ({ arm, seed, n: images }))));

/**
 * Trials in groups that train in the same dispatches: of one arm, whole seeds as long as `together` allows, since a seed's warm-up is trained once a
 * group. Groups come in the order of their seeds, then of the arms.
 */
export function worthGroups(recipe: WorthRecipe, open: readonly WorthTrialOf[], together: number): WorthTrialOf[][] {
  const { arms, seeds, n } = recipe;
  const block = Math.max(1, Math.floor(together / n.length));
  const groups: WorthTrialOf[][] = [];
  for (let first = 0; first < seeds.length; first += block) {
    const own = new Set(seeds.slice(first, first + block));
    for (const arm of arms) {
      const trials = open.filter((trial) => trial.arm === arm && own.has(trial.seed));
      for (let at = 0; at < trials.length; at += together) groups.push(trials.slice(at, at + together));
    }
  }
  return groups;
}

/** Steps of one arm's phases under a recipe. */
export function armSteps({ generator, steps, warmupSteps, lr, batch, select }: WorthRecipe, name: string) {
  const arm = worthArm(name, generator ?? {});
  const plan = { arm, steps, warmupSteps, lr, batch, ...(select ? { select } : {}) };
  return { plan, ...worthSteps(plan) };
}

/** What a group takes, in training steps of one model: its seeds' warm-ups, its trials' natural steps, and their evaluations. */
export function groupCost(recipe: WorthRecipe, group: readonly WorthTrialOf[]): number {
  const { warmup, natural } = armSteps(recipe, group[0]!.arm);
  const seeds = new Set(group.map(({ seed }) => seed)).size;
  return warmup * seeds + (natural + EVALUATION_COST) * group.length;
}
