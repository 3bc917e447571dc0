import { defineProgram, foldWorkgroups, InputError, type Program } from '@kindling/core';
import text from '@kindling/shaders/selection/logit_score';

/** Scores that need an example's logits and label only. High means hard, and so worth keeping where data abounds. */
export type LogitMetric = 'el2n' | 'margin';

export const LOGIT_METRICS: readonly LogitMetric[] = ['el2n', 'margin'];

/** Sizes of one scoring. Strides are elements from one model's block to the next, 0 when shared. */
export interface LogitScoreProblem {
  readonly metric: LogitMetric;
  /** N, examples a model. */
  readonly n: number;
  /** K, classes. */
  readonly classes: number;
  readonly models: number;
  readonly logitsStride: number;
  readonly labelsStride: number;
}

/**
 * Scores a batch by its logits: bindings logits f32 [M,N,K], labels u32 [M,N], scores f32 [M,N]. `el2n`: ‖softmax(logits) − onehot‖₂, 0 to √2
 * (Paul et al. 2021); `margin`: max over c ≠ y of p_c, less p_y, −1 to 1. NaN for a label past K or a logit that is not finite.
 * @throws InputError for sizes that are not whole and positive, or fewer than two classes
 */
export function logitScoreProgram({ metric, n, classes, models, logitsStride, labelsStride }: LogitScoreProblem): Program {
  if (![n, models].every((size) => Number.isInteger(size) && size >= 1) || !Number.isInteger(classes) || classes < 2) {
    throw new InputError({
      subject: `prune ${metric}`,
      got: `n ${n}, classes ${classes}, models ${models}`,
      expected: 'whole positive sizes, and two classes or more',
      next: 'score a batch of a classifier',
    });
  }
  return defineProgram({
    name: `prune/${metric}`,
    source: { path: 'selection/logit_score.wgsl', text },
    params: { n, k: classes, metric: metric === 'margin' ? 1 : 0, logits_model: logitsStride, labels_model: labelsStride },
    workgroups: foldWorkgroups(Math.ceil(n / 64), models),
  });
}

/** The scores of one model's logits [N,K], in f64: what `logit_score.wgsl` is tested against. */
export function logitScores(metric: LogitMetric, logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number[] {
  return Array.from({ length: labels.length }, (_, n) => {
    const row = Array.from({ length: classes }, (_, c) => logits[n * classes + c]!);
    const label = labels[n]!;
    if (label >= classes || row.some((logit) => !Number.isFinite(logit))) return Number.NaN;
    const largest = Math.max(...row);
    const weights = row.map((logit) => Math.exp(logit - largest));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const p = weights.map((weight) => weight / total);
    if (metric === 'margin') return Math.max(...p.filter((_, c) => c !== label)) - p[label]!;
    return Math.hypot(...p.map((share, c) => share - (c === label ? 1 : 0)));
  });
}
