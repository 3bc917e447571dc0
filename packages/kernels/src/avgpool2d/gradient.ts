import type { GradientRule } from '../gradient.js';

/** Each window's dy is shared out evenly over the window. */
export const avgpool2dGradient: GradientRule = ({ inputs, grads, attrs, emit }) => {
  const [, , h, width] = inputs.x!.shape;
  return { x: emit('avgpool2d_grad', { dy: grads.y! }, { ...attrs, h: h!, width: width! }).dx! };
};
