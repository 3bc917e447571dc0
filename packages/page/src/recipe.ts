// What a tab can be asked to train: the recipes of the command line, in the ranges that a tab holds; and as the hash of a link.
import { InputError } from '@kindling/core';
import { canonicalJson, externalOf, type FamilyId, families, formOf, labelFormat, parseRecipe, type RecipeInput } from '@kindling/datagen';
import { armsOf, parseRunRecipe, planTrial, type RunRecipe } from '@kindling/warmup';

/** Experiment 3, class weights from validation: epochs of ten batches, and no warm-up. `published` refreshes the weights, `control` keeps them equal. */
export interface AdaptiveRecipe {
  readonly experiment: 'adaptive';
  readonly arm: 'published' | 'control';
  readonly epochs: number;
  readonly batch: number;
  readonly seed: number;
}

/** A checked recipe with its defaults filled in: the JSON of `kindling warmup --recipe`, or that of the adaptive experiment. */
export type PageRecipe = RunRecipe | AdaptiveRecipe;

export const isAdaptive = (recipe: PageRecipe): recipe is AdaptiveRecipe => recipe.experiment === 'adaptive';

/** The most of each that a tab takes; the least is 1, of `seed` and `evalEvery` 0. */
export const MOST = { steps: 100_000, batch: 1024, epochs: 10_000, seed: 0xffffffff } as const;

/** Batches of an epoch of the adaptive experiment. */
export const EPOCH_BATCHES = 10;

/** A run of some seconds on a laptop's GPU that shows a warm-up and what comes of it. */
export const DEFAULT_RECIPE: PageRecipe = parseRunRecipe({
  experiment: 'count',
  arm: 'standardised',
  p: 0.3,
  steps: 500,
  batch: 64,
  seed: 1,
  evalEvery: 50,
});

/** Sizes of the shipped images. */
export const IMAGE = { channels: 1, height: 28, width: 28 } as const;

/** One experiment for a form. */
export interface ExperimentChoice {
  readonly id: string;
  readonly title: string;
  readonly arms: readonly { readonly id: string; readonly note: string }[];
}

/** The generator's recipe of a `family:<id>` experiment at the shipped images' size. @throws InputError naming its field */
const generatorRecipe = (id: string, generator: object | undefined) =>
  parseRecipe({ ...generator, family: id, image: { ...IMAGE, ...(generator && 'image' in generator ? (generator.image as object) : {}) } });

/** Whether a family makes images that a tab can train on without anything else. */
function usable(id: FamilyId): boolean {
  if (families[id].form !== 'image') return false;
  return Object.keys(externalOf(generatorRecipe(id, undefined))).length === 0;
}

/** Families whose own labels are the digits: arm `kept` leaves the head as it is. */
function keepsHead(id: FamilyId): boolean {
  const { dtype, outputs } = labelFormat(generatorRecipe(id, undefined));
  return dtype === 'u32' && outputs === 10;
}

const noteOf = (experiment: string, arm: string): string => planTrial({ experiment, arm, p: 0.5, steps: 10 }).note;

/** Every experiment with its arms, in the order of a form. */
export function experiments(): ExperimentChoice[] {
  const trial = (id: string, title: string, arms: readonly string[] = armsOf(id)): ExperimentChoice => ({
    id,
    title,
    arms: arms.map((arm) => ({ id: arm, note: noteOf(id, arm) })),
  });
  const ids = (Object.keys(families) as FamilyId[]).filter(usable);
  return [
    trial('count', 'Experiment 2: counting the ones of random images'),
    trial('augment', 'Experiment 1: one image a class, moved by a learned sampler'),
    {
      id: 'adaptive',
      title: 'Experiment 3: class weights from validation',
      arms: [
        { id: 'published', note: 'classes are drawn by weights that follow the validation accuracy of each' },
        { id: 'control', note: 'classes are drawn with equal weights' },
      ],
    },
    ...ids.map((id) => {
      const experiment = `family:${id}`;
      const arms = armsOf(experiment).filter((arm) => arm !== 'kept' || keepsHead(id));
      return trial(experiment, families[id].title, arms);
    }),
  ];
}

/** Steps of a trial that are done, and how many of them are warm-up: an arm that leaves the warm-up out has fewer than its recipe. */
export function stepsOf(recipe: PageRecipe): { steps: number; warmupSteps: number; note: string } {
  if (isAdaptive(recipe))
    return { steps: EPOCH_BATCHES * recipe.epochs, warmupSteps: 0, note: 'class weights from validation after each epoch' };
  const { warmup, natural, note } = planTrial(recipe);
  const warmupSteps = warmup?.steps ?? 0;
  return { steps: warmupSteps + natural.steps, warmupSteps, note };
}

