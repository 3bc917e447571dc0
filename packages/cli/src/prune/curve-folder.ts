import { join } from 'node:path';
import { InputError } from '@kindling/core';
import type { SweepLine } from '@kindling/figures';
import type { KeepSide, PruneMetric } from '@kindling/pruning';
import { readJson } from '../run-folder.js';
import type { FolderKind, ResultsCard } from '../sweep/results-folder.js';
import { type CurveRecipe, curveDifference } from './curve-recipe.js';

const CARD = 'recipe.json';

/** `recipe.json` of a curve's folder. */
export interface CurveCard extends ResultsCard {
  readonly kind: 'prune-curve';
  readonly recipe: CurveRecipe;
}

/** One training. */
export interface CurveTrial {
  /** `el2n:hard`, `random`, or `all` for the whole set. */
  readonly arm: string;
  readonly metric: PruneMetric | null;
  readonly keep: KeepSide | null;
  readonly fraction: number;
  readonly seed: number;
}

/** One training as a line of results.jsonl. */
export interface CurveLine extends SweepLine {
  readonly metric: PruneMetric | null;
  readonly keep: KeepSide | null;
  readonly fraction: number;
  /** Examples that were kept. */
  readonly n: number;
  /** After fine-tuning on the other set: judged on its test half. */
  readonly transfer?: { readonly dataSet: string; readonly accuracy: number; readonly testLoss: number | null };
}

/** The arm that is the whole set, whatever the metric. */
export const WHOLE = 'all';

/** Every trial: seeds first, so that what is done so far compares all arms. */
export const curveTrials = ({ metrics, fractions, keep, seeds }: CurveRecipe): CurveTrial[] => {
  const pruned = fractions.filter((fraction) => fraction < 1);
  const arms = [
    { arm: 'random', metric: 'random' as const, keep: null },
    ...metrics.flatMap((metric) => keep.map((side) => ({ arm: `${metric}:${side}`, metric, keep: side }))),
  ];
  return seeds.flatMap((seed) => [
    ...arms.flatMap((arm) => pruned.map((fraction) => ({ ...arm, fraction, seed }))),
    { arm: WHOLE, metric: null, keep: null, fraction: 1, seed },
  ]);
};

export const trialKey = ({ arm, fraction, seed }: Pick<CurveTrial, 'arm' | 'fraction' | 'seed'>): string =>
  JSON.stringify([arm, fraction, seed]);

function cardOf(path: string): CurveCard {
  const file = join(path, CARD);
  const card = readJson(file) as CurveCard;
  if (card?.kind === 'prune-curve' && Array.isArray(card.recipe?.fractions) && typeof card.data === 'object') return card;
  const next = 'choose another --out, or name a folder that `kindling prune curve` has written';
  throw new InputError({ subject: file, got: 'another kind of JSON', expected: 'the recipe of `kindling prune curve`', next });
}

/** How `kindling prune curve` keeps a line a trial. */
export const CURVE: FolderKind<CurveCard> = {
  card: CARD,
  what: 'pruning curve',
  readCard: cardOf,
  difference: (had, asked) => curveDifference(had.recipe, asked.recipe),
  keys: ({ recipe }) => curveTrials(recipe).map(trialKey),
  key: (line) => trialKey(line as CurveLine),
  name: (line) => `${line.arm} at ${line.fraction}, seed ${line.seed}`,
};
