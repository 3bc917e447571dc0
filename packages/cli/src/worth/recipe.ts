import { basename, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { canonicalJson } from '@kindling/datagen';
import { type Selection, WORTH_BASELINE, type WorthGenerators, worthArm, worthClasses } from '@kindling/warmup';
import { wholeOption } from '../datagen/recipe.js';
import { type PruneAsked, selectionOf } from '../pruned-stream.js';
import { readJson } from '../run-folder.js';
import { seedsOf } from '../sweep/recipe.js';

/** Everything that the results depend on, apart from adapter and versions; the targets are no part of it, as they only read the results. */
export interface WorthRecipe {
  readonly dataSet: string;
  /** Canonical names, the baseline first. */
  readonly arms: readonly string[];
  /** Natural images, in increasing order. */
  readonly n: readonly number[];
  readonly seeds: readonly number[];
  /** Natural steps, the same for every n. */
  readonly steps: number;
  readonly warmupSteps: number;
  /** Peak of the OneCycle of either phase. */
  readonly lr: number;
  readonly batch: number;
  /** Fields of family recipes other than the defaults, by family; null for none. */
  readonly generator: WorthGenerators | null;
  /** How generated batches are pruned as they are made; absent where they are not. */
  readonly select?: Selection;
}

/** The command line as far as it makes the recipe. */
export interface WorthAsked extends PruneAsked {
  readonly arms?: string;
  readonly n?: string;
  readonly seeds?: string;
  readonly steps?: number;
  readonly warmupSteps?: number;
  readonly lr?: number;
  readonly batch?: number;
  readonly dataSet?: string;
  readonly data?: string;
  readonly generator?: string;
  readonly targets?: string;
}

/** Classes of every data set that Kindling knows by name. */
const CLASSES = 10;

const LADDER = [10, 50, 200, 500, 1000, 2000, 5000];
const WHOLE_SET: Readonly<Record<string, number>> = { cifar10: 50_000 };
const MATCHED: Readonly<Record<string, string>> = { mnist: 'strokes', 'fashion-mnist': 'garments' };

/** Arms unless told otherwise: the matched family with its head kept and swapped, and families that know nothing of the data. */
export function defaultArms(dataSet: string): string[] {
  const matched = MATCHED[dataSet];
  const first = matched ? [`family:${matched}`, `family:${matched}:kept`] : ['family:strokes'];
  return [WORTH_BASELINE, 'longer', ...first, 'family:contours', 'family:count', 'family:gratings', 'family:ifs'];
}

const see = (option: string): string => `see \`kindling worth --help\` for ${option}`;
const refuse = (subject: string, got: string, expected: string, next = see(subject)): never => {
  throw new InputError({ subject, got, expected, next });
};

function listOf(option: string, text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  if (parts.length === 0 || parts.includes('')) refuse(option, JSON.stringify(text), 'values separated by commas');
  return parts;
}

function numbersOf(option: string, text: string, expected: string, check: (value: number) => boolean): number[] {
  const values = listOf(option, text).map((part) => (check(Number(part)) ? Number(part) : refuse(option, JSON.stringify(part), expected)));
  if (new Set(values).size < values.length) refuse(option, JSON.stringify(text), 'each value once');
  return values.sort((a, b) => a - b);
}

/** `.9,.95` → accuracies to reach. */
export const targetsOf = (text = '.9,.95'): number[] =>
  numbersOf('--targets', text, 'accuracies above 0 and below 1, e.g. .9,.95', (value) => value > 0 && value < 1);

/** `--generator`: JSON, or a file that holds it, with recipes by family. */
function generatorsOf(text: string): WorthGenerators {
  let value: unknown;
  const expected = 'JSON by family such as {"count": {"label": {"kind": "standardised"}}}, or a file that holds it';
  try {
    value = text.trim().startsWith('{') ? JSON.parse(text) : readJson(text);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    refuse('--generator', (cause as Error).message, expected);
  }
  const isObject = (given: unknown): boolean => typeof given === 'object' && given !== null && !Array.isArray(given);
  if (!isObject(value) || !Object.values(value as object).every(isObject)) refuse('--generator', text, expected);
  return value as WorthGenerators;
}

function armNames(names: readonly string[], generators: WorthGenerators | null): string[] {
  const arms = names.map((name) => worthArm(name, generators ?? {}, CLASSES).name);
  const twice = arms.find((arm, index) => arms.indexOf(arm) !== index);
  if (twice !== undefined) refuse('--arms', `${twice} twice`, 'each arm once');
  if (!arms.includes(WORTH_BASELINE)) {
    refuse('--arms', arms.join(','), `${WORTH_BASELINE} among them: the others are compared with it`, `add ${WORTH_BASELINE}`);
  }
  const unused = Object.keys(generators ?? {}).find((family) => !arms.some((arm) => arm.split(':')[1] === family));
  if (unused !== undefined)
    refuse('--generator', `a recipe of ${unused}`, 'recipes of families among --arms', 'leave it out, or add that arm');
  return [WORTH_BASELINE, ...arms.filter((arm) => arm !== WORTH_BASELINE)];
}

/** How generated batches are pruned. @throws InputError where an arm's labels are no classes, or no arm has a warm-up */
function pruning(asked: WorthAsked, arms: readonly string[], generators: WorthGenerators | null): Selection | undefined {
  const select = selectionOf(asked, 'worth');
  if (!select) return undefined;
  const warm = arms.map((arm) => worthArm(arm, generators ?? {}, CLASSES)).filter(({ warmup }) => warmup);
  if (warm.length === 0)
    refuse('--prune', `arms ${arms.join(', ')}`, 'an arm with generated batches to prune', 'add e.g. strokes to --arms');
  const odd = warm.find((arm) => worthClasses(arm) === undefined);
  if (odd) {
    const fit = arms.filter((arm) => !warm.some((one) => one.name === arm && worthClasses(one) === undefined));
    refuse('--prune', `${odd.name}, whose labels are no classes`, 'arms whose labels are classes', `write --arms ${fit.join(',')}`);
  }
  return select;
}

/**
 * The recipe that a command line asks for, every default filled in.
 * @throws InputError naming the option
 */
export function worthRecipe(asked: WorthAsked): WorthRecipe {
  const dataSet = asked.dataSet ?? (asked.data === undefined ? 'mnist' : basename(resolve(asked.data)));
  if (dataSet.includes(',')) refuse('--data-set', dataSet, 'one data set', 'run the command once for each, with an --out of its own');
  const generator = asked.generator === undefined ? null : generatorsOf(asked.generator);
  const { lr = 3e-3 } = asked;
  if (!(lr > 0 && lr <= 1)) refuse('--lr', String(lr), 'a number above 0, up to 1', 'write e.g. --lr 0.003');
  const arms = armNames(asked.arms === undefined ? defaultArms(dataSet) : listOf('--arms', asked.arms), generator);
  const select = pruning(asked, arms, generator);
  return {
    dataSet,
    arms,
    n:
      asked.n === undefined
        ? [...LADDER, WHOLE_SET[dataSet] ?? 60_000]
        : numbersOf('--n', asked.n, 'whole numbers from 1', (value) => Number.isInteger(value) && value >= 1 && value < 2 ** 31),
    seeds: seedsOf(asked.seeds ?? '5'),
    steps: wholeOption('--steps', asked.steps ?? 500, 1, 10_000_000),
    warmupSteps: wholeOption('--warmup-steps', asked.warmupSteps ?? 500, 1, 10_000_000),
    lr,
    batch: wholeOption('--batch', asked.batch ?? 64, 1, 65_536),
    generator,
    ...(select ? { select } : {}),
  };
}

/** The first field in which two recipes differ, with both values as text. */
export function worthDifference(a: WorthRecipe, b: WorthRecipe): { field: string; a: string; b: string } | undefined {
  for (const field of new Set([...Object.keys(b), ...Object.keys(a)]) as Set<keyof WorthRecipe>) {
    const [left, right] = [a, b].map((recipe) => (recipe[field] === undefined ? 'nothing' : canonicalJson(recipe[field])));
    if (left !== right) return { field, a: left!, b: right! };
  }
  return undefined;
}
