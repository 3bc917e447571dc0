import type { GradientRule } from '../gradient.js';

/** Each window's dy goes to the element that won it. */
export const maxpool2dGradient: GradientRule = ({ inputs, outputs, grads, attrs, emit }) => {
  const [, , h, width] = inputs.x!.shape;
  return { x: emit('maxpool2d_grad', { dy: grads.y!, tap: outputs.tap! }, { ...attrs, h: h!, width: width! }).dx! };
};
