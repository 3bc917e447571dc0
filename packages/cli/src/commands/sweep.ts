import { basename } from 'node:path';
import { InputError } from '@kindling/core';
import { type SweepCell, sweepCells } from '@kindling/figures';
import { wholeOption } from '../datagen/recipe.js';
import { formatTable } from '../format.js';
import { type KeepListFile, keepKeepList, readKeepList } from '../prune/keep-list.js';
import { expectedLines, readSweep, type SweepCard, SweepWriter, shardPath } from '../sweep/folder.js';
import { shardOf, sweepTrials } from '../sweep/plan.js';
import { formatDuration } from '../sweep/progress.js';
import { type SweepAsked, type SweepRecipe, sweepRecipe } from '../sweep/recipe.js';
import { runSweep } from '../sweep/run.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { importModule, keepModule, type UserModule } from '../user-model.js';
import { commit, versions } from '../versions.js';

export interface SweepOptions extends SweepAsked {
  readonly shard?: string;
  /** A JavaScript module that makes the model. */
  readonly model?: string;
  /** A keep list: natural training is limited to its examples. */
  readonly keepList?: string;
  readonly checkpointEvery?: number;
  readonly together?: number;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Most trials in the same dispatches unless told otherwise. */
const TOGETHER = 16;

const per = (share: number | null): string => (share === null ? '–' : (100 * share).toFixed(2));

/** Mean accuracy of each cell with its 95 % interval, as one table. */
export function formatCells(cells: readonly SweepCell[]): string {
  return formatTable(
    ['data set', 'steps', 'arm', 'p', 'seeds', 'accuracy %', 'low', 'high'],
    cells.map(({ dataSet, steps, arm, p, accuracy }) => [
      dataSet,
      String(steps),
      arm,
      p === null ? '–' : String(p),
      String(accuracy.n),
      per(accuracy.mean),
      // The mean is a share: nothing is lost by cutting the interval there.
      per(accuracy.low === null ? null : Math.max(0, accuracy.low)),
      per(accuracy.high === null ? null : Math.min(1, accuracy.high)),
    ]),
    3,
  );
}

export const cellsJson = (cells: readonly SweepCell[]): object[] =>
  cells.map(({ lines: _, accuracy, ...cell }) => ({
    ...cell,
    seeds: accuracy.n,
    mean: accuracy.mean,
    low: accuracy.low,
    high: accuracy.high,
  }));

/** The adaptive experiment has a net and a loop of its own. @throws InputError for what it does not take */
function requireTrials({ p }: SweepRecipe, options: SweepOptions): void {
  const foreign = (['model', 'checkpointEvery'] as const).find((name) => options[name] !== undefined);
  if (p !== null || foreign === undefined) return;
  const [subject, expected] =
    foreign === 'model'
      ? ['--model', 'its own net, to which the class weights belong']
      : ['--checkpoint-every', 'no checkpoints: a group that is stopped starts from its first epoch'];
  throw new InputError({ subject, got: 'it with adaptive', expected, next: 'leave it out' });
}

/** The list to which natural training is limited. @throws InputError for several data sets, or an experiment that has no natural phase */
function keepListFor({ p, dataSets }: SweepRecipe, path: string | undefined): KeepListFile | undefined {
  if (path === undefined) return undefined;
  const [got, next] =
    p === null
      ? ['it with adaptive', 'leave it out: that experiment chooses its own examples']
      : [`it with --data-set ${dataSets.join()}`, 'run a sweep for each data set'];
  if (p === null || dataSets.length > 1)
    throw new InputError({ subject: '--keep-list', got, expected: 'trials on the one data set that it is of', next });
  return readKeepList(path);
}

/** Every trial of arms × p × seeds, many at once; goes on where an earlier call was stopped. */
export async function sweep(options: SweepOptions): Promise<number> {
  const asked = sweepRecipe(options);
  requireTrials(asked, options);
  const shard = options.shard === undefined ? undefined : shardOf(options.shard);
  const together = wholeOption('--together', options.together ?? TOGETHER, 1, 4096);
  if (options.out === undefined) {
    throw new InputError({
      subject: '--out',
      got: 'nothing',
      expected: 'the folder of the sweep',
      next: 'write e.g. --out runs/sweep; the same command with the same --out goes on after a stop',
    });
  }
  const { checkpointEvery } = options;
  if (checkpointEvery !== undefined) wholeOption('--checkpoint-every', checkpointEvery, 1, 10_000_000);
  const module: UserModule | undefined = options.model === undefined ? undefined : await importModule(options.model);
  const keepList = keepListFor(asked, options.keepList);
  const recipe: SweepRecipe = {
    ...asked,
    ...(module ? { model: { module: basename(module.path), sha256: module.sha256 } } : {}),
    ...(keepList ? { keepList: { hash: keepList.hash, count: keepList.indices.length } } : {}),
  };
  const folder = shard ? shardPath(options.out, shard) : options.out;
  const trials = sweepTrials(recipe, shard);
  const clone = commit();
  const card: SweepCard = {
    kind: 'sweep',
    recipe,
    shard: shard ?? null,
    lines: expectedLines(recipe, shard ?? null).length,
    data: {},
    versions: versions(),
    commit: clone?.commit ?? null,
    date: new Date().toISOString(),
  };
  const signal = interruptSignal();
  const writer = new SweepWriter(folder, card);
  let result: Awaited<ReturnType<typeof runSweep>>;
  try {
    for (const note of writer.notes) say(`kindling: ${note}`);
    if (module) keepModule(folder, module);
    if (keepList) keepKeepList(folder, keepList);
    const { data, adapter } = options;
    const named = options.dataSet !== undefined;
    result = await runSweep(recipe, trials, writer, { together, data, adapter, named, module, checkpointEvery, keepList, signal });
  } finally {
    writer.close();
  }
  const cells = sweepCells(readSweep(folder).lines);
  if (options.json) {
    printJson({ sweep: folder, shard: shard ?? null, recipe, ...result, lines: card.lines, cells: cellsJson(cells) });
    return 0;
  }
  if (cells.length > 0) print(formatCells(cells));
  const { ran, found, seconds } = result;
  print(
    `${ran} ${ran === 1 ? 'trial' : 'trials'} in ${formatDuration(seconds)}${found > 0 ? `, ${found} were there already` : ''}; low and high: 95 % t-interval over seeds.`,
  );
  print(`Sweep folder: ${folder}`);
  print(`Next: npx kindling ${shard ? `merge ${options.out} --out ${options.out}, once every shard has run` : `report ${folder}`}`);
  if (!shard && recipe.p !== null) print(`      npx kindling threshold ${folder}`);
  return 0;
}
