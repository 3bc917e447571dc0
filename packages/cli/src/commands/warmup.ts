import { InputError } from '@kindling/core';
import { parseRunRecipe, type RunRecipe } from '@kindling/warmup';
import { recordTrial } from '../record-trial.js';
import { formatReasons, formatSetup, formatSplit, formatTrials } from '../report.js';
import { defaultRunPath, readJson } from '../run-folder.js';
import { openSession } from '../session.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { tuneIfAsked } from '../tuning.js';

export interface WarmupOptions {
  readonly experiment?: string;
  readonly arm?: string;
  readonly p?: number;
  readonly steps?: number;
  readonly batch?: number;
  readonly seed?: number;
  readonly evalEvery?: number;
  readonly dataSource?: string;
  readonly recipe?: string;
  readonly data?: string;
  readonly adapter?: string;
  readonly out?: string;
  readonly tune?: boolean;
  readonly retune?: boolean;
  readonly json?: boolean;
}

const FIELDS = ['experiment', 'arm', 'p', 'steps', 'batch', 'seed', 'evalEvery', 'dataSource'] as const;
const flag = (field: string): string => `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The recipe file with the command line's options on top, checked. @throws InputError that names the file or the option. */
function recipeOf(options: WarmupOptions): RunRecipe {
  const file = options.recipe === undefined ? {} : readJson(options.recipe);
  if (typeof file !== 'object' || file === null || Array.isArray(file)) {
    const next = 'use the recipe.json of a single run as a template';
    throw new InputError({ subject: options.recipe!, got: 'no object', expected: 'a JSON object of recipe fields', next });
  }
  const given = FIELDS.filter((field) => options[field] !== undefined);
  try {
    return parseRunRecipe({ ...file, ...Object.fromEntries(given.map((field) => [field, options[field]])) });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const field = error.parts.subject.replace(/^recipe\./, '');
    const option = given.find((name) => name === field);
    if (option) throw new InputError({ ...error.parts, subject: flag(field), next: `see \`kindling warmup --help\` for ${flag(field)}` });
    if (options.recipe === undefined) throw error;
    throw new InputError({ ...error.parts, subject: `${options.recipe}: ${error.parts.subject}` });
  }
}

/** One trial: warm-up on generated data, natural training, evaluation; leaves a run folder. */
export async function warmup(options: WarmupOptions): Promise<number> {
  const asked = recipeOf(options);
  const signal = interruptSignal();
  const session = await openSession({ data: options.data, adapter: options.adapter, dataSource: asked.dataSource });
  const recipe = (await tuneIfAsked(session, [asked], options, signal))[0]!;
  const folder = options.out ?? defaultRunPath('warmup');
  const same = (['data', 'adapter'] as const).flatMap((name) => (options[name] === undefined ? [] : [`--${name} ${options[name]}`]));
  const trial = await recordTrial(session, recipe, {
    folder,
    signal,
    label: `${recipe.arm} p=${recipe.p}`,
    restart: ['kindling warmup --recipe', `${folder}/recipe.json`, ...same].join(' '),
  });
  session.close();
  const { result } = trial;
  if (options.json) {
    printJson({ ...recipe, adapter: session.adapter, data: session.facts, ...result, setup: session.setup, run: folder });
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
