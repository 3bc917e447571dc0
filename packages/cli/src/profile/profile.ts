import { readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputError } from '@kindling/core';
import { htmlReport, type ProfileReport, Profiler, type Recording, traceOf } from '@kindling/profile';
import { parseRunRecipe, planTrial, type RunRecipe, runTrial } from '@kindling/warmup';
import { keptBy, recipeOf, requireModule, type WarmupOptions } from '../commands/warmup.js';
import { writeWhole } from '../run-folder.js';
import { openSession } from '../session.js';
import { interruptSignal, onDisk, print, printJson, say } from '../terminal.js';
import { tuneIfAsked } from '../tuning.js';
import { importModule, modelFrom } from '../user-model.js';
import { versions } from '../versions.js';
import { formatCeilings, formatHost, formatKernels, formatLedger, formatVerdict } from './format.js';
import { sourceResolver } from './source-map.js';

export interface ProfileOptions extends Omit<WarmupOptions, 'out' | 'resume' | 'checkpointEvery'> {
  readonly source?: string;
  readonly differences?: boolean;
  readonly assertZeroCopy?: boolean;
  readonly trace?: string;
  readonly html?: string;
}

/** Enough for a median of every kernel; a recipe's own number would take as long as its run. */
const STEPS = 40;
const SOURCES: Readonly<Record<string, RunRecipe['dataSource']>> = { generated: 'resident', resident: 'resident', disk: 'disk' };

/** `--source` as a recipe says it. @throws InputError for an unknown one, or one that contradicts --data-source */
function dataSourceOf({ source, dataSource }: ProfileOptions): string | undefined {
  if (source === undefined) return dataSource;
  const next = 'see `kindling profile --help`';
  if (!Object.hasOwn(SOURCES, source)) {
    throw new InputError({ subject: '--source', got: source, expected: Object.keys(SOURCES).join(', '), next });
  }
  const named = SOURCES[source]!;
  if (dataSource !== undefined && dataSource !== named) {
    throw new InputError({ subject: '--source', got: `${source}, with --data-source ${dataSource}`, expected: 'one of the two', next });
  }
  return named;
}

/** The recipe file behind the argument or the option; a run's folder stands for the recipe in it. */
function recipePath(argument: string | undefined, { recipe: option }: ProfileOptions): string | undefined {
  if (argument !== undefined && option !== undefined && argument !== option) {
    const next = 'leave one of the two away';
    throw new InputError({ subject: '--recipe', got: `${option}, beside ${argument}`, expected: 'one recipe', next });
  }
  const path = argument ?? option;
  if (path === undefined) return undefined;
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, 'recipe.json') : path;
}

/** Files are refused before the run, not after it. */
function requireFolder(flag: string, path: string | undefined): void {
  if (path === undefined) return;
  const folder = dirname(resolve(path));
  const next = 'make the folder, or name another file';
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({
      subject: flag,
      got: `${path}, whose folder does not exist`,
      expected: 'a file in a folder that is there',
      next,
    });
  }
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) {
    throw new InputError({ subject: flag, got: `${path}, a folder`, expected: 'a file', next: 'name a file in it' });
  }
}

/** Kindling's own clone, so that its files are named as there; then where the user is. */
function roots(): string[] {
  const clone = fileURLToPath(new URL('../../../', import.meta.url));
  const named = (folder: string): boolean => {
    try {
      return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).name === 'kindling-monorepo';
    } catch {
      return false;
    }
  };
  return [...(named(clone) ? [clone] : []), process.cwd()];
}

/** The recipe in a line. */
const describe = ({ experiment, arm, p, batch, seed, dataSource }: RunRecipe, data: string): string =>
  `${experiment}, ${arm}, p ${p}, batch ${batch}, seed ${seed}; ${data}, ${dataSource}`;

function write(path: string, contents: string): void {
  onDisk(path, 'a file that can be written', 'name another file', () => writeWhole(path, contents));
}

function show(report: ProfileReport): void {
  print(formatKernels(report));
  print();
  print(formatHost(report));
  print();
  print(formatCeilings(report));
  print();
  print(formatLedger(report));
  print();
  print(formatVerdict(report));
  for (const warning of report.warnings) print(`Warning: ${warning}`);
}

/** Profiles one short trial. Exit code 1 when `--assert-zero-copy` finds a step that moved a byte. */
export async function profile(argument: string | undefined, options: ProfileOptions): Promise<number> {
  requireFolder('--trace', options.trace);
  requireFolder('--html', options.html);
  const path = recipePath(argument, options);
  const dataSource = dataSourceOf(options);
  const given: WarmupOptions = {
    ...options,
    steps: options.steps ?? STEPS,
    ...(path === undefined ? {} : { recipe: path }),
    ...(dataSource === undefined ? {} : { dataSource }),
  };
  const asked = recipeOf(given, 'profile');
  requireModule(asked, given);
  const keepList = keptBy(asked, options.keepList, path);
  const module = options.model === undefined ? undefined : await importModule(options.model);
  const signal = interruptSignal();
  let opened: Profiler | undefined;
  const { data: folder, dataSet, adapter } = options;
  const session = await openSession({
    ...{ data: folder, dataSet, adapter, dataSource: asked.dataSource, keepList },
    onDevice: async (device) => {
      say('kindling: measuring the ceilings of the adapter');
      opened = await Profiler.open(device, options.differences ? { timestamps: false } : {});
    },
  });
  const profiler = opened!;
  const model = module && modelFrom(module, session.data.facts);
  const named = model ? parseRunRecipe({ ...asked, model: model.spec.name }) : asked;
  const recipe = (await tuneIfAsked(session, [named], options, signal, model?.spec))[0]!;
  say(`kindling: profiling ${recipe.steps} ${recipe.steps === 1 ? 'step' : 'steps'}`);
  if (recipe.dataSource === 'disk' && planTrial(recipe).natural.steps === 0)
    say('kindling: no step is natural, so no batch comes from disk');
  const { device, data } = session;
  const context = { device, data, signal, onEvent: () => undefined, observer: profiler, ...(model ? { model: model.spec } : {}) };
  const { parameters } = await runTrial(context, recipe);
  parameters.destroy();
  const { report, recording } = await profiler.finish({ adapter: session.adapter, roots: roots(), resolve: sourceResolver() });
  session.close();
  files(report, recording, options, describe(recipe, session.facts.name));
  const failed = Boolean(options.assertZeroCopy) && !report.ledger.zeroCopy.passed;
  if (options.json) {
    printJson({ ...report, recipe, data: session.facts, versions: versions(), assertZeroCopy: options.assertZeroCopy ? !failed : null });
  } else show(report);
  if (failed) say(`kindling: --assert-zero-copy: ${formatVerdict(report)}`);
  return failed ? 1 : 0;
}

function files(report: ProfileReport, recording: Recording, { trace, html }: ProfileOptions, subtitle: string): void {
  if (trace !== undefined) {
    write(trace, JSON.stringify(traceOf(recording, { adapter: report.adapter })));
    say(`kindling: trace in ${trace}: open it in ui.perfetto.dev or chrome://tracing`);
  }
  if (html === undefined) return;
  write(html, htmlReport(report, { subtitle, date: new Date().toISOString().slice(0, 10), versions: { ...versions() } }));
  say(`kindling: page in ${html}`);
}
