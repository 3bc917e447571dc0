import { basename, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { canonicalJson } from '@kindling/datagen';
import type { KeepSide, PruneMetric } from '@kindling/pruning';
import { wholeOption } from '../datagen/recipe.js';
import { seedsOf } from '../sweep/recipe.js';
import { metricOf } from './score-recipe.js';
import { keepOf } from './select.js';

/** Everything that a curve depends on, apart from adapter and versions. */
export interface CurveRecipe {
  readonly dataSet: string;
  /** Without `random`, which is always drawn beside. */
  readonly metrics: readonly PruneMetric[];
  /** In increasing order; 1 is always among them. */
  readonly fractions: readonly number[];
  readonly keep: readonly KeepSide[];
  /** Each class keeps at least ⌈balance · f · n_c⌉. */
  readonly balance: number;
  readonly seeds: readonly number[];
  /** Training steps, the same for every fraction. */
  readonly steps: number;
  readonly batch: number;
  readonly lr: number;
  /** What is trained, for scores and curve: a built-in model, or the path of a module. */
  readonly model: string;
  /** Pre-trained on what is kept, then fine-tuned on all of another set, which is judged too; null for none. */
  readonly transfer: { readonly dataSet: string; readonly steps: number } | null;
  /** How the scores are made. */
  readonly score: { readonly seeds: readonly number[] | null; readonly steps: number | null };
}

export interface CurveAsked {
  readonly metrics?: string;
  readonly fractions?: string;
  readonly keep?: string;
  readonly balance?: number;
  readonly seeds?: string;
  readonly steps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly model?: string;
  readonly transferTo?: string;
  readonly transferSteps?: number;
  readonly scoreSeeds?: string;
  readonly scoreSteps?: number;
  readonly dataSet?: string;
  readonly data?: string;
}

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};

/** Values of a comma list, each once. */
function listOf<T>(option: string, text: string, read: (part: string) => T): T[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.some((part) => part === ''))
    refuse(option, JSON.stringify(text), 'values separated by commas', `see \`kindling prune curve --help\``);
  const values = parts.map(read);
  if (new Set(values).size < values.length) refuse(option, JSON.stringify(text), 'each value once', 'leave the second out');
  return values;
}

const fractionOf = (part: string): number => {
  const value = Number(part);
  return value > 0 && value <= 1
    ? value
    : refuse('--fractions', JSON.stringify(part), 'shares above 0, at most 1', 'write e.g. --fractions .1,.3,.6,1');
};

/** Steps of fine-tuning unless told otherwise: few, as many would make up for any pre-training. */
const TRANSFER_STEPS = 100;

function transferOf({ transferTo, transferSteps }: CurveAsked): CurveRecipe['transfer'] {
  if (transferTo === undefined && transferSteps !== undefined) {
    refuse('--transfer-steps', `${transferSteps} without --transfer-to`, 'both, or none', 'name the other data set with --transfer-to');
  }
  if (transferTo === undefined) return null;
  return { dataSet: transferTo, steps: wholeOption('--transfer-steps', transferSteps ?? TRANSFER_STEPS, 1, 10_000_000) };
}

/** The recipe that a command line asks for, every default filled in. @throws InputError naming the option */
export function curveRecipe(asked: CurveAsked): CurveRecipe {
  const { lr = 3e-3, balance = 0.5 } = asked;
  if (!(lr > 0 && lr <= 1)) refuse('--lr', String(lr), 'a number above 0, up to 1', 'write e.g. --lr 0.003');
  if (!(balance >= 0 && balance <= 1)) refuse('--balance', String(balance), 'a share from 0 to 1', 'write e.g. --balance 0.5');
  const metrics = listOf('--metrics', asked.metrics ?? 'el2n,random', (part) => metricOf(part, '--metrics'));
  const fractions = listOf('--fractions', asked.fractions ?? '.1,.2,.3,.4,.6,.8,1', fractionOf).sort((a, b) => a - b);
  return {
    dataSet: asked.dataSet ?? (asked.data === undefined ? 'mnist' : basename(resolve(asked.data))),
    metrics: metrics.filter((metric) => metric !== 'random'),
    fractions: fractions.at(-1) === 1 ? fractions : [...fractions, 1],
    keep: listOf('--keep', asked.keep ?? 'hard,easy', (part) => keepOf(part)),
    balance,
    seeds: seedsOf(asked.seeds ?? '5'),
    steps: wholeOption('--steps', asked.steps ?? 500, 1, 10_000_000),
    batch: wholeOption('--batch', asked.batch ?? 64, 1, 65_536),
    lr,
    model: asked.model ?? 'poster-cnn',
    transfer: transferOf(asked),
    score: {
      seeds: asked.scoreSeeds === undefined ? null : seedsOf(asked.scoreSeeds),
      steps: asked.scoreSteps === undefined ? null : wholeOption('--score-steps', asked.scoreSteps, 0, 10_000_000),
    },
  };
}

/** The first field in which two recipes differ, with both values as text. */
export function curveDifference(a: CurveRecipe, b: CurveRecipe): { field: string; a: string; b: string } | undefined {
  for (const field of new Set([...Object.keys(b), ...Object.keys(a)]) as Set<keyof CurveRecipe>) {
    const [left, right] = [a, b].map((recipe) => canonicalJson(recipe[field] ?? null));
    if (left !== right) return { field, a: left!, b: right! };
  }
  return undefined;
}
