import { numel, type Shape, stridesOf } from '@kindling/core';
import type { Reference } from '../reference.js';
import { batchShape } from './batch.js';

/** y[…,i,j] = Σ_k A[…,i,k]·B[…,k,j], in f64; batch axes broadcast, those in `summed` are summed. */
const product: Reference = ({ inputs, attrs }) => {
  const { a, b } = inputs;
  const [rows, inner] = (attrs.transposeA ? [...a!.shape.slice(-2)].reverse() : a!.shape.slice(-2)) as [number, number];
  const columns = b!.shape.at(attrs.transposeB ? -2 : -1)!;
  const all = batchShape('matmul', a!.shape, b!.shape, 0);
  const kept = batchShape('matmul', a!.shape, b!.shape, (attrs.summed as number | undefined) ?? 0);
  const y = new Float64Array(numel(kept) * rows * columns);
  /** Which matrix of a batch of `sizes` belongs to these coordinates, size 1 broadcast. */
  const matrix = (sizes: Shape, at: number[]) =>
    stridesOf(sizes).reduce((sum, stride, axis) => sum + (sizes[axis] === 1 ? 0 : at[axis]! * stride), 0);
  for (let batch = 0; batch < numel(all); batch++) {
    const at = stridesOf(all).map((stride, axis) => Math.floor(batch / stride) % all[axis]!);
    const aFrom = matrix(a!.shape.slice(0, -2), at) * rows * inner;
    const bFrom = matrix(b!.shape.slice(0, -2), at) * inner * columns;
    const yFrom = matrix(kept, at) * rows * columns;
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++)
        for (let k = 0; k < inner; k++)
          y[yFrom + i * columns + j]! +=
            a!.data[aFrom + (attrs.transposeA ? k * rows + i : i * inner + k)]! *
            b!.data[bFrom + (attrs.transposeB ? j * inner + k : k * columns + j)]!;
  }
  return { y };
};

export const matmulReference = product;
export const batchedMatmulReference = product;
