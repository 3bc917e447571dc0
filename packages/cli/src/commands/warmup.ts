import { InputError } from '@kindling/core';
import { parseRecipe } from '@kindling/datagen';
import { builtInModels, parseRunRecipe, planTrial, type RunRecipe } from '@kindling/warmup';
import { recipeDifference } from '../checkpoint-run.js';
import { formatShare } from '../format.js';
import { keepListOf, readKeepList } from '../prune/keep-list.js';
import { askedSelection, type PruneAsked, pruneOptionOf } from '../pruned-stream.js';
import { recordTrial } from '../record-trial.js';
import { formatReasons, formatSetup, formatSplit, formatTrials } from '../report.js';
import { dataOfRun } from '../run-data.js';
import { defaultRunPath, readBegun, readJson, readRecord, runEnded, writeFigures } from '../run-folder.js';
import { openSession, type SessionOptions } from '../session.js';
import { generatorOf } from '../sweep/recipe.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { tuneIfAsked } from '../tuning.js';
import { importModule, modelFrom, moduleOfRun, type UserModule } from '../user-model.js';

export interface WarmupOptions extends PruneAsked {
  readonly experiment?: string;
  readonly arm?: string;
  /** JSON, or a file that holds it. */
  readonly generator?: string;
  /** A JavaScript module that makes the model, or the name of a built-in one. */
  readonly model?: string;
  readonly p?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly preset?: string;
  readonly evalEvery?: number;
  /** A keep list: natural training is limited to its examples. */
  readonly keepList?: string;
  readonly dataSource?: string;
  readonly recipe?: string;
  readonly data?: string;
  readonly dataSet?: string;
  readonly adapter?: string;
  readonly out?: string;
  readonly tune?: boolean;
  readonly retune?: boolean;
  readonly checkpointEvery?: number;
  readonly resume?: string;
  readonly json?: boolean;
}

const FIELDS = ['experiment', 'arm', 'p', 'steps', 'batch', 'seed', 'preset', 'evalEvery', 'dataSource'] as const;
const flag = (field: string): string => `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The experiment of a recipe that is not checked yet. */
const experimentOf = (options: WarmupOptions, file: object): string => {
  const experiment = options.experiment ?? ('experiment' in file ? file.experiment : undefined);
  return typeof experiment === 'string' ? experiment : 'count';
};

/** The generator's own recipe is checked before a device is asked for. @throws InputError naming its field */
function checkGenerator(recipe: RunRecipe, subject: string): RunRecipe {
  const { warmup } = planTrial(recipe);
  try {
    if (warmup?.kind === 'family') parseRecipe(warmup.generator);
    return recipe;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    throw new InputError({ ...error.parts, subject: `${subject}: ${error.parts.subject}` }, 2, { cause: error });
  }
}

/** Whether --model names no module. */
const isBuiltIn = (name: string | undefined): boolean => name !== undefined && Object.hasOwn(builtInModels, name);

/** A model that is not built in needs the module that makes it. */
export function requireModule({ model }: RunRecipe, options: WarmupOptions): void {
  if (options.model !== undefined || Object.hasOwn(builtInModels, model)) return;
  const expected = `${Object.keys(builtInModels).join(', ')}, or the module that makes it`;
  const next = 'name that module with --model';
  throw new InputError({ subject: `${options.recipe}: recipe.model`, got: `${model}, and no --model`, expected, next });
}

/** What `--prune` and the options beside it ask for, on top of a recipe file's `select`. */
function selectOf(options: WarmupOptions, file: object): object {
  const had = 'select' in file && typeof file.select === 'object' ? file.select : undefined;
  const asked = askedSelection(options, Boolean(had));
  return asked ? { select: { ...had, ...asked } } : {};
}

/** The option that said how the stream is pruned, where an error is about that. */
function prunedBy(options: WarmupOptions, subject: string): string | undefined {
  const option = subject === 'select' ? '--prune' : pruneOptionOf(subject);
  const given = { '--prune': 'prune', '--prune-metric': 'pruneMetric', '--candidates': 'candidates', '--balanced': 'balanced' } as const;
  return option !== undefined && options[given[option as keyof typeof given]] !== undefined ? option : undefined;
}

/** The recipe file with the command line's options on top, checked. @throws InputError that names the file or the option. */
export function recipeOf(options: WarmupOptions, command = 'warmup'): RunRecipe {
  const file = options.recipe === undefined ? {} : readJson(options.recipe);
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    const next = 'use the recipe.json of a single run as a template';
    throw new InputError({ subject: options.recipe!, got: 'no object', expected: 'a JSON object of recipe fields', next });
  }
  const given = FIELDS.filter((field) => options[field] !== undefined);
  const kept = options.keepList === undefined ? {} : { keepList: readKeepList(options.keepList).hash };
  try {
    const generator = options.generator === undefined ? {} : { generator: generatorOf(options.generator, experimentOf(options, file)) };
    const recipe = parseRunRecipe({
      ...file,
      ...Object.fromEntries(given.map((field) => [field, options[field]])),
      ...generator,
      ...selectOf(options, file),
      ...kept,
      ...(isBuiltIn(options.model) ? { model: options.model } : {}),
    });
    return checkGenerator(recipe, options.generator === undefined ? 'generator' : '--generator');
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const field = error.parts.subject.replace(/^recipe\./, '');
    const option = given.some((name) => name === field) ? flag(field) : prunedBy(options, error.parts.subject);
    if (option) throw new InputError({ ...error.parts, subject: option, next: `see \`kindling ${command} --help\` for ${option}` });
    if (options.recipe === undefined || /^(--)?generator\b/.test(error.parts.subject)) throw error;
    throw new InputError({ ...error.parts, subject: `${options.recipe}: ${error.parts.subject}` });
  }
}

