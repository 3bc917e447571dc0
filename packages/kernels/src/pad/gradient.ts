import { listAttr, parseList } from '../axes.js';
import type { GradientRule } from '../gradient.js';

/** The part of dy that x went to. */
export const padGradient: GradientRule = ({ inputs, grads, attrs, emit }) => ({
  x: emit('slice', { x: grads.y! }, { starts: attrs.before!, sizes: listAttr(inputs.x!.shape) }).y!,
});

/** dy where x was taken from, 0 around it. */
export const sliceGradient: GradientRule = ({ inputs, outputs, grads, attrs, emit }) => {
  const starts = parseList('slice', 'starts', attrs.starts);
  const after = inputs.x!.shape.map((size, axis) => size - starts[axis]! - outputs.y!.shape[axis]!);
  return { x: emit('pad', { x: grads.y! }, { before: attrs.starts!, after: listAttr(after), value: 0 }).y! };
};
