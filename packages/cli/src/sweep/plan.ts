import { InputError } from '@kindling/core';
import type { SweepLine } from '@kindling/figures';
import { planTrial, TEACHER_STEPS, type TrialPlan } from '@kindling/warmup';
import { ADAPTIVE, type SweepRecipe } from './recipe.js';

/** One training for each seed: a data set, a budget, a p, and the arms of which it is the trial. */
export interface Unit {
  readonly dataSet: string;
  readonly steps: number;
  readonly p: number | null;
  /** More than one where their plans are the same: without warm-up most arms are plain training. */
  readonly arms: readonly string[];
  /** What a trial takes, in training steps: those that are really trained (`skip` leaves the warm-up's out), and its evaluations. */
  readonly cost: number;
}

/** One training of one seed. */
export interface Trial {
  readonly unit: Unit;
  readonly seed: number;
}

/** Which part of a sweep one machine runs: number `index` of `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** `2/8` → part 2 of the parts 0 … 7. @throws InputError */
export function shardOf(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text.trim()) ?? [];
  const shard = { index: Number(index), count: Number(count) };
  if (shard.count >= 1 && shard.index < shard.count) return shard;
  throw new InputError({
    subject: '--shard',
    got: JSON.stringify(text),
    expected: 'i/N with i from 0 to N − 1',
    next: 'write e.g. --shard 0/4 on the first of four machines and --shard 3/4 on the last',
  });
}

/** Steps of 64 that take as long as an evaluation on 10,000 images, as measured on lavapipe: it only has to be about right. */
export const EVALUATION_COST = 80;

/** What an epoch of the adaptive experiment takes, in the same unit: batches of 20, and the validation on 2,000 images that outweighs them. */
export const EPOCH_COST = ADAPTIVE.batches + EVALUATION_COST / 5;

/** What a step costs that keeps one of so many candidates: a forward pass for each, beside the step's own three. */
const stepCost = (candidates?: number): number => (candidates === undefined ? 1 : 1 + candidates / 3);

/** Steps of a teacher, which no budget counts. */
const teacherSteps = ({ warmup }: TrialPlan): number => (warmup?.kind === 'augment' && warmup.sampler === 'guarded' ? TEACHER_STEPS : 0);

/** Evaluations of a trial: after the warm-up, every so many natural steps, and at the end. */
function evaluations({ warmup, natural }: TrialPlan, evalEvery: number): number {
  const between = evalEvery > 0 ? Math.ceil(natural.steps / evalEvery) : 1;
  return (warmup ? 1 : 0) + Math.max(1, between);
}

/** Points at which two schedules are compared; they are smooth formulas of the step. */
const SAMPLES = 4096;

/** What decides a trial without warm-up, as text: equal texts are the same training. */
function plainSignature({ natural, continues }: TrialPlan): string {
  const stride = Math.max(1, Math.floor(natural.scheduleSteps / SAMPLES));
  const rates: unknown[] = [];
  for (let step = 0; step < natural.scheduleSteps; step += stride) rates.push(natural.schedule(step));
  rates.push(natural.schedule(Math.max(0, natural.scheduleSteps - 1)));
  return JSON.stringify([natural.steps, natural.scheduleSteps, natural.firstStep, natural.clip, continues, rates]);
}

/** The trainings of one (data set, budget, p). */
function unitsAt(recipe: SweepRecipe, dataSet: string, steps: number, p: number): Unit[] {
  const { experiment, arms, preset, generator, evalEvery, select } = recipe;
  const units = new Map<string, { cost: number; arms: string[] }>();
  for (const arm of arms) {
    const plan = planTrial({ experiment, arm, p, steps, preset: preset ?? undefined, generator: generator ?? undefined, select });
    const key = Math.floor(p * steps + 1e-9) === 0 && !plan.warmup ? plainSignature(plan) : arm;
    const trained = (plan.warmup?.steps ?? 0) * stepCost(select?.candidates) + teacherSteps(plan) + plan.natural.steps;
    const unit = units.get(key) ?? { cost: trained + EVALUATION_COST * evaluations(plan, evalEvery), arms: [] };
    unit.arms.push(arm);
    units.set(key, unit);
  }
  return [...units.values()].map((unit) => ({ dataSet, steps, p, ...unit }));
}

/** Every training of a sweep, in the order in which it runs: a function of the recipe alone. */
export function sweepUnits(recipe: SweepRecipe): Unit[] {
  const { dataSets, steps, p, arms } = recipe;
  return dataSets.flatMap((dataSet) =>
    steps.flatMap((budget) =>
      p === null
        ? arms.map((arm) => ({ dataSet, steps: budget, p, arms: [arm], cost: (budget / ADAPTIVE.batches) * EPOCH_COST + EVALUATION_COST }))
        : p.flatMap((share) => unitsAt(recipe, dataSet, budget, share)),
    ),
  );
}

/**
 * The trials of a sweep, or of one shard of it. They are cut by cost, so that shards take about as long
 * and seeds that train together stay together; every trial is in exactly one shard, whoever asks.
 */
export function sweepTrials(recipe: SweepRecipe, shard?: Shard): Trial[] {
  const trials = sweepUnits(recipe).flatMap((unit) => recipe.seeds.map((seed) => ({ unit, seed })));
  if (!shard) return trials;
  const total = trials.reduce((sum, { unit }) => sum + unit.cost, 0);
  let before = 0;
  return trials.filter(({ unit }) => {
    const middle = before + unit.cost / 2;
    before += unit.cost;
    return Math.floor((middle / total) * shard.count) === shard.index;
  });
}

/** What identifies the lines of a trial: one for each arm. */
export const linesOf = (recipe: SweepRecipe, { unit, seed }: Trial): Pick<SweepLine, LineIdentity>[] =>
  unit.arms.map((arm) => ({
    experiment: recipe.experiment,
    arm,
    p: unit.p,
    steps: unit.steps,
    seed,
    dataSet: unit.dataSet,
  }));

type LineIdentity = 'experiment' | 'arm' | 'p' | 'steps' | 'seed' | 'dataSet';

/** The trials from number `first` on that train in the same dispatches: consecutive ones of the same unit, at most `together`. */
export function nextGroup(trials: readonly Trial[], first: number, together: number): Trial[] {
  const rest = trials.slice(first, first + together);
  const other = rest.findIndex(({ unit }) => unit !== rest[0]!.unit);
  return other < 0 ? rest : rest.slice(0, other);
}