/** What a run in a folder needs to go on: its recipe, and where its data and device were. */
async function resumedRun(
  folder: string,
  options: WarmupOptions,
): Promise<{ asked: RunRecipe; data: SessionOptions; every: number | undefined; module: UserModule | undefined }> {
  const { recipe: found, header, recipePath } = readBegun(folder);
  const refuse = (got: string, expected: string, next: string): never => {
    throw new InputError({ subject: `--resume ${folder}`, got, expected, next });
  };
  for (const name of ['tune', 'retune', 'out'] as const) {
    if (options[name] !== undefined && options[name] !== folder) {
      refuse(flag(name), 'the run as it began: its kernels and its folder are fixed', `leave ${flag(name)} away`);
    }
  }
  if (typeof found === 'object' && found !== null && 'trials' in found) {
    refuse('a run of several trials', 'the folder of a single one', 'start it anew: kindling start');
  }
  const asked = recipeOf({ ...options, recipe: recipePath });
  const other = options.recipe === undefined ? asked : recipeOf(options);
  const difference = recipeDifference(other, parseRunRecipe(found)) ?? recipeDifference(asked, parseRunRecipe(found));
  if (difference) {
    const { field, a, b } = difference;
    refuse(`${field} ${a}`, `${b}, as the run began`, `leave ${flag(field)} away, or start another run with --out`);
  }
  const module =
    isBuiltIn(asked.model) && (!options.model || isBuiltIn(options.model))
      ? undefined
      : await moduleOfRun(folder, header ?? {}, options.model);
  if (module && header?.model && module.sha256 !== header.model.sha256) {
    refuse(
      `another ${module.path}`,
      `SHA-256 ${header.model.sha256}, as the run began`,
      'put that file back, or start another run with --out',
    );
  }
  return {
    asked,
    module,
    data: {
      ...dataOfRun(header ?? {}, options),
      adapter: options.adapter ?? process.env.KINDLING_ADAPTER ?? (header?.adapter && adapterOf(header.adapter)),
    },
    every: header?.checkpointEvery,
  };
}

/** The adapter option that chooses what a record names. */
const adapterOf = (name: string): string =>
  ['lavapipe', 'swiftshader'].find((kind) => name.toLowerCase().includes(kind)) ?? name.replace(/^software: /, '');

/** Steps between checkpoints, where nobody says: seconds to minutes of work. */
const CHECKPOINT_EVERY = 1000;

