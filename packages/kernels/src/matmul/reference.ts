import type { Reference } from '../reference.js';

/** y[i,j] = Σ_k A[i,k]·B[k,j], in f64. */
export const matmulReference: Reference = ({ inputs, attrs }) => {
  const { a, b } = inputs;
  const [rows, inner] = attrs.transposeA ? [a!.shape[1]!, a!.shape[0]!] : [a!.shape[0]!, a!.shape[1]!];
  const columns = attrs.transposeB ? b!.shape[0]! : b!.shape[1]!;
  const y = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++)
      for (let k = 0; k < inner; k++)
        y[i * columns + j]! +=
          a!.data[attrs.transposeA ? k * rows + i : i * inner + k]! * b!.data[attrs.transposeB ? j * inner + k : k * columns + j]!;
  return { y };
};
