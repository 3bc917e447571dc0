import { listAttr, requireAxis } from '../axes.js';
import type { GradientRule } from '../gradient.js';

/** Each part gets its slice of dy. */
export const concatGradient: GradientRule = ({ inputs, grads, attrs, emit, needs }) => {
  const a = inputs.a!.shape;
  const axis = requireAxis('concat', attrs.axis as number, 'a', a);
  const part = (shape: typeof a, start: number) => {
    const starts = shape.map((_, own) => (own === axis ? start : 0));
    return emit('slice', { x: grads.y! }, { starts: listAttr(starts), sizes: listAttr(shape) }).y!;
  };
  return { a: needs('a') ? part(a, 0) : null, b: needs('b') ? part(inputs.b!.shape, a[axis]!) : null };
};
