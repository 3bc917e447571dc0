import type { GradientRule } from '../gradient.js';

/** Gradient of the mean of a vector: every element gets dy/size. */
export const meanGradient: GradientRule = ({ inputs, grads, emit }) => ({
  x: emit('mean_grad', { dy: grads.y! }, { size: inputs.x!.shape.reduce((a, b) => a * b, 1) }).dx!,
});
