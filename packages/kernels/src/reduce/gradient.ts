import type { Shape } from '@kindling/core';
import { listAttr, parseList } from '../axes.js';
import type { GradientRule } from '../gradient.js';
import { reductionOf, reductionTo } from './descriptor.js';

const attrsOf = (x: Shape, reduced: readonly boolean[]) => ({
  shape: listAttr(x),
  reduced: listAttr(x.map((_, axis) => axis).filter((axis) => reduced[axis])),
});

/** dx = dy, spread. */
export const sumGradient: GradientRule = ({ inputs, grads, attrs, emit }) => {
  const x = inputs.x!.shape;
  return { x: emit('sum_grad', { dy: grads.y! }, { ...attrsOf(x, reductionOf('sum', x, attrs).reduced), divisor: 1 }).dx! };
};

/** dx = dy / number of elements, spread. */
export const meanGradient: GradientRule = ({ inputs, grads, attrs, emit }) => {
  const x = inputs.x!.shape;
  const { reduced, length } = reductionOf('mean', x, attrs);
  return { x: emit('sum_grad', { dy: grads.y! }, { ...attrsOf(x, reduced), divisor: length }).dx! };
};

/** dx = dy, spread. */
export const sumToGradient: GradientRule = ({ inputs, grads, attrs, emit }) => {
  const x = inputs.x!.shape;
  const { reduced } = reductionTo('sum_to', x, parseList('sum_to', 'shape', attrs.shape));
  return { x: emit('sum_grad', { dy: grads.y! }, { ...attrsOf(x, reduced), divisor: 1 }).dx! };
};

/** dx = dy at the first maximum, 0 elsewhere; the index gets none. */
export const maxGradient: GradientRule = ({ inputs, outputs, grads, attrs, emit }) => {
  if (!grads.y) return { x: null };
  const x = inputs.x!.shape;
  return { x: emit('max_grad', { dy: grads.y, index: outputs.index! }, attrsOf(x, reductionOf('max', x, attrs).reduced)).dx! };
};
