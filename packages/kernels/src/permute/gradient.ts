import { listAttr } from '../axes.js';
import type { GradientRule } from '../gradient.js';
import { orderOf } from './descriptor.js';

/** dy with its axes moved back. */
export const permuteGradient: GradientRule = ({ inputs, grads, attrs, emit }) => {
  const order = orderOf(inputs.x!.shape, attrs);
  const inverse = order.map((_, axis) => order.indexOf(axis));
  return { x: emit('permute', { x: grads.y! }, { order: listAttr(inverse) }).y! };
};
