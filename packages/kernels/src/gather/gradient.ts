import type { GradientRule } from '../gradient.js';

/* @__NO_SIDE_EFFECTS__ */
function rule(table: string): GradientRule {
  return ({ inputs, grads, emit, needs }) => ({
    [table]: needs(table) ? emit('gather_grad', { dy: grads.y!, index: inputs.index! }, { rows: inputs[table]!.shape[0]! }).dx! : null,
    index: null,
  });
}

/** Each row gets the sum of the rows of dy that it went to; indices none. */
export const gatherGradient = rule('x');
export const embeddingGradient = rule('weight');
