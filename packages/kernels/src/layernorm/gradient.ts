import type { GradientRule, Ref } from '../gradient.js';

/** dx by rows, dweight and dbias by channels, each from the forward pass's mean and inverse deviation of the row. */
export const layernormGradient: GradientRule = ({ inputs, outputs, grads, needs, emit }) => {
  const [dy, stats] = [grads.y!, outputs.stats!];
  const found: Record<string, Ref> = {};
  if (needs('x')) found.x = emit('layernorm_grad_input', { dy, x: inputs.x!, weight: inputs.weight!, stats }).dx!;
  if (needs('weight') || needs('bias')) {
    const { dweight, dbias } = emit('layernorm_grad_weight', { dy, x: inputs.x!, stats });
    found.weight = dweight!;
    found.bias = dbias!;
  }
  return found;
};
