import type { ParameterSet } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type GreedyMetric, greedyPrograms, groupSumsProgram, kMeans, ownCosineProgram, RowBlocks, unitRows } from '@kindling/pruning';
import { embeddingOf, HalfOutputs } from './outputs.js';
import type { PruneContext } from './training.js';

/** Embeddings f32 [N, D] on the device. */
export interface Embeddings {
  readonly rows: GPUBuffer;
  readonly count: number;
  readonly width: number;
}

/** Means [C, D] of the rows of each group, in f64; zeros for a group without rows. */
async function groupMeans(device: Device, { rows, count, width }: Embeddings, labels: Uint32Array<ArrayBuffer>, classes: number) {
  const { program, parts } = groupSumsProgram({ n: count, width, groups: classes });
  const groups = device.upload('groups', labels);
  const sums = device.buffer('group sums', 4 * parts * classes * width);
  device.run(program, { rows, groups, sums });
  const read = await device.readF32(sums);
  sums.destroy();
  const sizes = new Uint32Array(classes);
  for (const label of labels) sizes[label]!++;
  const means = new Float64Array(classes * width);
  read.forEach((value, at) => {
    means[at % means.length]! += value;
  });
  return { means: means.map((sum, at) => sum / Math.max(1, sizes[Math.floor(at / width)]!)), groups };
}

/** Supervised prototypes: 1 − cosine of each row to the mean of its class's rows. @param labels [N] */
export async function prototypeScores(
  device: Device,
  embeddings: Embeddings,
  labels: Uint32Array<ArrayBuffer>,
  classes: number,
): Promise<Float64Array> {
  const { rows, count, width } = embeddings;
  const { means, groups } = await groupMeans(device, embeddings, labels, classes);
  const centres = device.upload('centres', unitRows(means, classes, width).values);
  const cosines = device.buffer('cosines', 4 * count);
  device.run(ownCosineProgram({ n: count, width }), { rows, centres, groups, cosines });
  const found = await device.readF32(cosines);
  for (const buffer of [groups, centres, cosines]) buffer.destroy();
  return Float64Array.from(found, (cosine) => 1 - cosine);
}

/** Most passes of k-means. */
const PASSES = 100;

/** Self-supervised prototypes: 1 − cosine of each row to the nearest centroid of a spherical k-means. */
export async function clusterScores(device: Device, { rows, count, width }: Embeddings, clusters: number, seed: number) {
  const unit = unitRows(await device.readF32(rows, 0, count * width), count, width);
  const blocks = new RowBlocks(device, unit);
  const { cosines, passes, settled } = await kMeans(device, unit, blocks, { clusters, seed, passes: PASSES });
  blocks.destroy();
  return { scores: Float64Array.from(cosines, (cosine) => 1 - cosine), passes, settled };
}

/** Greedy steps in one submit. */
const STEPS = 50;

/**
 * Takes `limit` rows one after another, by k-centre or herding; the first taken scores highest: limit, limit − 1, … 1. The others score below 1, in the order
 * in which the next step would have taken them.
 * @throws InputError for a limit that is not from 1 to N
 */
export async function greedyScores(device: Device, embeddings: Embeddings, metric: GreedyMetric, limit: number): Promise<Float64Array> {
  const { rows, count, width } = embeddings;
  if (!(Number.isInteger(limit) && limit >= 1 && limit <= count)) {
    const next = 'ask for as many as you want to keep';
    throw new InputError({ subject: '--limit', got: String(limit), expected: `a whole number from 1 to ${count}`, next });
  }
  const { means, groups: none } = await groupMeans(device, embeddings, new Uint32Array(count), 1);
  none.destroy();
  const { farthest, choose, groups } = greedyPrograms({ n: count, width, metric, limit });
  const mean = Float32Array.from(means);
  const buffers = {
    mean: device.upload('mean', mean),
    aim: device.upload('aim', mean),
    gaps: device.upload('gaps', new Float32Array(count).fill(3e38)),
    taken: device.buffer('taken', 4 * count),
    order: device.buffer('order', 4 * limit),
    state: device.buffer('greedy state', 16),
    best: device.buffer('best', 8 * groups),
  };
  const bound = [farthest, choose].map((program) => ({ program, group: device.bindGroup(program, { rows, ...buffers }) }));
  for (let at = 0; at < limit; at += STEPS) {
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = at; i < Math.min(limit, at + STEPS); i++) for (const { program, group } of bound) device.dispatch(pass, program, group);
      pass.end();
    });
    await device.wait();
  }
  // Once more, for what the next step would think of those that are left.
  device.run(farthest, { rows, ...buffers });
  const gaps = await device.readF32(buffers.gaps);
  const order = await device.readU32(buffers.order);
  for (const buffer of Object.values(buffers)) buffer.destroy();
  const scores = Float64Array.from(gaps, (gap) => (metric === 'herding' ? 1 / (1 + gap) : gap / (1 + gap)));
  order.forEach((row, rank) => {
    scores[row] = limit - rank;
  });
  return scores;
}

/** Embeddings of the training half by one model of a set. The caller destroys the outputs. */
export const embeddingOutputs = (context: PruneContext, parameters: ParameterSet): Promise<HalfOutputs> =>
  HalfOutputs.create(context, parameters, embeddingOf(context.model));
