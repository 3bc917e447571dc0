import { numel } from '@kindling/core';
import type { Reference } from '../reference.js';

export const concatReference: Reference = ({ inputs, attrs }) => {
  const { a, b } = inputs;
  const axis = (attrs.axis as number) < 0 ? (attrs.axis as number) + a!.shape.length : (attrs.axis as number);
  const [left, right] = [numel(a!.shape.slice(axis)), numel(b!.shape.slice(axis))];
  const y: number[] = [];
  for (let row = 0; row < a!.data.length / left; row++)
    y.push(...a!.data.subarray(row * left, (row + 1) * left), ...b!.data.subarray(row * right, (row + 1) * right));
  return { y: Float64Array.from(y) };
};
