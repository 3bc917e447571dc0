import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, InterruptedError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { loadDataSet } from '@kindling/data/node';
import type { Device } from '@kindling/device';
import {
  deduplicate,
  exactLeaks,
  exactMatches,
  greedyKeep,
  keptAt,
  type LeakScope,
  nearestTraining,
  requireEpsilon,
  type UnitRows,
  unitRows,
} from '@kindling/pruning';
import { embeddingOf, HalfOutputs } from '@kindling/warmup';
import { seedOption } from '../datagen/recipe.js';
import { makeFolder, pathOption } from '../datagen/write.js';
import { formatTable, wrap } from '../format.js';
import { dataOfRun } from '../run-data.js';
import { openAnnounced, openSession } from '../session.js';
import { describeData } from '../sweep/run.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { commit, versions } from '../versions.js';
import { type Checkpoint, checkpointHeader, checkpointOf, checkpointPath, loadCheckpoint } from './checkpoint.js';
import { type DedupRecipe, leakPairs, type Rule, writeJson, writeKeepList, writeVector } from './dedup-lists.js';
import { required } from './theory.js';

export interface DedupOptions {
  readonly dataSet?: string;
  readonly data?: string;
  readonly embedding?: string;
  readonly checkpoint?: string;
  readonly model?: string;
  readonly epsilon?: string;
  readonly clusters?: number;
  readonly order?: string;
  readonly leak?: string;
  readonly seed?: number;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** An option that takes one of some words. */
function choice<T extends string>(option: string, text: string, known: readonly T[], next: string): T {
  if (known.includes(text as T)) return text as T;
  throw new InputError({ subject: option, got: JSON.stringify(text), expected: known.join(', '), next });
}

/** The ε of the list, rising, each as it was written. */
export function epsilonsOf(text = '0.01,0.03,0.1'): { text: string; value: number }[] {
  const found = text.split(',').map((part) => ({ text: part.trim(), value: part.trim() === '' ? Number.NaN : Number(part) }));
  for (const { value } of found) requireEpsilon(value);
  const seen = new Map(found.map((one) => [one.value, { ...one, text: String(one.value) }]));
  return [...seen.values()].sort((a, b) => a.value - b.value);
}

interface Opened {
  readonly device: Device;
  readonly adapter: string;
  readonly natural: NaturalData;
  readonly train: UnitRows;
  /** Made when asked for: only the report about leaks needs them. */
  test(): Promise<UnitRows>;
}

/** Pixels as rows. An all-black image has no direction: its row is zeros, near to nothing. */
async function openPixels({ dataSet, data, adapter }: DedupOptions): Promise<Opened> {
  const natural = await loadDataSet({ name: dataSet, folder: data });
  const { device, name } = await openAnnounced(adapter);
  const width = natural.channels * natural.height * natural.width;
  const rows = (half: 'train' | 'test'): UnitRows => unitRows(natural[half].images, natural[half].count, width);
  return { device, adapter: name, natural, train: rows('train'), test: async () => rows('test') };
}

/** What the last layer of a run's model reads, as rows. */
async function openModel(options: DedupOptions, checkpoint: Checkpoint, signal: AbortSignal): Promise<Opened> {
  const session = await openSession({ adapter: options.adapter, ...dataOfRun(checkpointHeader(checkpoint), options) });
  const { device, data, natural } = session;
  const loaded = await loadCheckpoint(session, checkpoint, options.model);
  const rows = async (half: 'train' | 'test'): Promise<UnitRows> => {
    const context = { device, data, model: loaded.model, signal };
    const outputs = await HalfOutputs.create(context, loaded.parameters, embeddingOf(loaded.model), half);
    await outputs.run();
    const { count, width } = outputs;
    const values = await device.readF32(outputs.rows, 0, count * width);
    outputs.destroy();
    return unitRows(values, count, width);
  };
  return { device, adapter: session.adapter, natural, train: await rows('train'), test: () => rows('test') };
}

/** Seconds between two lines of progress. */
const PLAIN_SECONDS = 15;

function progress(): (stage: string, done: number, total: number) => void {
  let said = performance.now();
  return (stage, done, total) => {
    if (performance.now() - said < 1000 * PLAIN_SECONDS) return;
    said = performance.now();
    say(`kindling: ${stage}: ${stage === 'k-means' ? `pass ${done} of at most ${total}` : `${Math.floor((100 * done) / total)} %`}`);
  };
}

/** Everything of the command line, checked before data are read. */
function plan(options: DedupOptions) {
  const out = pathOption('--out', required(options.out, '--out', 'a new folder', 'write e.g. --out runs/dedup'));
  const embedding = choice(
    '--embedding',
    options.embedding ?? (options.checkpoint === undefined ? 'pixels' : 'model'),
    ['pixels', 'model'],
    'model needs a --checkpoint',
  );
  if ((embedding === 'model') !== (options.checkpoint !== undefined)) {
    const got = `${embedding} ${options.checkpoint === undefined ? 'without' : 'with'} --checkpoint`;
    const next = 'name a run with --checkpoint, or embed by pixels without one';
    throw new InputError({ subject: '--embedding', got, expected: 'model with --checkpoint, pixels without', next });
  }
  if (options.clusters !== undefined && !(Number.isInteger(options.clusters) && options.clusters >= 1)) {
    const next = 'write e.g. --clusters 60';
    throw new InputError({ subject: '--clusters', got: String(options.clusters), expected: 'a whole number from 1', next });
  }
  if (existsSync(join(out, 'dedup.json'))) {
    throw new InputError({
      subject: '--out',
      got: `${out}, which holds a deduplication`,
      expected: 'a new folder',
      next: 'choose another',
    });
  }
  return {
    out,
    embedding,
    epsilons: epsilonsOf(options.epsilon),
    order: choice('--order', options.order ?? 'central', ['central', 'outlying'], 'central keeps typical images, outlying unusual ones'),
    leak: choice('--leak', options.leak ?? 'all', ['all', 'cluster', 'none'], 'all is exact and slow, cluster may miss some'),
    seed: seedOption(options.seed),
    checkpoint: options.checkpoint === undefined ? undefined : checkpointOf(options.checkpoint, options.model),
  };
}

/** `kindling prune dedup`. */
export async function dedup(options: DedupOptions): Promise<number> {
  const asked = plan(options);
  const signal = interruptSignal();
  const opened = asked.checkpoint ? await openModel(options, asked.checkpoint, signal) : await openPixels(options);
  try {
    const report = await run(options, asked, opened, signal);
    if (options.json) printJson(report);
    else show(report);
  } catch (error) {
    if (!signal.aborted || error instanceof InterruptedError) throw error;
    const next = 'run the command again: it begins anew';
    throw new InterruptedError({ subject: 'prune dedup', got: 'a stop', expected: 'to run to the end', next }, { cause: error });
  } finally {
    opened.device.destroy();
  }
  return 0;
}

type Report = Awaited<ReturnType<typeof run>>;

async function run(options: DedupOptions, asked: ReturnType<typeof plan>, opened: Opened, signal: AbortSignal) {
  const { out, epsilons, order, seed } = asked;
  const { device, natural, train: rows } = opened;
  const { train, test, classes } = natural;
  const started = performance.now();
  const clusters = options.clusters ?? Math.max(1, Math.round(train.count / 1000));
  const onProgress = progress();
  const found = await deduplicate(device, rows, { clusters, seed, order, onProgress, signal });
  makeFolder(out);
  const recipe: DedupRecipe = {
    dataSet: natural.name,
    data: describeData(natural),
    embedding: asked.embedding,
    checkpoint: asked.checkpoint ? checkpointPath(asked.checkpoint) : null,
    clusters,
    order,
  };
  const files: string[] = [];
  const list = (name: string, indices: Uint32Array<ArrayBuffer>, rule: Rule): void => {
    writeKeepList(join(out, name), indices, train.labels, classes, { recipe, rule, seed });
    files.push(name);
  };

  const { matches } = exactMatches(train.images, train.count);
  const first = Uint32Array.from([...matches.keys()].filter((item) => matches[item] === -1));
  list('keep-exact.json', first, { rule: 'exact', epsilon: null });
  writeVector(join(out, 'm.npy'), found.m);
  writeVector(join(out, 'match.npy'), found.match);
  files.push('m.npy', 'match.npy');
  const sweep = [];
  for (const { text, value: epsilon } of epsilons) {
    const kept = keptAt(found.m, epsilon);
    const greedy = await greedyKeep(device, rows, found, epsilon, signal);
    list(`keep-${text}.json`, kept, { rule: 'M', epsilon });
    list(`greedy-${text}.json`, greedy.indices, { rule: 'greedy', epsilon });
    sweep.push({ epsilon, kept: kept.length, dropped: train.count - kept.length, greedyKept: greedy.indices.length });
  }

  const same = exactLeaks(test.images, test.count, train.images, train.count);
  const scope = asked.leak;
  const near =
    scope === 'none'
      ? undefined
      : await nearestTraining(device, await opened.test(), rows, found, scope satisfies LeakScope, {
          signal,
          onProgress: (done, total) => onProgress('test images', done, total),
        });
  const most = epsilons.at(-1)!.value;
  const pairs = leakPairs(near, same, 1 - most, { test: test.labels, train: train.labels });
  writeJson(out, 'leak.json', { scope, above: 1 - most, pairs });
  files.push('leak.json');
  const leak = {
    scope,
    tests: test.count,
    exact: same.filter((train) => train !== -1).length,
    above: epsilons.map(({ value }) => ({
      epsilon: value,
      count: near ? near.cosines.filter((cosine) => cosine > 1 - value).length : null,
    })),
    otherLabel: pairs.filter((pair) => pair.testLabel !== pair.trainLabel).length,
  };
  const { passes, settled } = found.kmeans;
  const report = {
    out,
    ...recipe,
    seed,
    count: train.count,
    width: rows.width,
    kmeans: { passes, settled },
    exact: { kept: first.length, dropped: train.count - first.length },
    epsilons: sweep,
    leak,
    files: [...files, 'dedup.json'],
    adapter: opened.adapter,
    seconds: (performance.now() - started) / 1000,
    versions: versions(),
    commit: commit()?.commit ?? null,
    date: new Date().toISOString(),
  };
  // Last: a folder with it is whole.
  writeJson(out, 'dedup.json', report);
  return report;
}

function show({ out, dataSet, embedding, count, clusters, kmeans, exact, epsilons, leak }: Report): void {
  const settled = kmeans.settled ? 'settled' : 'not settled';
  print(`${count} training images of ${dataSet} by ${embedding}, ${clusters} clusters (${kmeans.passes} passes, ${settled}).`);
  print(`${exact.dropped} equal an earlier one byte for byte.\n`);
  const rows = epsilons.map(({ epsilon, kept, dropped, greedyKept }, i) => {
    const near = leak.above[i]!.count;
    return [String(epsilon), String(kept), String(dropped), String(greedyKept), near === null ? '–' : String(near)];
  });
  print(formatTable(['ε', 'kept', 'dropped', 'kept greedily', `of ${leak.tests} test images near`], rows));
  const near = {
    all: 'Near: a cosine above 1 − ε to a training image. ',
    cluster: 'Near: a cosine above 1 − ε to a training image of their cluster; one of another cluster is missed. ',
    none: '',
  }[leak.scope];
  print();
  print(
    wrap(
      `${near}${leak.exact} test images equal a training image byte for byte. ` +
        `Greedily: dropped images suppress nothing. A cosine of ${embedding} says nothing of how much it matters: look at the pairs in leak.json.`,
    ),
  );
  if (epsilons[0]!.kept < 0.1 * count) {
    print(
      wrap(
        'Nearly all fall at the smallest ε: this embedding hardly tells images apart. Take a smaller ε, or a model that trained longer.',
      ),
    );
  }
  print(`Keep lists, M and matches: ${out}`);
}
