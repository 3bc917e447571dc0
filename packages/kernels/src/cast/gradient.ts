import type { GradientRule } from '../gradient.js';

/** dy stored as x is: nothing to do where it comes so, as the gradients of weights do. */
export const castGradient: GradientRule = ({ inputs, grads, emit }) => {
  const { dtype } = inputs.x!;
  return { x: grads.y!.dtype === dtype ? grads.y! : emit('cast', { x: grads.y! }, { to: dtype }).y! };
};
