import type { GradientRule } from '../gradient.js';

/** dy goes back to the places that were chosen; the indices get none. */
export const topkGradient: GradientRule = ({ inputs, outputs, grads, emit }) => ({
  x: grads.y ? emit('topk_grad', { dy: grads.y, index: outputs.index! }, { n: inputs.x!.shape.at(-1)! }).dx! : null,
});
