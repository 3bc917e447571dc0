import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { loadDataSet } from '@kindling/data/node';
import { type RecipeInput, recipeHash } from '@kindling/datagen';
import { contactSheet, type SweepLine, sweepCells, toPng } from '@kindling/figures';
import { builtInModels, firstOfClass, type ImageFacts, type LimitResult, limitGenerator, type Misread, runLimit } from '@kindling/warmup';
import { encodeImage } from '../datagen/picture.js';
import { recipeFrom, wholeOption } from '../datagen/recipe.js';
import { formatShare } from '../format.js';
import { defaultRunPath, writeWhole } from '../run-folder.js';
import { openAnnounced } from '../session.js';
import { seedsOf } from '../sweep/recipe.js';
import { interruptSignal, onDisk, print, printJson, say } from '../terminal.js';
import { commit, versions } from '../versions.js';
import { cellsJson } from './sweep.js';

export interface LimitCommandOptions {
  readonly natural?: number;
  readonly generator?: string;
  readonly share?: number;
  readonly moves?: string;
  readonly model?: string;
  readonly steps?: number;
  readonly batch?: number;
  readonly lr?: number;
  readonly seeds?: string;
  readonly read?: string;
  readonly data?: string;
  readonly dataSet?: string;
  readonly adapter?: string;
  readonly out?: string;
  readonly json?: boolean;
}

function refuse(subject: string, got: string, expected: string, next: string): never {
  throw new InputError({ subject, got, expected, next });
}

/** Most seeds that train together: each has its own batch and activations. */
const MOST_SEEDS = 32;

/** The JSON of `--moves`. */
function movesOf(text: string | undefined): Record<string, unknown> | undefined {
  if (text === undefined) return undefined;
  const expected = 'a JSON object of family augment’s parameters, without base';
  const next = 'write e.g. --moves \'{"shear": [-0.4, 0.4]}\'';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    refuse('--moves', (cause as Error).message, expected, next);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value) || 'base' in value) refuse('--moves', text, expected, next);
  return value as Record<string, unknown>;
}

/** What is refused before data or device are touched. @throws InputError naming the option */
function asked(options: LimitCommandOptions) {
  const { natural = 0, share, model = 'small-cnn', steps = 3200, batch = 64, lr = 0.003, read = 'test' } = options;
  if (natural !== 0 && natural !== 1) refuse('--natural', String(natural), '0 or 1 natural training images a class', 'write --natural 1');
  const foreign = natural === 0 && (['share', 'moves'] as const).find((name) => options[name] !== undefined);
  if (foreign) refuse(`--${foreign}`, 'it with --natural 0', '--natural 1, as it says how the natural images are used', 'leave it out');
  if (!(share === undefined || (share > 0 && share <= 1)))
    refuse('--share', String(share), 'a number above 0, up to 1', 'write e.g. --share 0.25');
  if (!Object.hasOwn(builtInModels, model)) {
    refuse('--model', JSON.stringify(model), `one of ${Object.keys(builtInModels).join(', ')}`, 'choose one of these');
  }
  wholeOption('--steps', steps, 1, 10_000_000);
  wholeOption('--batch', batch, 1, 65_536);
  if (!(lr > 0 && lr <= 10)) refuse('--lr', String(lr), 'a learning rate above 0, up to 10', 'write e.g. --lr 0.003');
  if (read !== 'test' && read !== 'train') refuse('--read', JSON.stringify(read), 'test or train', 'write --read test');
  const seeds = seedsOf(options.seeds ?? '3');
  if (seeds.length > MOST_SEEDS) refuse('--seeds', `${seeds.length} seeds`, `at most ${MOST_SEEDS}`, 'run the others in another folder');
  const moves = movesOf(options.moves);
  const generator = options.generator === undefined ? undefined : recipeFrom(options.generator, '--generator');
  return {
    natural: natural as 0 | 1,
    share: share ?? 0.25,
    moves,
    model,
    steps,
    batch,
    lr,
    read: read as 'test' | 'train',
    seeds,
    generator,
  };
}

/** Makes the folder. @throws InputError where it holds results already. */
function newFolder(folder: string): string {
  const results = join(folder, 'results.jsonl');
  if (existsSync(results)) {
    refuse('--out', `${folder}, which holds results`, 'a new or empty folder', 'choose another --out, or delete that folder');
  }
  onDisk(folder, 'a folder to write to', 'choose another --out', () => mkdirSync(folder, { recursive: true }));
  return results;
}

/** Images of a class on the sheet. */
const SHOWN = 20;

/** The images that the first seed read wrong and was surest of, a row a class. */
async function misreadSheet(
  path: string,
  { seed, misread, accuracy }: LimitResult,
  { classes, ...size }: ImageFacts,
  images: Uint8Array,
): Promise<void> {
  const pixels = size.channels * size.height * size.width;
  const cellOf = ({ index, predicted }: Misread) => {
    const bytes = images.subarray(index * pixels, (index + 1) * pixels);
    return {
      png: encodeImage(
        Float32Array.from(bytes, (value) => value / 255),
        size,
      ).toString('base64'),
      caption: String(predicted),
    };
  };
  const rows = Array.from({ length: classes }, (_, label) => {
    const own = misread.filter((item) => item.label === label).toSorted((a, b) => b.confidence - a.confidence);
    return { label: `${label}, ${own.length} wrong`, cells: own.slice(0, SHOWN).map(cellOf) };
  });
  const { svg } = contactSheet({
    title: `Misread images of ${size.name}`,
    subtitle: `Seed ${seed}, ${formatShare(accuracy)} right. A row a true class, below each image what it was taken for, the surest errors first, ${SHOWN} at most.`,
    cell: { width: 2 * size.width, height: 2 * size.height },
    rows,
  });
  writeWhole(path, await toPng(svg));
}