const refuse = (field: string, got: unknown, expected: string, next = `correct ${field}`): never => {
  throw new InputError({ subject: field, got: got === undefined ? 'nothing' : (JSON.stringify(got) ?? String(got)), expected, next });
};

function whole(field: string, value: unknown, least: number, most: number): number {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most;
  return fits ? value : refuse(field, value, `a whole number from ${least} to ${most}`);
}

function adaptiveRecipe(input: Readonly<Record<string, unknown>>): AdaptiveRecipe {
  const known = ['experiment', 'arm', 'epochs', 'batch', 'seed'];
  const foreign = Object.keys(input).find((field) => !known.includes(field) && input[field] !== undefined);
  if (foreign) refuse(foreign, input[foreign], `only ${known.join(', ')} beside experiment adaptive`, `leave ${foreign} away`);
  const { arm = 'published', epochs = 10, batch = 20, seed = 1 } = input;
  if (arm !== 'published' && arm !== 'control') return refuse('arm', arm, 'published or control');
  return {
    experiment: 'adaptive',
    arm,
    epochs: whole('epochs', epochs, 1, MOST.epochs),
    batch: whole('batch', batch, 1, MOST.batch),
    seed: whole('seed', seed, 0, MOST.seed),
  };
}

/** Runs a check and names what it refuses as the fields of a form are, not as options of the command line or fields of `recipe`. */
function renamed<T>(before: string, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const subject = `${before}${error.parts.subject.replace(/^(recipe\.|--)/, '')}`;
    throw new InputError({ ...error.parts, subject }, 2, { cause: error });
  }
}

/** The command line's recipe, and its refusals as the page's. */
function trialRecipe(fields: Readonly<Record<string, unknown>>): RunRecipe {
  const { experiment } = fields;
  // A preset stands for no experiment, and a family's name is told apart from the others' by the command line.
  if (experiment !== undefined && experiment !== 'count' && experiment !== 'augment' && !String(experiment).startsWith('family:'))
    return refuse('experiment', experiment, 'count, augment, adaptive or family:<id>', 'choose one of these');
  return renamed('', () => parseRunRecipe(fields));
}

/** @throws InputError where the generator makes what a tab has no use for */
function requireGenerator(recipe: RunRecipe): void {
  const id = recipe.experiment.replace('family:', '');
  const useless = (): never =>
    refuse('experiment', recipe.experiment, 'a family that makes images out of nothing', 'choose another family');
  if (Object.hasOwn(families, id) && families[id as FamilyId].form === 'vector') useless();
  const { warmup } = planTrial(recipe);
  if (warmup?.kind !== 'family') return;
  const { image, ...own } = warmup.generator;
  const generator = renamed('generator.', () => parseRecipe({ ...own, image: { ...IMAGE, ...image } } as RecipeInput));
  if (formOf(generator) === 'vector' || Object.keys(externalOf(generator)).length > 0) useless();
  const sizes = (of: typeof IMAGE | typeof generator.image): string => `${of.channels}×${of.height}×${of.width}`;
  if (sizes(generator.image) !== sizes(IMAGE))
    refuse('generator.image', sizes(generator.image), `${sizes(IMAGE)}, as the digits have`, 'leave image away');
  const { dtype, outputs } = labelFormat(generator);
  if (recipe.arm === 'kept' && (dtype !== 'u32' || outputs !== 10))
    refuse('arm', 'kept', 'a family whose labels are the ten digits', 'use arm published, which swaps the head');
  if (recipe.select && dtype !== 'u32') refuse('select', recipe.select, 'a family whose labels are classes', 'leave select away');
}

/**
 * Checks whatever a form or a link holds and fills in the defaults. Fields are those of `kindling warmup --recipe`; of `adaptive` experiment, arm
 * (published or control), epochs, batch and seed.
 * @throws InputError naming the field, what it got and what it expected
 */
export function pageRecipe(input: unknown): PageRecipe {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) return refuse('recipe', input, 'an object of recipe fields');
  const fields = input as Readonly<Record<string, unknown>>;
  if (fields.experiment === 'adaptive') return adaptiveRecipe(fields);
  // Before the command line's own limits, which are wider: a field has one range here.
  for (const field of ['steps', 'batch'] as const) if (fields[field] !== undefined) whole(field, fields[field], 1, MOST[field]);
  const recipe = trialRecipe(fields);
  requireGenerator(recipe);
  if (recipe.dataSource !== 'resident') refuse('dataSource', recipe.dataSource, 'resident: a tab has no disk', 'leave dataSource away');
  if (recipe.keepList !== undefined) refuse('keepList', recipe.keepList, 'nothing: a tab trains on all it has', 'leave keepList away');
  if (!['poster-cnn', 'small-cnn'].includes(recipe.model)) refuse('model', recipe.model, 'poster-cnn or small-cnn');
  return recipe;
}

