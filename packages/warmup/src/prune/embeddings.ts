import type { ParameterSet } from '@kindling/autograd';
import { drawBelow, InputError, sampleKey } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type GroupProblem, groupSumsProgram, nearestProgram } from '@kindling/pruning';
import { embeddingOf, HalfOutputs } from './outputs.js';
import type { PruneContext } from './training.js';

/** Rows [N, D] on the device, with what group each is in and how near it is to that group's centre. */
interface Grouped {
  readonly device: Device;
  readonly rows: GPUBuffer;
  readonly problem: GroupProblem;
  readonly groups: GPUBuffer;
  readonly cosines: GPUBuffer;
}

function grouped(device: Device, rows: GPUBuffer, problem: GroupProblem): Grouped & { destroy(): void } {
  const groups = device.buffer('groups', 4 * problem.n);
  const cosines = device.buffer('cosines', 4 * problem.n);
  return {
    device,
    rows,
    problem,
    groups,
    cosines,
    destroy() {
      groups.destroy();
      cosines.destroy();
    },
  };
}

/** Each group's mean direction [C, D], of length 1; zeros for a group without rows, or whose rows cancel. */
async function directions({ device, rows, problem, groups }: Grouped): Promise<Float32Array<ArrayBuffer>> {
  const { program, parts } = groupSumsProgram(problem);
  const { width, groups: count } = problem;
  const sums = device.buffer('group sums', 4 * parts * count * width);
  device.run(program, { rows, groups, sums });
  const read = await device.readF32(sums);
  sums.destroy();
  const total = new Float64Array(count * width);
  read.forEach((value, at) => {
    total[at % total.length]! += value;
  });
  const centres = new Float32Array(total.length);
  for (let c = 0; c < count; c++) {
    const own = total.subarray(c * width, (c + 1) * width);
    const length = Math.hypot(...own);
    if (length > 0) for (let d = 0; d < width; d++) centres[c * width + d] = own[d]! / length;
  }
  return centres;
}

/** Groups every row by its nearest centre, or with `given` keeps the groups; leaves the cosines. */
function assign({ device, rows, problem, groups, cosines }: Grouped, centres: Float32Array<ArrayBuffer>, given: boolean): GPUBuffer {
  const uploaded = device.upload('centres', centres);
  device.run(nearestProgram({ ...problem, given }), { rows, centres: uploaded, groups, cosines });
  return uploaded;
}

/**
 * Supervised prototypes: 1 − cosine of each row to the mean of its class's rows.
 * @param rows f32 [N, D]; @param labels [N]
 */
export async function prototypeScores(
  device: Device,
  rows: GPUBuffer,
  labels: Uint32Array,
  classes: number,
  width: number,
): Promise<Float64Array> {
  const own = grouped(device, rows, { n: labels.length, width, groups: classes });
  device.write(own.groups, labels as Uint32Array<ArrayBuffer>);
  assign(own, await directions(own), true).destroy();
  const cosines = await device.readF32(own.cosines);
  own.destroy();
  return Float64Array.from(cosines, (cosine) => 1 - cosine);
}

/** Most passes of k-means: it has settled long before, or moves a row to and fro. */
const PASSES = 100;

export interface Clusters {
  /** 1 − cosine to the nearest centroid [N]. */
  readonly scores: Float64Array;
  /** The centroid of each row [N]. */
  readonly clusters: Uint32Array<ArrayBuffer>;
  readonly passes: number;
  readonly settled: boolean;
}

/**
 * Spherical k-means: centroids of length 1, each row to the one of the greatest cosine; begins with k rows drawn without replacement, and ends when no row
 * changes its centroid. A centroid that loses all its rows begins anew at the row that is farthest from its own.
 * @throws InputError for more centroids than rows
 */
export async function sphericalKMeans(
  device: Device,
  rows: GPUBuffer,
  n: number,
  width: number,
  k: number,
  seed: number,
): Promise<Clusters> {
  if (!(Number.isInteger(k) && k >= 1 && k <= n)) {
    throw new InputError({ subject: '--clusters', got: String(k), expected: `a whole number from 1 to ${n}`, next: 'ask for fewer' });
  }
  const all = await device.readF32(rows, 0, n * width);
  const key = sampleKey(seed, 'selection', 1);
  const chosen = new Set<number>();
  for (let draw = 0; chosen.size < k; draw++) chosen.add(drawBelow(key, draw, 0, n));
  const own = grouped(device, rows, { n, width, groups: k });
  const unit = (row: number): Float32Array => {
    const values = all.subarray(row * width, (row + 1) * width);
    const length = Math.hypot(...values);
    return length > 0 ? values.map((value) => value / length) : new Float32Array(width);
  };
  let centres = new Float32Array(k * width);
  [...chosen].forEach((row, c) => {
    centres.set(unit(row), c * width);
  });
  let before: Uint32Array | undefined;
  let passes = 0;
  let settled = false;
  let cosines = new Float32Array(n);
  while (passes < PASSES && !settled) {
    assign(own, centres, false).destroy();
    passes++;
    const now = await device.readU32(own.groups);
    cosines = await device.readF32(own.cosines);
    settled = before?.every((cluster, at) => cluster === now[at]) ?? false;
    before = now;
    if (settled) break;
    centres = await directions(own);
    const sizes = new Uint32Array(k);
    for (const cluster of now) sizes[cluster]!++;
    const far = [...sizes.keys()].filter((c) => sizes[c] === 0);
    if (far.length > 0) {
      const order = [...cosines.keys()].sort((a, b) => cosines[a]! - cosines[b]! || a - b);
      far.forEach((c, at) => {
        centres.set(unit(order[at]!), c * width);
      });
    }
  }
  own.destroy();
  return {
    scores: Float64Array.from(cosines, (cosine) => 1 - cosine),
    clusters: Uint32Array.from(before!),
    passes,
    settled,
  };
}

/** Embeddings of the training half by one model of a set, on the device: f32 [N, D]. The caller destroys the outputs. */
export async function embeddings(context: PruneContext, parameters: ParameterSet): Promise<HalfOutputs> {
  const outputs = await HalfOutputs.create(context, parameters, embeddingOf(context.model));
  await outputs.run();
  return outputs;
}
