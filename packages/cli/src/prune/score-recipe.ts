import { InputError } from '@kindling/core';
import { METRIC_NAMES, METRICS, type PruneMetric } from '@kindling/pruning';
import type { ScorePlan } from '@kindling/warmup';
import { wholeOption } from '../datagen/recipe.js';
import { seedsOf } from '../sweep/recipe.js';

/** The command line as far as it says how scores are made. */
export interface ScoreAsked {
  readonly metric?: string;
  readonly seeds?: string;
  readonly steps?: number;
  readonly epochs?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly every?: number;
  readonly clusters?: number;
  readonly limit?: number;
  readonly share?: number;
  readonly pool?: number;
}

/** Other names under which the literature has the same score. */
const ALIASES: Readonly<Record<string, PruneMetric>> = {
  ddd: 'ensemble',
  'active-learning': 'disagreement',
  'supervised-prototypes': 'prototypes',
  'k-center': 'k-centre',
};

/** Models, and steps or epochs, unless told otherwise. `early`: early in training. */
const MODELS: Readonly<Record<PruneMetric, string>> = {
  el2n: '10',
  margin: '10',
  // Each example's own weight gradient: some forty times the work of a forward pass.
  grand: '1',
  forgetting: '1',
  ensemble: '10',
  disagreement: '10',
  prototypes: '3',
  'self-prototypes': '1',
  memorization: '200',
  influence: '200',
  'influence-sum': '200',
  herding: '1',
  'k-centre': '1',
  random: '1',
};
const EARLY_STEPS = 200;
const FORGETTING_EPOCHS = 5;

/** Examples that greedy baselines take unless told otherwise: each is a pass over the embeddings. */
const GREEDY = 1000;

/** Looks in a forgetting run that is shorter than an epoch. */
const SHORT_LOOKS = 10;

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};

/** @throws InputError for a name that is no metric's */
export function metricOf(name: string, option = '--metric'): PruneMetric {
  const metric = ALIASES[name] ?? name;
  if (Object.hasOwn(METRICS, metric)) return metric as PruneMetric;
  return refuse(option, JSON.stringify(name), METRIC_NAMES.join(', '), `write e.g. ${option} el2n`);
}

/**
 * How the scores of a set are made, every default filled in.
 * @param count N, examples of the set; @param classes k of self-supervised prototypes unless told otherwise
 * @throws InputError naming the option
 */
export function scorePlan(asked: ScoreAsked, count: number, classes: number): ScorePlan {
  if (asked.metric === undefined) refuse('--metric', 'nothing', METRIC_NAMES.join(', '), 'write e.g. --metric el2n');
  const metric = metricOf(asked.metric!);
  const batch = wholeOption('--batch', asked.batch ?? 64, 1, 65_536);
  const epoch = Math.ceil(count / batch);
  if (asked.steps !== undefined && asked.epochs !== undefined) {
    refuse('--epochs', `it beside --steps ${asked.steps}`, 'one of the two', 'leave one out');
  }
  const { share = 0.7 } = asked;
  if (!(share > 0 && share < 1)) refuse('--share', String(share), 'a share above 0, below 1', 'write e.g. --share 0.7');
  const { epochs = metric === 'forgetting' && asked.steps === undefined ? FORGETTING_EPOCHS : undefined, lr = 3e-3 } = asked;
  if (epochs !== undefined && !(epochs > 0 && epochs <= 10_000)) {
    refuse('--epochs', String(epochs), 'a number above 0, at most 10000', 'write e.g. --epochs 1');
  }
  const least = metric === 'forgetting' ? 1 : 0;
  // What a model goes through in an epoch: a share of the pool, where it trains on a subset.
  const seen = ofSubsets(metric) ? share * (asked.pool ?? count) : count;
  const steps =
    epochs === undefined ? wholeOption('--steps', asked.steps ?? EARLY_STEPS, least, 10_000_000) : Math.ceil((epochs * seen) / batch);
  if (!(lr > 0 && lr <= 1)) refuse('--lr', String(lr), 'a number above 0, up to 1', 'write e.g. --lr 0.003');
  const every = steps > epoch ? epoch : Math.max(1, Math.ceil(steps / SHORT_LOOKS));
  return {
    metric,
    seeds: seedsOf(asked.seeds ?? MODELS[metric]),
    steps,
    batch,
    lr,
    share,
    every: wholeOption('--every', asked.every ?? every, 1, 10_000_000),
    limit: wholeOption('--limit', asked.limit ?? Math.min(count, GREEDY), 1, count),
    clusters: wholeOption('--clusters', asked.clusters ?? classes, 1, 1_000_000),
  };
}

/** Metrics that train many models on subsets, and so may look at a part of the set alone. */
export const ofSubsets = (metric: PruneMetric): boolean => metric === 'memorization' || metric.startsWith('influence');

/** Examples that subset models study: --pool, or all. @throws InputError for a pool that is none, or with another metric */
export function poolOf({ pool }: ScoreAsked, metric: PruneMetric, count: number): number | undefined {
  if (pool === undefined) return undefined;
  if (!ofSubsets(metric)) refuse('--pool', `it with --metric ${metric}`, 'memorization, influence or influence-sum', 'leave it out');
  return wholeOption('--pool', pool, 2, count);
}