/** Version of the hash's form, so that a link of a later one is told apart from a damaged one. */
const VERSION = '1';
const NUMBERS = ['p', 'steps', 'epochs', 'batch', 'seed', 'evalEvery'];
const TEXTS = ['experiment', 'arm', 'preset', 'model'];
const OBJECTS = ['generator', 'select', 'choices'];
/** How far a wrong value is quoted, in characters. */
const QUOTED = 60;
/** Characters of a hash, beyond any recipe that makes sense. */
const LONGEST = 8192;

/** The recipe as a link's hash, without the `#`: `v=1&experiment=count&arm=standardised&p=0.3&…`. */
export function recipeToHash(recipe: PageRecipe): string {
  const values = recipe as Readonly<Record<string, unknown>>;
  const parameters = new URLSearchParams({ v: VERSION });
  for (const field of [...TEXTS, ...NUMBERS]) if (values[field] !== undefined) parameters.set(field, String(values[field]));
  for (const field of OBJECTS) if (values[field] !== undefined) parameters.set(field, canonicalJson(values[field]));
  return parameters.toString();
}

/**
 * The recipe that a link holds; undefined for an empty hash.
 * @param hash `location.hash`, with or without the `#`
 * @throws InputError naming the field that is damaged, unknown or out of range; the page is then to keep its defaults
 */
export function recipeFromHash(hash: string): PageRecipe | undefined {
  const text = hash.replace(/^#/, '');
  if (text === '') return undefined;
  const refuseLink = (subject: string, got: string, expected: string): never => {
    throw new InputError({ subject: `link: ${subject}`, got, expected, next: 'ask for the link again, or choose a recipe in the form' });
  };
  if (text.length > LONGEST) refuseLink('length', `${text.length} characters`, `at most ${LONGEST}`);
  const parameters = new URLSearchParams(text);
  const version = parameters.get('v');
  if (version !== VERSION) refuseLink('v', version ?? 'nothing', `${VERSION}, the form of links that this page knows`);
  parameters.delete('v');
  const fields: Record<string, unknown> = {};
  for (const [field, value] of parameters) {
    if (field in fields) refuseLink(field, 'two values', 'one');
    if (TEXTS.includes(field)) fields[field] = value;
    else if (NUMBERS.includes(field)) {
      if (!/^-?(\d+\.?\d*|\.\d+)(e-?\d+)?$/i.test(value)) refuseLink(field, JSON.stringify(value), 'a number');
      fields[field] = Number(value);
    } else if (OBJECTS.includes(field)) {
      try {
        fields[field] = JSON.parse(value);
      } catch {
        const got = value.length > QUOTED ? `${value.slice(0, QUOTED)}…` : value;
        refuseLink(field, `\`${got}\``, 'a JSON object, whole and with its quotes: {"name":value}');
      }
    } else refuseLink(field, value, `a field of a recipe: ${[...TEXTS, ...NUMBERS, ...OBJECTS].join(', ')}`);
  }
  try {
    return pageRecipe(fields);
  } catch (error) {
    if (error instanceof InputError) return refuseLink(error.parts.subject, error.parts.got, error.parts.expected);
    throw error;
  }
}

/** The same run on the command line. @param data the folder of the shipped part, as it stands in the command */
export function commandOf(recipe: PageRecipe, data = 'packages/page/dist/data/mnist-part'): string {
  if (isAdaptive(recipe)) {
    const { arm, epochs, batch, seed } = recipe;
    return `npx kindling sweep --experiment adaptive --arms ${arm} --epochs ${epochs} --batch ${batch} --seeds ${seed}-${seed} --data ${data} --out runs/adaptive`;
  }
  const { experiment, arm, p, steps, batch, seed, preset, evalEvery, model, generator, select, choices } = recipe;
  // What no option says goes through the run's own recipe.json.
  if (select || choices || model !== 'poster-cnn') return `npx kindling warmup --recipe recipe.json --data ${data}`;
  const options = Object.entries({ experiment, arm, p, steps, batch, seed, preset, 'eval-every': evalEvery });
  const said = options.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`]));
  // A quote of the shell's within a recipe ends the quoted text, is escaped, and begins it again.
  const json = generator ? [`--generator '${canonicalJson(generator).replaceAll("'", "'\\''")}'`] : [];
  return ['npx kindling warmup', ...said, ...json, `--data ${data}`].join(' ');
}
