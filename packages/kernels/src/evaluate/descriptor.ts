import { defineProgram, foldWorkgroups, type Program } from '@kindling/core';
import confusion from '@kindling/shaders/evaluate/confusion';
import score from '@kindling/shaders/evaluate/score';

/** One batch of an evaluation. Strides are elements from one model's block to the next, 0 when shared. */
export interface EvaluationProblem {
  readonly n: number;
  readonly o: number;
  /** Images of the whole evaluation: rows of a last batch past them do not count. */
  readonly total: number;
  readonly models: number;
  readonly logitsStride: number;
  readonly labelsStride: number;
}

/** Appends one batch to an evaluation: bindings logits [N,O], labels [N], rows [total,2] (loss, 1 or 0), state (step, counter). */
export function scoreProgram(problem: EvaluationProblem): Program {
  const { n, o, total, models } = problem;
  return defineProgram({
    name: 'evaluate/score',
    source: { path: 'evaluate/score.wgsl', text: score },
    params: { n, o, total, logits_model: problem.logitsStride, labels_model: problem.labelsStride, rows_model: total },
    workgroups: foldWorkgroups(Math.ceil(n / 64), models),
  });
}

/**
 * Counts one batch by true and predicted class: bindings logits [N,O], labels [N], counts u32 [M,O,O] (row true, column predicted; zeroed before the
 * first batch), state (step). To be dispatched before the batch's `scoreProgram`, which raises the step. Rows without a finite loss are in no cell.
 */
export function confusionProgram(problem: EvaluationProblem): Program {
  const { n, o, total, models } = problem;
  return defineProgram({
    name: 'evaluate/confusion',
    source: { path: 'evaluate/confusion.wgsl', text: confusion },
    params: { n, o, total, logits_model: problem.logitsStride, labels_model: problem.labelsStride },
    workgroups: foldWorkgroups(Math.ceil(n / 64), models),
  });
}
