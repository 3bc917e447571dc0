import { statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { generatorHash, labelFormat, type Recipe, recipeHash } from '@kindling/datagen';
import { formatBytes } from '../format.js';
import { openAnnounced } from '../session.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';
import { versions } from '../versions.js';
import { ChunkRenderer, chunkCapacity } from './chunks.js';
import { DatasetWriter, GENERATOR } from './dataset.js';
import { type Format, formatOf } from './formats.js';
import { stopIfInterrupted } from './interrupt.js';
import { recipeOf, seedOption, stepOption, wholeOption } from './recipe.js';
import { pathOption } from './write.js';

export interface ExportOptions {
  readonly family?: string;
  readonly recipe?: string;
  readonly seed?: number;
  readonly step?: number;
  readonly count?: number;
  readonly format?: string;
  readonly out?: string;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** Seconds between two lines about how far an export is. */
const SAY_SECONDS = 5;

interface Work {
  readonly recipe: Recipe;
  readonly seed: number;
  readonly step: number;
  readonly count: number;
  readonly format: Format;
  readonly out: string;
  readonly signal: AbortSignal;
}

/** Renders from the first sample that is not on the disk to the last, a chunk at a time. */
async function write(renderer: ChunkRenderer, writer: DatasetWriter, capacity: number, work: Work): Promise<void> {
  const { count, step, format, signal, out } = work;
  if (writer.finished > 0 && writer.finished < count)
    say(`kindling: ${out}: goes on after ${writer.finished.toLocaleString('en')} samples`);
  let said = performance.now();
  for (let first = writer.finished; first < count; ) {
    const next = `repeat the command: it goes on with what is in ${out}`;
    stopIfInterrupted(signal, 'export', `${first.toLocaleString('en')} of ${count.toLocaleString('en')} samples`, next);
    const batch = Math.min(capacity, count - first);
    format.write(writer, await renderer.render(step, first, batch), first);
    first += batch;
    writer.checkpoint(first);
    if (performance.now() - said > 1000 * SAY_SECONDS) {
      say(`kindling: ${first.toLocaleString('en')} of ${count.toLocaleString('en')} samples`);
      said = performance.now();
    }
  }
}

/** Writes samples 0 .. count − 1 of a step as files that other frameworks read; goes on where an earlier call was stopped. */
export async function exportDataset(options: ExportOptions): Promise<number> {
  const recipe = recipeOf(options);
  const [seed, step] = [seedOption(options.seed), stepOption(options.step)];
  const count = wholeOption('--count', options.count ?? 1000, 1, 2 ** 32 - 1);
  const out = pathOption('--out', options.out ?? `${recipe.family}-dataset`);
  const name = options.format ?? 'npy';
  const label = labelFormat(recipe);
  const format = formatOf(name, recipe, label, count);
  const signal = interruptSignal();
  const { device, name: adapter } = await openAnnounced(options.adapter);
  // What the bytes depend on: another adapter rounds pixels differently, and another version may render what another recipe was before.
  const generator = { version: versions().kindling, hash: await generatorHash(recipe as never) };
  const samples = { recipe, recipeHash: await recipeHash(recipe as never), seed, step, count };
  const identity = { ...samples, format: name, label, adapter, [GENERATOR]: generator };
  const capacity = chunkCapacity(recipe, Math.min(count, 512));
  const writer = new DatasetWriter(out, identity, format.headers, format.files);
  if (writer.finished > count) {
    writer.close();
    const expected = `at most ${count}, the number of samples`;
    throw new InputError({
      subject: out,
      got: `${writer.finished} finished samples`,
      expected,
      next: 'delete the folder, and export again',
    });
  }
  const before = writer.finished;
  const started = performance.now();
  try {
    const renderer = new ChunkRenderer(device, recipe, { seed, capacity, images: true });
    await write(renderer, writer, capacity, { recipe, seed, step, count, format, out, signal });
  } finally {
    writer.close();
    device.destroy();
  }
  const seconds = (performance.now() - started) / 1000;
  const bytes = Object.keys(format.headers).reduce((sum, file) => sum + statSync(join(out, file)).size, 0);
  if (options.json) {
    printJson({ ...identity, out, rendered: count - before, seconds, streams: Object.keys(format.headers), bytes });
    return 0;
  }
  print(
    `${count.toLocaleString('en')} samples of ${recipe.family} in ${out}: ${Object.keys(format.headers).join(', ')} (${formatBytes(bytes)})${format.files ? ` and ${count.toLocaleString('en')} pictures` : ''}`,
  );
  if (before > 0) print(`${before.toLocaleString('en')} of them were there already.`);
  return 0;
}
