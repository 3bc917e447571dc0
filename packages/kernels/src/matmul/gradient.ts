import type { Shape } from '@kindling/core';
import type { GradientRule, Ref } from '../gradient.js';

/** Y = A·B: dA = dY·Bᵀ and dB = Aᵀ·dY, each transposed back where the operand was used transposed. */
/* @__NO_SIDE_EFFECTS__ */
function rule(op: 'matmul' | 'batched_matmul', more: (of: Shape, left: Shape, right: Shape) => { summed?: number }): GradientRule {
  return ({ inputs, grads, attrs, emit, needs }) => {
    const a = inputs.a!;
    const b = inputs.b!;
    const dy = grads.y!;
    const ta = attrs.transposeA === true;
    const tb = attrs.transposeB === true;
    const product = (of: Ref, left: Ref, right: Ref, transposeA: boolean, transposeB: boolean) =>
      emit(op, { a: left, b: right }, { transposeA, transposeB, ...more(of.shape, left.shape, right.shape) }).y!;
    return {
      a: needs('a') ? (ta ? product(a, b, dy, tb, true) : product(a, dy, b, false, !tb)) : null,
      b: needs('b') ? (tb ? product(b, dy, a, true, ta) : product(b, a, dy, !ta, false)) : null,
    };
  };
}

export const matmulGradient = rule('matmul', () => ({}));

/** The gradient of an operand sums over the batch axes along which it was broadcast. */
export const batchedMatmulGradient = rule('batched_matmul', (of, left, right) => ({
  summed: of.slice(0, -2).reduce((bits, size, axis) => bits | (size === 1 && Math.max(left[axis]!, right[axis]!) > 1 ? 1 << axis : 0), 0),
}));
