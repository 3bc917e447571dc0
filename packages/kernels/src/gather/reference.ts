import { numel } from '@kindling/core';
import type { Reference } from '../reference.js';

const rowsOf =
  (table: string): Reference =>
  ({ inputs }) => {
    const { shape, data } = inputs[table]!;
    const inner = numel(shape.slice(1));
    const row = (at: number) =>
      at < shape[0]! ? [...data.subarray(at * inner, (at + 1) * inner)] : new Array<number>(inner).fill(Number.NaN);
    return { y: Float64Array.from([...inputs.index!.data].flatMap(row)) };
  };

export const gatherReference = rowsOf('x');
export const embeddingReference = rowsOf('weight');

export const oneHotReference: Reference = ({ inputs, attrs }) => ({
  y: Float64Array.from(
    [...inputs.index!.data].flatMap((at) => Array.from({ length: attrs.classes as number }, (_, c) => (c === at ? 1 : 0))),
  ),
});
