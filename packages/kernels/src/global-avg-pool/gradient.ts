import type { GradientRule } from '../gradient.js';

/** Every element of a plane gets dy/(H·W). */
export const globalAvgPoolGradient: GradientRule = ({ inputs, grads, emit }) => {
  const [, , h, width] = inputs.x!.shape;
  return { x: emit('global_avg_pool_grad', { dy: grads.y! }, { h: h!, width: width! }).dx! };
};
