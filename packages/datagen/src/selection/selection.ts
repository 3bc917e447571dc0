import { type BufferSpec, defineProgram, foldWorkgroups, InputError, type Pass, type Passes, type Traits } from '@kindling/core';
import pick from '@kindling/shaders/selection/pick';
import take from '@kindling/shaders/selection/take';
import { checkBuffers } from '../buffers.js';

/** Most candidates a model can have in one step: a bit each in workgroup memory. */
export const MAX_CANDIDATES = 16_384;

/** Which of a model's candidates it trains on. */
export interface SelectionOptions {
  /** n, candidates a model. */
  readonly candidates: number;
  /** B, how many of them are kept. */
  readonly keep: number;
  /** M, 1 by default. */
  readonly models?: number;
  /** `highest` scores are kept (hard examples, where a high score means hard), or `lowest`. */
  readonly order?: 'highest' | 'lowest';
  /** Class-balanced where given: each of this many classes gets its share of `keep` first. */
  readonly classes?: number;
  /** Words of 32 bits of one image, C·H·W, and of one label: 1, or the outputs of a value label. */
  readonly row: number;
  readonly label: number;
  readonly traits?: Traits;
}

/**
 * The passes that pick B of n candidates by scores that another kernel wrote, in order of their numbers, without readback. The caller binds
 * `scores` f32 [M,n], `candidates` f32 [M,n,C·H·W] and `candidateLabels` [M,n,label] (u32 classes where `classes` is given), and receives
 * `x` f32 [M,B,C·H·W] and `y` [M,B,label]; a buffer `chosen` u32 [M,B] of the caller's logs which were kept. NaN scores are kept last.
 * @throws InputError for sizes that are not whole and positive, more to keep than candidates, more than 16,384 of them, or more bytes of them
 * than the adapter binds as a whole
 */
export function planSelection(options: SelectionOptions): Passes {
  const { candidates, keep, models = 1, order = 'highest', classes = 0, row, label, traits } = options;
  const whole = [candidates, keep, models, row, label].every((size) => Number.isInteger(size) && size >= 1) && Number.isInteger(classes);
  if (!whole || classes < 0 || keep > candidates || candidates > MAX_CANDIDATES || (classes > 0 && label !== 1)) {
    throw new InputError({
      subject: 'selection',
      got: `candidates ${candidates}, keep ${keep}, models ${models}, classes ${classes}, row ${row}, label ${label}`,
      expected: `whole positive sizes, keep ≤ candidates ≤ ${MAX_CANDIDATES}, and class labels where classes are balanced`,
      next: 'keep fewer, or make fewer candidates a step',
    });
  }
  const batches = [
    { name: 'candidates', bytes: 4 * models * candidates * row },
    { name: 'candidateLabels', bytes: 4 * models * candidates * label },
  ];
  checkBuffers('selection', batches, traits);
  const workgroupSize = traits?.software ? 64 : 256;
  const copy = (name: string, x: string, y: string, words: number): Pass => ({
    program: defineProgram({
      name: `selection/take ${name}`,
      source: { path: 'selection/take.wgsl', text: take },
      constants: { workgroup_size: traits?.software ? 8 : 64 },
      params: { n: candidates, keep, row: words },
      workgroups: foldWorkgroups(keep, models),
    }),
    resources: { chosen: 'chosen', x, y },
  });
  const picking: Pass = {
    program: defineProgram({
      name: 'selection/pick',
      source: { path: 'selection/pick.wgsl', text: pick },
      constants: { workgroup_size: workgroupSize },
      params: { n: candidates, keep, classes, lowest: order === 'lowest' ? 1 : 0 },
      workgroups: [1, 1, models],
    }),
    resources: { scores: 'scores', labels: classes > 0 ? 'candidateLabels' : 'scores', chosen: 'chosen' },
  };
  const buffers: BufferSpec[] = [{ name: 'chosen', bytes: 4 * models * keep }];
  return { passes: [picking, copy('images', 'candidates', 'x', row), copy('labels', 'candidateLabels', 'y', label)], buffers };
}

/**
 * The candidates that one model keeps, on the CPU: the definition that `shaders/selection/pick.wgsl` is tested against.
 * @returns their numbers in rising order
 */
export function pickTwin(
  scores: ArrayLike<number>,
  keep: number,
  { order = 'highest', classes = 0, labels = [] }: { order?: 'highest' | 'lowest'; classes?: number; labels?: ArrayLike<number> } = {},
): number[] {
  const key = (i: number): number => {
    const score = Math.fround(scores[i]!);
    return Number.isNaN(score) ? Number.NEGATIVE_INFINITY : order === 'highest' ? score : -score;
  };
  // Infinite scores tie with NaN under this key alone.
  const valid = (i: number): number => (Number.isNaN(Math.fround(scores[i]!)) ? 0 : 1);
  const best = Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => valid(b) - valid(a) || compare(key(b), key(a)) || a - b);
  const kept = new Set<number>();
  for (let c = 0; c < classes; c++) {
    const quota = Math.floor(keep / classes) + (c < keep % classes ? 1 : 0);
    for (const i of best.filter((candidate) => labels[candidate] === c).slice(0, quota)) kept.add(i);
  }
  for (const i of best) if (kept.size < keep) kept.add(i);
  return [...kept].sort((a, b) => a - b);
}

/** Difference of two numbers for sorting, infinities included. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);
