import { defineProgram, foldWorkgroups, requireRank, requireShape, type Shape } from '@kindling/core';
import forwardNaive from '@kindling/shaders/matmul/forward.naive';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';
import { chooseVariant } from '../variant.js';

export interface MatmulAttrs extends Attrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

function sizesOf(a: Shape, b: Shape, { transposeA, transposeB }: MatmulAttrs): { i: number; j: number; k: number } {
  requireRank('matmul', 'a', a, 2, transposeA ? '[K, I]' : '[I, K]');
  requireRank('matmul', 'b', b, 2, transposeB ? '[J, K]' : '[K, J]');
  const [i, k] = transposeA ? [a[1]!, a[0]!] : [a[0]!, a[1]!];
  const j = transposeB ? b[0]! : b[1]!;
  requireShape('matmul', 'b', b, transposeB ? [j, k] : [k, j], `the inner size K = ${k} of a`);
  return { i, j, k };
}

/** matmul: y [I,J] = A·B with A = a [I,K] or aᵀ, B = b [K,J] or bᵀ; torch.matmul on two matrices. */
export const matmul = defineOp<MatmulAttrs>({
  name: 'matmul',
  inputs: ['a', 'b'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ a, b }, attrs) {
    const { i, j } = sizesOf(a!, b!, attrs);
    return { y: { shape: [i, j] } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    chooseVariant('matmul', context, [{ name: 'naive' }]);
    const g = sizesOf(tensors.a!.shape, tensors.b!.shape, attrs);
    const program = defineProgram({
      name: 'matmul/forward.naive',
      source: { path: 'matmul/forward.naive.wgsl', text: forwardNaive },
      params: {
        ...g,
        transpose_a: attrs.transposeA ? 1 : 0,
        transpose_b: attrs.transposeB ? 1 : 0,
        ...modelStrides(context, ['a', 'b', 'y']),
      },
      workgroups: foldWorkgroups(Math.ceil((g.i * g.j) / 64), context.models),
    });
    return [{ program }];
  },
});
