import { stridesOf } from '@kindling/core';
import type { Reference } from '../reference.js';
import { orderOf } from './descriptor.js';

export const permuteReference: Reference = ({ inputs, attrs }) => {
  const { shape, data } = inputs.x!;
  const order = orderOf(shape, attrs);
  const target = order.map((axis) => shape[axis]!);
  const [strides, own] = [stridesOf(target), stridesOf(shape)];
  const from = (i: number) => target.reduce((sum, size, axis) => sum + (Math.floor(i / strides[axis]!) % size) * own[order[axis]!]!, 0);
  return { y: data.map((_, i) => data[from(i)]!) };
};
