import { quantiseWeights } from '@kindling/core';
import {
  checkCounts,
  checkParameter,
  histogram,
  isFloat,
  Moments,
  type Parameter,
  type ParameterCheck,
  pixelsOf,
  type Recipe,
  recipeHash,
} from '@kindling/datagen';
import { openAnnounced } from '../session.js';
import { interruptSignal, printJson } from '../terminal.js';
import { ChunkRenderer, chunkCapacity } from './chunks.js';
import { stopIfInterrupted } from './interrupt.js';
import { recipeOf, seedOption, stepOption, wholeOption } from './recipe.js';
import { type ParameterStats, printReport } from './stats-report.js';

export interface StatsOptions {
  readonly family?: string;
  readonly recipe?: string;
  readonly seed?: number;
  readonly step?: number;
  readonly samples?: number;
  readonly adapter?: string;
  readonly json?: boolean;
}

/** Probability that a sound generator fails the whole command by chance. */
const FALSE_ALARM = 1e-6;

/** Where parameters are logged: the family's, or those of a mixture's parts, and last those of the posts. */
function logsOf({ generation: { rows, postRows } }: ChunkRenderer): readonly { readonly parameters: readonly Parameter[] }[] {
  // A post's parameter has no stream of its own; nothing here asks for it.
  return [
    ...rows,
    ...(postRows ? [postRows as { readonly parameters: readonly unknown[] } as { readonly parameters: readonly Parameter[] }] : []),
  ];
}

/** Collects what `stats` reports while chunks come by. */
class Collector {
  readonly pixels: Moments[] = [];
  readonly labels: Moments[] = [];
  readonly classes = new Map<number, number>();
  readonly values: number[][][];
  readonly parts: number[];

  constructor(private readonly renderer: ChunkRenderer) {
    this.values = logsOf(renderer).map(({ parameters }) => parameters.map(() => []));
    this.parts = renderer.generation.rows.map(() => 0);
  }

  add(chunk: Awaited<ReturnType<ChunkRenderer['render']>>, channels: number): void {
    const plane = chunk.x.length / chunk.batch / channels;
    for (let c = 0; c < channels; c++) this.pixels[c] ??= new Moments();
    for (let i = 0; i < chunk.x.length; i++) this.pixels[Math.floor(i / plane) % channels]!.add(chunk.x[i]!);
    const { label } = this.renderer.generation;
    for (let n = 0; n < chunk.batch; n++) {
      const labels = this.renderer.labels(chunk, n);
      if (label.dtype === 'u32') this.classes.set(labels[0]!, (this.classes.get(labels[0]!) ?? 0) + 1);
      else
        for (const [i, value] of labels.entries()) {
          this.labels[i] ??= new Moments();
          this.labels[i].add(value);
        }
    }
    logsOf(this.renderer).forEach(({ parameters }, part) => {
      const words = chunk.rows[part] ?? chunk.postRows;
      const floats = new Float32Array(words.buffer);
      for (let row = 0; row < words.length; row += parameters.length + 1) {
        if (words[row] === 0) continue;
        if (part < this.parts.length) this.parts[part]!++;
        parameters.forEach((parameter, p) => {
          this.values[part]![p]!.push(isFloat(parameter) ? floats[row + 1 + p]! : words[row + 1 + p]! | 0);
        });
      }
    });
  }

  parameters(): ParameterStats[] {
    const { rows } = this.renderer.generation;
    return logsOf(this.renderer).flatMap(({ parameters }, part) =>
      parameters.map((parameter, p) => {
        const values = this.values[part]![p]!;
        const moments = new Moments();
        for (const value of values) moments.add(value);
        return {
          name: rows.length > 1 && rows[part] ? `${part} ${rows[part].family}.${parameter.name}` : parameter.name,
          kind: parameter.kind,
          ...moments.summary(),
          ...checkParameter(parameter, values),
          histogram: histogramOf(parameter, values, moments),
        };
      }),
    );
  }
}

/** How the numbers of samples of a mixture's parts compare with their weights; undefined for a family by itself. */
function checkParts(recipe: Recipe, counts: readonly number[]): ParameterCheck | undefined {
  if (recipe.family !== 'mixture') return undefined;
  return checkCounts(counts, quantiseWeights(recipe.parts.map(({ weight }) => weight)));
}

/** Sixteen bins from least to most; whole numbers get at most one bin each. */
function histogramOf(parameter: Parameter, values: readonly number[], { min, max }: Moments): number[] {
  if (values.length === 0) return [];
  if (isFloat(parameter)) return histogram(values, min, max);
  return histogram(values, min - 0.5, max + 0.5, Math.min(16, max - min + 1));
}

/** Label balance, parameters against their specification and pixel moments, as the device drew them; exit code 1 if one is beyond chance. */
export async function stats(options: StatsOptions): Promise<number> {
  const recipe = recipeOf(options);
  const [seed, step] = [seedOption(options.seed), stepOption(options.step)];
  const samples = wholeOption('--samples', options.samples ?? 2048, 32, 2 ** 20);
  const signal = interruptSignal();
  const { device, name: adapter } = await openAnnounced(options.adapter);
  const capacity = chunkCapacity(recipe, Math.min(samples, 512));
  const renderer = new ChunkRenderer(device, recipe, { seed, capacity, images: true });
  const collector = new Collector(renderer);
  for (let first = 0; first < samples; first += capacity) {
    stopIfInterrupted(signal, 'stats', `${first} of ${samples} samples`, 'run it again, with fewer --samples if it takes too long');
    const batch = Math.min(capacity, samples - first);
    collector.add(await renderer.render(step, first, batch), recipe.image.channels);
  }
  device.destroy();
  const parameters = collector.parameters();
  const tested = parameters.filter(({ count }) => count > 0);
  const partsTest = checkParts(recipe, collector.parts);
  const threshold = FALSE_ALARM / Math.max(1, tested.length + (partsTest ? 1 : 0));
  const failed = tested.filter(({ p }) => !(p >= threshold)).map(({ name }) => name);
  if (partsTest && !(partsTest.p >= threshold)) failed.push('parts');
  const { label, rows } = renderer.generation;
  const pixels = collector.pixels.map((channel) => channel.summary());
  const counts = Array.from({ length: label.dtype === 'u32' ? label.outputs : 0 }, (_, c) => collector.classes.get(c) ?? 0);
  const foreign = [...collector.classes.keys()].filter((c) => c >= label.outputs);
  if (foreign.length > 0) failed.push(`label ${foreign[0]}`);
  const labels = label.dtype === 'u32' ? { counts } : { values: collector.labels.map((value) => value.summary()) };
  if (options.json) {
    const about = { recipe, recipeHash: await recipeHash(recipe as never), seed, step, samples, adapter };
    const parts = partsTest ? { parts: collector.parts, partsTest } : {};
    printJson({
      ...about,
      ...parts,
      labels: { ...label, ...labels },
      parameters,
      pixels,
      pixelsPerSample: pixelsOf(recipe.image),
      threshold,
      failed,
    });
    return failed.length === 0 ? 0 : 1;
  }
  printReport({
    title: `${recipe.family}: ${samples.toLocaleString('en')} samples of seed ${seed}, step ${step} on ${adapter}`,
    counts: label.dtype === 'u32' ? counts : undefined,
    labels: collector.labels.map((value) => value.summary()),
    pixels,
    parts: partsTest ? collector.parts.map((count, part) => `${rows[part]!.family} ${count}`) : [],
    partsTest,
    parameters: tested,
    threshold,
    failed,
  });
  return failed.length === 0 ? 0 : 1;
}
