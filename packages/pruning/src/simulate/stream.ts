import { defineProgram, InputError, InterruptedError, type Program } from '@kindling/core';
import type { Device } from '@kindling/device';
import directions from '@kindling/shaders/pruning/directions';
import stream from '@kindling/shaders/pruning/stream';
import sums from '@kindling/shaders/pruning/sums';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import type { Keep } from '../theory/perfect.js';

/** A perceptron that learns online from a generated stream, pruned by the student as it is at each step. */
export interface PerceptronStream {
  /** N. */
  readonly dimension: number;
  /** C: examples made and scored a step, at most 1,024. */
  readonly candidates: number;
  /** B: those of them that the student may learn from. */
  readonly kept: number;
  /** `hard` keeps the lowest scores, `easy` the highest. */
  readonly keep: Keep;
  /** `field`: |w·x|, no label needed; `margin`: y·w·x, so that what is most wrong comes first. */
  readonly score: 'field' | 'margin';
  readonly steps: number;
  readonly seeds: number;
  readonly seed: number;
  /** Steps between two records of the error; `steps` is a multiple. */
  readonly every: number;
}

/** The error after `steps` steps, over all seeds. */
export interface StreamPoint {
  readonly steps: number;
  /** Mean share misclassified, arccos(R)/π, and its standard error (null for one seed). */
  readonly mean: number;
  readonly se: number | null;
  /** Mean share misclassified as the students themselves estimate it, and mistakes learned from since the last point. */
  readonly estimate: number;
  readonly mistakes: number;
}

/** Most candidates of a step: they lie in workgroup memory. */
export const MOST_CANDIDATES = 1024;
const KEEP = { hard: 0, easy: 1, random: 2 } as const;
/** How much of the newest share of mistakes enters a student's estimate of its error. */
const DECAY = 0.1;

const whole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

/** @throws InputError naming the field */
export function checkStream({ dimension, candidates, kept, keep, score, steps, seeds, seed, every }: PerceptronStream): void {
  const refuse = (subject: string, got: unknown, expected: string, next: string): void => {
    throw new InputError({ subject, got: String(got), expected, next });
  };
  const range = (subject: string, value: number, least: number, most: number): void => {
    if (!whole(value, least, most)) refuse(subject, value, `a whole number from ${least} to ${most}`, 'give a number in that range');
  };
  range('dimension', dimension, 2, 4096);
  range('candidates', candidates, 1, MOST_CANDIDATES);
  range('kept', kept, 1, candidates);
  range('steps', steps, 1, 1e6);
  range('seeds', seeds, 1, 65_535);
  range('seed', seed, 0, 2 ** 32 - 1);
  range('every', every, 1, steps);
  if (steps % every !== 0) refuse('steps', steps, `a multiple of ${every}, the steps between two records`, 'round it');
  if (!(keep in KEEP)) refuse('keep', JSON.stringify(keep), 'hard, easy, random', 'choose one of them');
  if (score !== 'field' && score !== 'margin') refuse('score', JSON.stringify(score), 'field, margin', 'choose one of them');
}

const RANDOM = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/distributions.wgsl', text: distributions },
  { path: 'pruning/sums.wgsl', text: sums },
];

/** The kernels of steps `first` .. `first + count − 1`; the teachers are those of the simulation with the same seed. */
export function streamPrograms(
  { dimension, candidates, kept, keep, score, steps, seeds, seed, every }: PerceptronStream,
  first: number,
  count: number,
  lanes: number,
): { teachers: Program; learn: Program } {
  const pairs = 2 * Math.ceil(dimension / 4);
  const random = { seed, first_model: 0, dimension, pairs };
  const shared = { libraries: RANDOM, constants: { workgroup_size: lanes }, workgroups: [1, 1, seeds] as const };
  return {
    teachers: defineProgram({
      name: 'pruning/directions',
      source: { path: 'pruning/directions.wgsl', text: directions },
      ...shared,
      params: { ...random, cosine: 1, sine: 0 },
    }),
    learn: defineProgram({
      name: 'pruning/stream',
      source: { path: 'pruning/stream.wgsl', text: stream },
      ...shared,
      params: {
        ...{ ...random, candidates, kept, keep: KEEP[keep], by_margin: score === 'margin' ? 1 : 0 },
        ...{ first_step: first, steps: count, every, records: steps / every, decay: DECAY },
      },
    }),
  };
}

export interface StreamOptions {
  readonly onProgress?: (steps: number) => void;
  readonly signal?: AbortSignal;
}

/** Candidates of all seeds in one dispatch, about: so that a Ctrl-C is heard. */
const CANDIDATES_A_DISPATCH = 200_000;

/**
 * Runs all steps; the device hands back nothing but the errors, once, at the end.
 * @throws InputError for a bad setting, InterruptedError after a signal
 */
export async function runStream(device: Device, setting: PerceptronStream, options: StreamOptions = {}): Promise<StreamPoint[]> {
  checkStream(setting);
  const { dimension, candidates, steps, seeds, every } = setting;
  const records = steps / every;
  const lanes = device.traits.software ? Math.max(4, device.traits.subgroupSize) : 64;
  const pairs = 2 * Math.ceil(dimension / 4);
  const buffers = {
    directions: device.buffer('stream directions', 16 * pairs * seeds),
    students: device.buffer('stream students', 8 * pairs * seeds),
    estimates: device.buffer('stream estimates', 4 * seeds),
    history: device.buffer('stream history', 16 * records * seeds),
  };
  try {
    const most = every * Math.max(1, Math.floor(CANDIDATES_A_DISPATCH / (candidates * seeds * every)));
    const { teachers, learn } = streamPrograms(setting, 0, Math.min(most, steps), lanes);
    await device.compile([teachers, learn]);
    device.run(teachers, buffers);
    for (let first = 0; first < steps; first += most) {
      if (options.signal?.aborted) {
        const got = `a signal after ${first} of ${steps} steps`;
        throw new InterruptedError({ subject: 'stream', got, expected: 'to finish', next: 'run the same command again' });
      }
      const count = Math.min(most, steps - first);
      device.run(streamPrograms(setting, first, count, lanes).learn, buffers);
      await device.wait();
      options.onProgress?.(first + count);
    }
    return summarise(setting, await device.readF32(buffers.history));
  } finally {
    for (const buffer of Object.values(buffers)) buffer.destroy();
  }
}

function summarise({ steps, seeds, every }: PerceptronStream, history: Float32Array): StreamPoint[] {
  const records = steps / every;
  return Array.from({ length: records }, (_, record) => {
    const rows = Array.from({ length: seeds }, (_, seed) =>
      history.subarray(4 * (seed * records + record), 4 * (seed * records + record) + 4),
    );
    const average = (value: (row: Float32Array) => number): number => rows.reduce((sum, row) => sum + value(row), 0) / seeds;
    const error = (row: Float32Array): number => Math.atan2(row[1]!, row[0]!) / Math.PI;
    const mean = average(error);
    const squares = rows.reduce((sum, row) => sum + (error(row) - mean) ** 2, 0);
    return {
      steps: (record + 1) * every,
      mean,
      se: seeds > 1 ? Math.sqrt(squares / (seeds - 1) / seeds) : null,
      estimate: average((row) => row[2]!),
      mistakes: average((row) => row[3]!),
    };
  });
}
