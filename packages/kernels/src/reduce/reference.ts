import { numel, type Shape, stridesOf } from '@kindling/core';
import { parseList } from '../axes.js';
import type { Attrs } from '../op.js';
import type { Reference } from '../reference.js';
import { reductionOf, reductionTo } from './descriptor.js';

/** The elements of x that go into each output, in row-major order. */
function groups(x: Shape, reduced: readonly boolean[]): number[][] {
  const strides = stridesOf(x);
  const found = new Map<string, number[]>();
  for (let i = 0; i < numel(x); i++) {
    const key = x.map((size, axis) => (reduced[axis] ? 0 : Math.floor(i / strides[axis]!) % size)).join();
    found.set(key, [...(found.get(key) ?? []), i]);
  }
  return [...found.values()];
}

const each =
  (reducedOf: (x: Shape, attrs: Attrs) => readonly boolean[], reduce: (values: number[]) => number): Reference =>
  ({ inputs, attrs }) => {
    const { shape, data } = inputs.x!;
    return { y: Float64Array.from(groups(shape, reducedOf(shape, attrs)), (group) => reduce(group.map((i) => data[i]!))) };
  };

const total = (values: number[]): number => values.reduce((sum, value) => sum + value, 0);
const listed = (x: Shape, attrs: Attrs) => reductionOf('reference', x, attrs).reduced;

export const sumReference = each(listed, total);
export const meanReference = each(listed, (values) => total(values) / values.length);
export const sumToReference = each((x, { shape }) => reductionTo('reference', x, parseList('reference', 'shape', shape)).reduced, total);

/** The largest of each group and its place in it, the first of equals. */
export const maxReference: Reference = (context) => ({
  ...each(listed, (values) => Math.max(...values))(context),
  index: each(listed, (values) => values.indexOf(Math.max(...values)))(context).y!,
});
