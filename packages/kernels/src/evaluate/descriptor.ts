import { defineProgram, foldWorkgroups, type Program } from '@kindling/core';
import score from '@kindling/shaders/evaluate/score';

/**
 * Appends one batch to an evaluation: bindings logits [N,O], labels [N], rows [total,2] (loss, 1 or 0), state (step, counter).
 * Strides are elements from one model's block to the next, 0 when shared.
 */
export function scoreProgram(problem: {
  readonly n: number;
  readonly o: number;
  readonly total: number;
  readonly models: number;
  readonly logitsStride: number;
  readonly labelsStride: number;
}): Program {
  const { n, o, total, models } = problem;
  return defineProgram({
    name: 'evaluate/score',
    source: { path: 'evaluate/score.wgsl', text: score },
    params: { n, o, total, logits_model: problem.logitsStride, labels_model: problem.labelsStride, rows_model: total },
    workgroups: foldWorkgroups(Math.ceil(n / 64), models),
  });
}