function checkpointEvery(asked: number | undefined, before: number | undefined): number {
  const every = asked ?? before ?? CHECKPOINT_EVERY;
  if (Number.isSafeInteger(every) && every >= 0) return every;
  const next = 'write a whole number; 0 for a checkpoint at Ctrl-C alone';
  throw new InputError({ subject: '--checkpoint-every', got: String(every), expected: 'a whole number from 0', next });
}

/** Says that there is nothing left to do, with the result that the record holds. */
async function alreadyEnded(folder: string, json: boolean | undefined): Promise<number> {
  const { record } = readRecord(folder);
  // A run that was killed while it drew has a model, and not all of its figures.
  await writeFigures(folder);
  const { accuracy = null, testLoss = null } = record.summaries[0] ?? {};
  if (json) printJson({ run: folder, ended: true, accuracy, testLoss });
  else print(`The run in ${folder} has ended${accuracy === null ? '' : ` with accuracy ${formatShare(accuracy)}`}: nothing is left to do.`);
  return 0;
}

/**
 * The list that a recipe's natural phase trains on, where it names one.
 * @param beside the recipe's file, or a folder
 * @throws InputError where the list is not found or not the recipe's, and for the disk source
 */
export function keptBy({ keepList: hash, dataSource }: RunRecipe, given: string | undefined, beside: string | undefined) {
  const keepList = keepListOf(hash, given, beside);
  if (keepList && dataSource === 'disk') {
    const next = 'leave --data-source away: the examples of the list are put on the device';
    throw new InputError({ subject: '--keep-list', got: 'it with --data-source disk', expected: 'the resident source', next });
  }
  return keepList;
}

/** One trial: warm-up on generated data, natural training, evaluation; leaves a run folder. With `resume` it goes on with the one in a folder. */
export async function warmup(options: WarmupOptions): Promise<number> {
  const { resume } = options;
  if (resume !== undefined && runEnded(resume)) return alreadyEnded(resume, options.json);
  const begun = resume === undefined ? undefined : await resumedRun(resume, options);
  const asked = begun?.asked ?? recipeOf(options);
  if (!begun) requireModule(asked, options);
  const keepList = keptBy(asked, options.keepList, resume ?? options.recipe);
  const module = begun
    ? begun.module
    : options.model === undefined || isBuiltIn(options.model)
      ? undefined
      : await importModule(options.model);
  const every = checkpointEvery(options.checkpointEvery, begun?.every);
  const signal = interruptSignal();
  const where: SessionOptions = {
    ...(begun?.data ?? { data: options.data, dataSet: options.dataSet, adapter: options.adapter }),
    dataSource: asked.dataSource,
    keepList,
  };
  let session = await openSession(where);
  const model = module && modelFrom(module, session.data.facts);
  const named = model ? parseRunRecipe({ ...asked, model: model.spec.name }) : asked;
  const recipe = resume === undefined ? (await tuneIfAsked(session, [named], options, signal, model?.spec))[0]! : asked;
  const folder = resume ?? options.out ?? defaultRunPath('warmup');
  const same = (['data', 'dataSet', 'adapter', 'model', 'keepList'] as const).flatMap((name) =>
    options[name] === undefined ? [] : [`${flag(name)} ${options[name]}`],
  );
  const trial = await recordTrial(session, recipe, {
    folder,
    signal,
    label: `${recipe.arm} p=${recipe.p}`,
    restart: ['kindling warmup --recipe', `${folder}/recipe.json`, ...same].join(' '),
    model,
    keepList,
    checkpoints: {
      every,
      resume: resume !== undefined,
      reopen: async () => {
        session.close();
        session = await openSession(where);
        return session;
      },
    },
  });
  session.close();
  const { result, resumedFrom } = trial;
  if (options.json) {
    printJson({ ...recipe, adapter: session.adapter, data: session.facts, ...result, setup: session.setup, run: folder, resumedFrom });
    return 0;
  }
  say('');
  print(formatTrials([trial]));
  print();
  print(formatReasons([trial]) || `  ${result.note}`);
  for (const line of [formatSplit([trial]), formatSetup(session.setup, session.facts.name), `Run folder: ${folder}`]) {
    if (line !== undefined) print(line);
  }
  return 0;
}
