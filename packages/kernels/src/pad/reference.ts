import { numel, type Shape, stridesOf } from '@kindling/core';
import { parseList } from '../axes.js';
import type { Reference } from '../reference.js';

/** y[c] = x[c − before], `value` outside. */
function windowOf({ shape, data }: { shape: Shape; data: Float64Array }, before: readonly number[], target: Shape, value: number) {
  const [strides, own] = [stridesOf(target), stridesOf(shape)];
  return Float64Array.from({ length: numel(target) }, (_, i) => {
    const c = target.map((size, axis) => (Math.floor(i / strides[axis]!) % size) - before[axis]!);
    return c.every((at, axis) => at >= 0 && at < shape[axis]!) ? data[c.reduce((sum, at, axis) => sum + at * own[axis]!, 0)]! : value;
  });
}

export const padReference: Reference = ({ inputs, attrs }) => {
  const before = parseList('pad', 'before', attrs.before);
  const after = parseList('pad', 'after', attrs.after);
  const target = inputs.x!.shape.map((size, axis) => size + before[axis]! + after[axis]!);
  return { y: windowOf(inputs.x!, before, target, attrs.value as number) };
};

export const sliceReference: Reference = ({ inputs, attrs }) => {
  const before = parseList('slice', 'starts', attrs.starts).map((start) => -start);
  return { y: windowOf(inputs.x!, before, parseList('slice', 'sizes', attrs.sizes), 0) };
};
