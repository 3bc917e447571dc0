import { basename, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { knownSets } from '@kindling/data';
import { canonicalJson, labelFormat, parseRecipe } from '@kindling/datagen';
import { armsOf, parseRunRecipe, type Selection } from '@kindling/warmup';
import { type PruneAsked, selectionOf } from '../pruned-stream.js';
import { readJson } from '../run-folder.js';

/** Everything that the results of a sweep depend on, apart from adapter and versions; how it is spread over machines is no part of it. */
export interface SweepRecipe {
  /** count, augment, adaptive or family:<id>. */
  readonly experiment: string;
  readonly arms: readonly string[];
  /** Shares of the steps that are warm-up, in increasing order; null for `adaptive`, which has none. */
  readonly p: readonly number[] | null;
  /** In increasing order. */
  readonly seeds: readonly number[];
  /** All steps of a trial, one budget or several; for `adaptive` the batches of all epochs. */
  readonly steps: readonly number[];
  /** Epochs of `adaptive`, one for each entry of `steps`; null elsewhere. */
  readonly epochs: readonly number[] | null;
  readonly dataSets: readonly string[];
  readonly batch: number;
  readonly preset: 'poster' | 'notebook' | null;
  /** Fields of a `family:<id>` recipe other than the family's defaults. */
  readonly generator: Readonly<Record<string, unknown>> | null;
  readonly evalEvery: number;
  /** The module of the user's model; absent for the built-in one. */
  readonly model?: { readonly module: string; readonly sha256: string };
  /** The keep list to which natural training is limited; absent for all examples. */
  readonly keepList?: { readonly hash: string; readonly count: number };
  /** How the generated stream of a `family:<id>` is pruned as it is made; absent where it is not. */
  readonly select?: Selection;
}

/** The command line of a sweep, as far as it makes the recipe: lists are separated by commas. */
export interface SweepAsked extends PruneAsked {
  readonly experiment?: string;
  readonly arms?: string;
  readonly p?: string;
  readonly seeds?: string;
  readonly steps?: string;
  readonly epochs?: string;
  readonly dataSet?: string;
  readonly data?: string;
  readonly batch?: number;
  readonly preset?: string;
  readonly generator?: string;
  readonly evalEvery?: number;
}

/** Batches an epoch and images a batch of the adaptive experiment. */
export const ADAPTIVE = { batches: 10, batch: 20 } as const;

/** Arms of the adaptive experiment; `adaptive` is another name of `published`. */
const ADAPTIVE_ARMS = ['published', 'control'];

const refuse = (subject: string, got: string, expected: string, next = `see \`kindling sweep --help\` for ${subject}`): never => {
  throw new InputError({ subject, got, expected, next });
};

function listOf(option: string, text: string): string[] {
  const parts = text.split(',').map((part) => part.trim());
  // `7,` is the list of one, where `7` alone means another thing.
  if (parts.at(-1) === '') parts.pop();
  if (parts.length === 0 || parts.includes('')) refuse(option, JSON.stringify(text), 'values separated by commas');
  const twice = parts.find((part, index) => parts.indexOf(part) !== index);
  if (twice !== undefined) refuse(option, `${twice} twice`, 'each value once');
  return parts;
}

function numbersOf(option: string, text: string, expected: string, check: (value: number) => boolean): number[] {
  const values = listOf(option, text).map((part) => (check(Number(part)) ? Number(part) : refuse(option, JSON.stringify(part), expected)));
  if (new Set(values).size < values.length) refuse(option, JSON.stringify(text), 'each value once');
  return values.sort((a, b) => a - b);
}

const isWhole =
  (least: number, most: number) =>
  (value: number): boolean =>
    Number.isInteger(value) && value >= least && value <= most;

/** `5` → 1 … 5; `6-9` and `1,4,7` → those. */
export function seedsOf(text: string): number[] {
  const expected = 'how many (5: seeds 1 to 5), a range (6-10) or a list (1,4,7)';
  const range = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(text);
  const [first, last] = range ? [Number(range[1]), Number(range[2])] : /^\s*\d+\s*$/.test(text) ? [1, Number(text)] : [0, -1];
  if (last < 0) return numbersOf('--seeds', text, `${expected}, each from 0 to 4294967295`, isWhole(0, 0xffffffff));
  if (last < first || last > 0xffffffff || last - first >= 1e6) refuse('--seeds', JSON.stringify(text), expected);
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}

/** `--generator`: JSON, or a file that holds it. */
export function generatorOf(text: string, experiment: string): Record<string, unknown> {
  const family = experiment.startsWith('family:') ? experiment.slice('family:'.length) : undefined;
  if (family === undefined) refuse('--generator', text, 'no generator: only family:<id> takes one', 'leave it out');
  const trimmed = text.trim();
  let value: unknown;
  try {
    value = trimmed.startsWith('{') ? JSON.parse(trimmed) : readJson(text);
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    refuse('--generator', (cause as Error).message, 'JSON such as {"label": {"kind": "standardised"}}, or a file that holds it');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) refuse('--generator', text, 'a JSON object');
  const { family: named, ...fields } = value as Record<string, unknown>;
  if (named !== undefined && named !== family) refuse('--generator', `family ${named}`, `family ${family}, as --experiment says`);
  return fields;
}

/** Classes of every data set that Kindling knows by name. */
const CLASSES = 10;

/**
 * Why a family has no arm `kept`: its head must be the natural one. Undefined where it has.
 * @param classes of the natural data; undefined where that is not read yet, when any number may do
 */
function cannotKeep(experiment: string, generator: SweepRecipe['generator'], classes: number | undefined): string | undefined {
  if (!experiment.startsWith('family:')) return undefined;
  // As for MNIST: a family that makes no images is found out here, not after the trials without warm-up.
  const image = { channels: 1, height: 28, width: 28, ...(generator?.image as object | undefined) };
  const { dtype, outputs } = labelFormat(parseRecipe({ ...generator, family: experiment.slice('family:'.length), image }));
  if (dtype !== 'u32') return 'labels that are no classes';
  return classes === undefined || outputs === classes ? undefined : `${outputs} classes`;
}

/** @throws InputError where arm `kept` is asked for and the data that was read has another number of classes than the family */
export function requireKept({ experiment, generator, arms }: SweepRecipe, dataSet: string, classes: number): void {
  const unfit = arms.includes('kept') ? cannotKeep(experiment, generator, classes) : undefined;
  if (unfit === undefined) return;
  const others = arms.filter((arm) => arm !== 'kept').join(',') || 'published';
  refuse('--arms', `kept, with ${unfit}`, `a family whose labels are the ${classes} classes of ${dataSet}`, `write --arms ${others}`);
}

/** How the generated stream is pruned. @throws InputError for an experiment whose warm-up cannot be */
function pruning(asked: SweepAsked, experiment: string, generator: SweepRecipe['generator']): Selection | undefined {
  const select = selectionOf(asked, 'sweep');
  if (!select) return undefined;
  const expected = 'an experiment family:<id> whose labels are classes';
  if (!experiment.startsWith('family:')) refuse('--prune', `it with ${experiment}`, expected, 'leave it out');
  // Of classes of any number: what matters is that EL2N and margin have a class to compare with.
  const unfit = cannotKeep(experiment, generator, undefined);
  if (unfit !== undefined) refuse('--prune', `${experiment}, with ${unfit}`, expected, 'use a family or a label kind with classes');
  return select;
}

function armNames(
  experiment: string,
  generator: SweepRecipe['generator'],
  text: string | undefined,
  classes: number | undefined,
): string[] {
  const known = experiment === 'adaptive' ? ADAPTIVE_ARMS : armsOf(experiment);
  const unfit = cannotKeep(experiment, generator, classes);
  // Whether the user's own classes are the family's is not known here: they ask for it by name.
  if (text === undefined) return known.filter((arm) => arm !== 'kept' || (unfit === undefined && classes !== undefined));
  const asked = listOf('--arms', text).map((arm) => (experiment === 'adaptive' && arm === 'adaptive' ? 'published' : arm));
  const odd = asked.find((arm) => !known.includes(arm));
  if (odd !== undefined) refuse('--arms', odd, `arms of ${experiment}: ${known.join(', ')}`, 'choose among these');
  if (unfit !== undefined && asked.includes('kept')) {
    refuse(
      '--arms',
      `kept, with ${unfit}`,
      `a family whose labels are ${classes ?? 'the natural'} classes`,
      'use published, which swaps the head',
    );
  }
  // In the experiment's order, so that the same set of arms is the same recipe.
  return known.filter((arm) => asked.includes(arm));
}

/** What a sweep calls its data: the name of the set, else of the user's folder. */
const dataNames = ({ dataSet, data }: SweepAsked): string[] => {
  const names = dataSet === undefined ? [data === undefined ? 'mnist' : basename(resolve(data))] : listOf('--data-set', dataSet);
  if (data !== undefined && names.length > 1)
    refuse('--data-set', names.join(','), 'one data set with --data', 'run a sweep for each folder');
  return names;
};

/**
 * The recipe that a command line asks for, every default filled in.
 * @throws InputError naming the option
 */
export function sweepRecipe(asked: SweepAsked): SweepRecipe {
  const { experiment = 'count' } = asked;
  const adaptive = experiment === 'adaptive';
  if (!adaptive && experiment !== 'count' && experiment !== 'augment' && !experiment.startsWith('family:'))
    refuse('--experiment', experiment, 'count, augment, adaptive or family:<id>', 'choose one of these');
  const generator = asked.generator === undefined ? null : generatorOf(asked.generator, experiment);
  const [seeds, dataSets] = [seedsOf(asked.seeds ?? '5'), dataNames(asked)];
  const own = (asked.data !== undefined && asked.dataSet === undefined) || dataSets.some((name) => !Object.hasOwn(knownSets, name));
  const select = pruning(asked, experiment, generator);
  const arms = armNames(experiment, generator, asked.arms, own ? undefined : CLASSES);
  const foreign = (['p', 'steps', 'preset', 'generator', 'evalEvery'] as const).find((option) => asked[option] !== undefined);
  if (adaptive && foreign)
    refuse(`--${foreign.replace('evalEvery', 'eval-every')}`, 'it with adaptive', 'epochs: --epochs 10', 'leave it out');
  if (!adaptive && asked.epochs !== undefined) refuse('--epochs', `it with ${experiment}`, 'steps: --steps 500', 'leave it out');
  if (adaptive) {
    const epochs = numbersOf('--epochs', asked.epochs ?? '10', 'whole numbers from 1 to 100000', isWhole(1, 100_000));
    const batch = asked.batch ?? ADAPTIVE.batch;
    if (!isWhole(1, 65_536)(batch)) refuse('--batch', String(batch), 'a whole number from 1 to 65536');
    const steps = epochs.map((count) => count * ADAPTIVE.batches);
    return { experiment, arms, p: null, seeds, steps, epochs, dataSets, batch, preset: null, generator: null, evalEvery: 0 };
  }
  const preset = asked.preset ?? null;
  if (preset !== null && preset !== 'poster' && preset !== 'notebook') refuse('--preset', String(preset), 'poster or notebook');
  const p = numbersOf('--p', asked.p ?? '0,.1,.2,.3,.4,.5,.6,.7,.8,.9', 'numbers from 0 to 1', (value) => value >= 0 && value <= 1);
  const { batch, evalEvery, steps } = trialRecipe({ ...asked, experiment, preset, generator });
  const budgets = asked.steps === undefined ? [steps] : numbersOf('--steps', asked.steps, 'whole numbers from 1', isWhole(1, 10_000_000));
  return {
    experiment,
    arms,
    p,
    seeds,
    steps: budgets,
    epochs: null,
    dataSets,
    batch,
    preset: preset as SweepRecipe['preset'],
    generator,
    evalEvery,
    ...(select ? { select } : {}),
  };
}

/** One trial's recipe from some of its fields, with the defaults of `kindling warmup`. Names the option in errors. */
export function trialRecipe(given: {
  readonly experiment: string;
  readonly preset: string | null;
  readonly generator: Readonly<Record<string, unknown>> | null;
  readonly batch?: number | undefined;
  readonly evalEvery?: number | undefined;
}) {
  const { experiment, preset, generator, batch, evalEvery } = given;
  const set = { experiment, p: 0, preset: preset ?? undefined, generator: generator ?? undefined, batch, evalEvery };
  try {
    return parseRunRecipe(Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const option = error.parts.subject.replace(/^recipe\./, '--').replace('evalEvery', 'eval-every');
    throw new InputError({ ...error.parts, subject: option, next: `see \`kindling sweep --help\` for ${option}` }, 2, { cause: error });
  }
}

/** The first field in which two recipes differ, with both values as text. */
export function recipeDifference(a: SweepRecipe, b: SweepRecipe): { field: string; a: string; b: string } | undefined {
  const fields = new Set([...Object.keys(b), ...Object.keys(a)]) as Set<keyof SweepRecipe>;
  for (const field of fields) {
    const [left, right] = [a, b].map((recipe) => (recipe[field] === undefined ? 'nothing' : canonicalJson(recipe[field])));
    if (left !== right) return { field, a: left!, b: right! };
  }
  return undefined;
}
