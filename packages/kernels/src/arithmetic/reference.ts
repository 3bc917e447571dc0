import { broadcastShapes, stridesOf } from '@kindling/core';
import type { Reference, ReferenceTensor } from '../reference.js';

/** Value of a tensor at coordinates of the shape that it broadcasts to. */
function at({ shape, data }: ReferenceTensor, coordinates: readonly number[]): number {
  const strides = stridesOf(shape);
  const own = coordinates.slice(coordinates.length - shape.length);
  return data[own.reduce((sum, c, axis) => sum + (shape[axis] === 1 ? 0 : c * strides[axis]!), 0)]!;
}

const each =
  (combine: (a: number, b: number) => number): Reference =>
  ({ inputs }) => {
    const shape = broadcastShapes('reference', inputs.a!.shape, inputs.b!.shape);
    const strides = stridesOf(shape);
    const size = shape.reduce((product, n) => product * n, 1);
    const y = Float64Array.from({ length: size }, (_, i) => {
      const coordinates = shape.map((n, axis) => Math.floor(i / strides[axis]!) % n);
      return combine(at(inputs.a!, coordinates), at(inputs.b!, coordinates));
    });
    return { y };
  };

export const addReference = each((a, b) => a + b);
export const subReference = each((a, b) => a - b);
export const mulReference = each((a, b) => a * b);
export const divReference = each((a, b) => a / b);
