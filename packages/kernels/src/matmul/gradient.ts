import type { GradientRule } from '../gradient.js';

/** Y = A·B: dA = dY·Bᵀ and dB = Aᵀ·dY, each transposed back where the operand was used transposed. */
export const matmulGradient: GradientRule = ({ inputs, grads, attrs, emit, needs }) => {
  const a = inputs.a!;
  const b = inputs.b!;
  const dy = grads.y!;
  const ta = attrs.transposeA === true;
  const tb = attrs.transposeB === true;
  const product = (left: typeof a, right: typeof a, transposeA: boolean, transposeB: boolean) =>
    emit('matmul', { a: left, b: right }, { transposeA, transposeB }).y!;
  return {
    a: needs('a') ? (ta ? product(b, dy, tb, true) : product(dy, b, false, !tb)) : null,
    b: needs('b') ? (tb ? product(dy, a, true, ta) : product(a, dy, !ta, false)) : null,
  };
};
