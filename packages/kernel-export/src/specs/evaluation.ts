import { type Attrs, confusionProgram, type LowerContext, scoreProgram } from '@kindling/kernels';
import type { Random } from '../random.js';
import type { KernelSpec, Problem } from '../spec.js';
import { int, program, rank, same, tensor, whole, words } from './common.js';

const MODELS = 2;

/** Logits of a batch, with the first of the largest, and the loss of each row. */
function evaluated({ shapes }: Problem, models: number, random: Random) {
  const [n, o] = shapes.logits as [number, number];
  const logits = Float64Array.from({ length: models * n * o }, () => Math.fround(6 * random.unit() - 3));
  const labels = Float64Array.from({ length: models * n }, () => random.int(0, o - 1));
  const rows = Array.from(labels, (label, row) => {
    const own = [...logits.subarray(row * o, (row + 1) * o)];
    const largest = Math.max(...own);
    return {
      label,
      winner: own.indexOf(largest),
      loss: Math.log(own.reduce((sum, z) => sum + Math.exp(z - largest), 0)) - (own[label]! - largest),
    };
  });
  return { n, o, logits, labels, rows };
}
const evaluation = (tensors: LowerContext['tensors'], attrs: Attrs, models: number) => ({
  n: tensors.logits!.shape[0]!,
  o: tensors.logits!.shape[1]!,
  total: Number(attrs.total),
  models,
  logitsStride: tensors.logits!.modelStride,
  labelsStride: tensors.labels!.modelStride,
});
const batchInputs = {
  logits: tensor('[N, O]'),
  labels: tensor('[N]', { element: "'u32'", contents: { kind: 'integers' as const, below: 'logits.shape[1]' } }),
};
const batchDefinitions = { n: 'logits.shape[0]', o: 'logits.shape[1]' };
const total = int('rows of the whole evaluation; rows of a last batch past them do not count');
const batchRules = [
  rank('logits', 2, '[N, classes]'),
  same('labels', '[n]', 'one class a row'),
  ['attrs.total >= 1', 'total is 1 or more'],
] as const;
const drawEvaluation = (r: Random) => {
  const [n, o, rows] = [r.int(1, 70), r.int(2, 11), r.int(1, 90)];
  return { n, o, rows };
};

export const evaluationOps: readonly KernelSpec[] = [
  {
    name: 'score',
    kind: 'evaluation',
    summary:
      'Appends a batch to an evaluation: per row the softmax cross-entropy, and 1 where the largest logit is the label’s. Rows land at state[0]·N.',
    descriptor: program(({ tensors, attrs, models }) => [{ program: scoreProgram(evaluation(tensors, attrs, models)) }]),
    attributes: { total },
    inputs: {
      ...batchInputs,
      rows: tensor('[models, total, 2]', { ...whole, changed: true }),
      state: tensor('[2]: batches before this one, which the last workgroup raises; a counter, 0 between dispatches', {
        ...words,
        changed: true,
      }),
    },
    outputs: {},
    definitions: batchDefinitions,
    requires: [...batchRules, same('rows', '[models, attrs.total, 2]', 'loss and hit a row'), same('state', '[2]', 'step and counter')],
    variants: {
      naive: {
        passes: [{ shader: 'evaluate/score', params: { total: 'attrs.total', rows_model: 'attrs.total' }, count: 'ceil(n / 64)' }],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { n, o, rows } = drawEvaluation(r);
      return { shapes: { logits: [n, o], labels: [n], rows: [MODELS, rows, 2], state: [2] }, settings: { total: rows } };
    },
    bench: [{ shapes: { logits: [4096, 10], labels: [4096], rows: [1, 4096, 2], state: [2] }, settings: { total: 4096 } }],
    truth: {
      kind: 'own',
      make: (problem, models, random) => {
        const { n, logits, labels, rows } = evaluated(problem, models, random);
        const count = Number(problem.settings.total);
        const after = new Float64Array(models * count * 2);
        rows.forEach(({ label, winner, loss }, row) => {
          if (row % n < count) after.set([loss, Number(label === winner)], 2 * (Math.floor(row / n) * count + (row % n)));
        });
        return {
          inputs: { logits, labels, rows: new Float64Array(after.length), state: Float64Array.of(0, 0) },
          outputs: { rows: after, state: Float64Array.of(1, 0) },
        };
      },
    },
  },
  {
    name: 'confusion',
    kind: 'evaluation',
    summary: 'Counts a batch by true and predicted class; dispatched before the score of the same batch. counts starts at zeros.',
    descriptor: program(({ tensors, attrs, models }) => [{ program: confusionProgram(evaluation(tensors, attrs, models)) }]),
    attributes: { total },
    inputs: {
      ...batchInputs,
      counts: tensor('[models, O, O]: row true, column predicted', { ...words, changed: true }),
      state: tensor('[1 or more]: batches before this one', words),
    },
    outputs: {},
    definitions: batchDefinitions,
    requires: [...batchRules, same('counts', '[models, o, o]', 'a count a pair of classes'), rank('state', 1, '[1 or more]')],
    variants: { naive: { passes: [{ shader: 'evaluate/confusion', params: { total: 'attrs.total' }, count: 'ceil(n / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { n, o, rows } = drawEvaluation(r);
      return { shapes: { logits: [n, o], labels: [n], counts: [MODELS, o, o], state: [2] }, settings: { total: rows } };
    },
    bench: [{ shapes: { logits: [4096, 10], labels: [4096], counts: [1, 10, 10], state: [2] }, settings: { total: 4096 } }],
    truth: {
      kind: 'own',
      make: (problem, models, random) => {
        const { n, o, logits, labels, rows } = evaluated(problem, models, random);
        const counts = new Float64Array(models * o * o);
        rows.forEach(({ label, winner }, row) => {
          if (row % n < Number(problem.settings.total)) counts[(Math.floor(row / n) * o + label) * o + winner]!++;
        });
        return {
          inputs: { logits, labels, counts: new Float64Array(counts.length), state: Float64Array.of(0, 0) },
          outputs: { counts },
        };
      },
    },
  },
];
