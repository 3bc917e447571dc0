import type { WorkFacts, WorkRule } from '@kindling/core';
import { rule } from './rule.js';

/** Parameters in whole blocks of 64: the padding of a tensor's last block is read and written as well. */
const parameters = ({ p }: WorkFacts): number => 64 * p.blocks!;
/** Words that say where a block's gradient lies. */
const TABLE = 5;
/** Elements of the gradient arena a model, parts included. */
const gradients = (facts: WorkFacts): number => Math.max(parameters(facts), facts.bound('grads') / 4 / facts.models);

/** Clipping leaves the sum of the parts in the first of them. */
const read = (facts: WorkFacts): number => (facts.p.clip ? parameters(facts) : gradients(facts));
const joining = (facts: WorkFacts): number => read(facts) - parameters(facts);

/** @param operations a parameter; @param copies of the parameters that are read and written: weights and moments */
const update = (operations: (facts: WorkFacts) => number, copies: number): WorkRule =>
  rule({
    flops: (p, facts) => parameters(facts) * (operations(facts) + (p.decay ? 2 : 0) + (p.clip ? 1 : 0)) + joining(facts) + p.rows!,
    reads: (p, facts) => ({
      blocks: (TABLE * p.blocks!) / facts.models,
      grads: read(facts),
      loss: p.rows!,
      arena: copies * parameters(facts),
    }),
    writes: (_, facts) => ({ arena: copies * parameters(facts), history: 4 }),
  });

export const optimizerWork: Readonly<Record<string, WorkRule>> = {
  // m 3, v 4, bias corrections 2, square root, ε, division, lr, subtraction.
  'optimizer/adam': update(() => 14, 3),
  // Velocity 2, weight 2; Nesterov's look ahead 2.
  'optimizer/sgd': update(({ p }) => (p.nesterov ? 6 : 4), 2),
  'optimizer/grad_norm': rule({
    flops: (_, facts) => 2 * parameters(facts) + (gradients(facts) - parameters(facts)),
    reads: (p, facts) => ({ blocks: (TABLE * p.blocks!) / facts.models, grads: gradients(facts) }),
    writes: (_, facts) => ({ grads: parameters(facts) }),
  }),
  // A logit: subtract, exp, add; a row: log, subtract.
  'evaluate/score': rule({
    flops: ({ n, o }) => 3 * n! * o! + 2 * n!,
    reads: ({ n, o }) => ({ logits: n! * o!, labels: n! }),
    writes: ({ n }) => ({ rows: 2 * n! }),
  }),
  'evaluate/confusion': rule({
    flops: () => 0,
    reads: ({ n, o }) => ({ logits: n! * o!, labels: n! }),
    writes: ({ o }) => ({ counts: o! * o! }),
  }),
};