/** Pairs of classes on the list of confusions. */
const WORST = 10;

/** What is taken for what most often, over all seeds. */
export function worstConfusions(
  confusions: readonly (readonly (readonly number[])[])[],
): { label: number; predicted: number; count: number }[] {
  const pairs = confusions[0]!.flatMap((row, label) =>
    row.map((_, predicted) => ({ label, predicted, count: confusions.reduce((sum, matrix) => sum + matrix[label]![predicted]!, 0) })),
  );
  const wrong = pairs.filter(({ label, predicted, count }) => label !== predicted && count > 0);
  return wrong.toSorted((a, b) => b.count - a.count).slice(0, WORST);
}

/** What a seed gives a line of results.jsonl beside the recipe's fields: the fields of a sweep's line, and what was read wrong. */
const lineOf = ({ seed, accuracy, testLoss, trainLoss, time, ledger, confusion, misread }: LimitResult) => ({
  experiment: 'limit',
  p: 1,
  seed,
  accuracy,
  testLoss: Number.isFinite(testLoss) ? testLoss : null,
  time: time as unknown as SweepLine['time'],
  trainLoss: Number.isFinite(trainLoss) ? trainLoss : null,
  hostBytes: ledger,
  confusion,
  // [index, class, taken for]
  misread: misread.map(({ index, label, predicted }) => [index, label, predicted]),
});

/** Trains nets on generated images alone and reads a half of natural images with each. */
export async function limit(options: LimitCommandOptions): Promise<number> {
  const { natural, share, moves, generator: procedural, lr, read, ...rest } = asked(options);
  const folder = options.out ?? defaultRunPath('limit');
  const data = await loadDataSet({ name: options.dataSet, folder: options.data });
  const { name, channels, height, width, classes } = data;
  const facts = { name, channels, height, width, classes };
  const base = natural === 1 ? firstOfClass(data) : undefined;
  const part = base && { hash: createHash('sha256').update(base).digest('hex'), share, moves };
  const generator = limitGenerator({ generator: procedural, natural: part }, facts);
  const results = newFolder(folder);
  const signal = interruptSignal();
  const { device, name: adapter } = await openAnnounced(options.adapter);
  const { model, steps, batch, seeds } = rest;
  const clone = commit();
  const recipe = { natural, model, steps, batch, lr, seeds, read, generator, recipeHash: await recipeHash(generator as RecipeInput) };
  const half = data[read];
  const dataFacts = { name, folder: options.data ?? null, read, images: half.count };
  writeWhole(
    join(folder, 'recipe.json'),
    `${JSON.stringify({ ...recipe, data: dataFacts, adapter, versions: versions(), commit: clone?.commit ?? null, modified: clone?.modified, date: new Date().toISOString() }, null, 2)}\n`,
  );
  let said = performance.now();
  const onProgress = (done: number, loss: number): void => {
    if (done < steps && performance.now() - said < 15_000) return;
    said = performance.now();
    say(`natural ${natural}  step ${done} of ${steps}, ${seeds.length} seeds  loss ${loss.toFixed(3)}`);
  };
  const ended = await runLimit(device, { ...rest, facts, generator, base, learningRate: lr, read: half, signal, onProgress });
  device.destroy();
  const common = { arm: `natural-${natural}`, steps, dataSet: name, together: seeds.length, read };
  const lines = ended.map((result) => ({ ...common, ...lineOf(result) }));
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
  onDisk(results, 'a file to append to', 'free some space and run again', () => appendFileSync(results, text));
  await misreadSheet(join(folder, 'misread.png'), ended[0]!, facts, half.images);
  const cells = sweepCells(lines);
  const worst = worstConfusions(ended.map(({ confusion }) => confusion));
  if (options.json) {
    printJson({ folder, adapter, data: dataFacts, ...recipe, cells: cellsJson(cells), worst, lines });
    return 0;
  }
  const { mean, low, high } = cells[0]!.accuracy;
  for (const { seed, accuracy, testLoss } of ended) print(`seed ${seed}  accuracy ${formatShare(accuracy)}  loss ${testLoss.toFixed(3)}`);
  const interval = low !== null && high !== null ? `, 95 % interval ${formatShare(low)} to ${formatShare(high)}` : '';
  print(`mean ${formatShare(mean)} of ${half.count.toLocaleString('en')} ${read} images of ${name}${interval}`);
  print(`taken for another: ${worst.map(({ label, predicted, count }) => `${label} for ${predicted} ${count}×`).join(', ')}`);
  print(`natural training images on the GPU: ${natural * classes} (${ended[0]!.ledger.natural.toLocaleString('en')} bytes)`);
  print(`Folder: ${folder} (recipe.json, results.jsonl, misread.png)`);
  return 0;
}
