import { InputError, permutation, sampleKey } from '@kindling/core';
import { influenceProgram } from '@kindling/pruning';
import { HalfOutputs, outputModels } from './outputs.js';
import { modelsAtOnce, type PruneContext, residentTrain, type SubsetPlan, trainSubsets } from './training.js';

export interface SubsetStudy extends SubsetPlan {
  /** One model each, on a random subset of its own. */
  readonly seeds: readonly number[];
  /** Share of the examples that a model trains on. */
  readonly share: number;
}

/** What subset models tell about each training example. */
export interface SubsetScores {
  /** P[right on it | it was trained on] − P[right | it was not] [N]. */
  readonly memorization: Float64Array;
  /** Largest influence on a test example, and the sum of absolute ones [N]. */
  readonly influence: Float64Array;
  readonly influenceSum: Float64Array;
}

/** Bits by example: bit m of row i is model m's. */
class ModelBits {
  readonly words: number;
  readonly data: Uint32Array<ArrayBuffer>;

  constructor(rows: number, models: number) {
    this.words = Math.ceil(models / 32);
    this.data = new Uint32Array(rows * this.words);
  }

  mark(row: number, model: number): void {
    this.data[row * this.words + (model >>> 5)]! |= 1 << (model & 31);
  }

  has(row: number, model: number): boolean {
    return ((this.data[row * this.words + (model >>> 5)]! >>> (model & 31)) & 1) === 1;
  }
}

/** The items that a model of a seed trains on: ⌊share · N⌋ of them, at least one and not all, drawn without replacement. */
export function subsetOf(count: number, share: number, seed: number): Uint32Array<ArrayBuffer> {
  const size = Math.min(count - 1, Math.max(1, Math.floor(share * count)));
  return permutation(count, sampleKey(seed, 'selection', 3)).slice(0, size) as Uint32Array<ArrayBuffer>;
}

/** Marks which examples of a half each model has right. */
async function markRight(
  context: PruneContext,
  outputs: HalfOutputs,
  labels: Uint8Array,
  models: number,
  first: number,
  bits: ModelBits,
): Promise<void> {
  await outputs.run();
  const logits = await context.device.readF32(outputs.rows);
  const { width, count } = outputs;
  for (let m = 0; m < models; m++) {
    for (let n = 0; n < count; n++) {
      const at = (m * count + n) * width;
      let best = 0;
      for (let c = 1; c < width; c++) if (logits[at + c]! > logits[at + best]!) best = c;
      if (best === labels[n] && Number.isFinite(logits[at + best]!)) bits.mark(n, first + m);
    }
  }
}

/**
 * Trains many models on random subsets of the resident training half, along the models axis, and compares how often an example is classified right by those
 * that saw it and those that did not (Feldman & Zhang 2020).
 * @param labels of the training half and the test half
 * @throws InputError for fewer than two models, or an example that all of them saw, or none; what `trainSubsets` throws
 */
export async function subsetScores(
  context: PruneContext,
  study: SubsetStudy,
  labels: { train: Uint8Array; test: Uint8Array },
): Promise<SubsetScores> {
  const { device, data, model, onStep } = context;
  const { seeds, share } = study;
  const { count } = residentTrain(context);
  const tests = data.test.count;
  const lists = seeds.map((seed) => subsetOf(count, share, seed));
  const inside = new ModelBits(count, seeds.length);
  lists.forEach((list, m) => {
    for (const item of list) inside.mark(item, m);
  });
  const sizes = Array.from({ length: count }, (_, n) => lists.reduce((sum, _list, m) => sum + (inside.has(n, m) ? 1 : 0), 0));
  const odd = sizes.findIndex((size) => size === 0 || size === seeds.length);
  if (odd >= 0) {
    throw new InputError({
      subject: '--seeds',
      got: `${seeds.length} models with a share of ${share}: example ${odd} is in ${sizes[odd]} of their subsets`,
      expected: 'each example in some subsets and not in others',
      next: 'train more models, 200 or more, or choose a share nearer to a half',
    });
  }
  const right = { train: new ModelBits(count, seeds.length), test: new ModelBits(tests, seeds.length) };
  const most = outputModels(context, data.facts.classes, modelsAtOnce(context, study.batch, Math.min(64, seeds.length)));
  for (let first = 0; first < seeds.length; first += most) {
    const own = seeds.slice(first, first + most);
    const report = onStep && ((done: number, total: number) => onStep(first * total + done * own.length, seeds.length * total));
    const trials = own.map((seed, list) => ({ seed, list }));
    const parameters = await trainSubsets({ ...context, onStep: report }, study, lists.slice(first, first + most), trials);
    for (const half of ['train', 'test'] as const) {
      const outputs = await HalfOutputs.create(context, parameters, model.forward, half);
      await markRight(context, outputs, labels[half], own.length, first, right[half]);
      outputs.destroy();
    }
    parameters.destroy();
  }
  const memorization = Float64Array.from(sizes, (size, n) => {
    let [seen, unseen] = [0, 0];
    for (let m = 0; m < seeds.length; m++) {
      if (!right.train.has(n, m)) continue;
      if (inside.has(n, m)) seen++;
      else unseen++;
    }
    return seen / size - unseen / (seeds.length - size);
  });
  const buffers = {
    inside: device.upload('inside', inside.data),
    right: device.upload('right', right.test.data),
    results: device.buffer('influence', 8 * count),
  };
  device.run(influenceProgram({ n: count, evaluated: tests, models: seeds.length }), buffers);
  const results = await device.readF32(buffers.results);
  for (const buffer of Object.values(buffers)) buffer.destroy();
  return {
    memorization,
    influence: Float64Array.from({ length: count }, (_, n) => results[2 * n]!),
    influenceSum: Float64Array.from({ length: count }, (_, n) => results[2 * n + 1]!),
  };
}
