import type { WorkRule } from '@kindling/core';
import { type P, rule, where } from './rule.js';

/** Sizes that the 3×3 kernels leave out of their `Params`. */
const conv = (p: P) => {
  const { n = 0, c = 0, h = 0, w = 0, k = 0, r = 3, s = 3, groups = 1 } = p;
  const { p: rows = h, q: columns = w } = p;
  const [x, filters, y] = [n * c * h * w, (k * c * r * s) / groups, n * k * rows * columns];
  return { x, filters, y, products: (y * c * r * s) / groups, k };
};

/** The pooled shape, and the words of its winners. */
const pooled = ({ n = 0, h = 0, w = 0, k = 0 }: P) => {
  const windows = (n * h * w) / 4;
  return { y: windows * k, tap: windows * Math.ceil(k / 8) };
};

/** Batches and terms of matmul's operand that are matrices of their own: axes with stride 0 broadcast. */
function matrices(p: P, operand: 'a' | 'b'): number {
  const { batches = 1, batch1 = 1, batch2 = 1, terms = 1, term1 = 1 } = p;
  const axes = [
    [batches / (batch1 * batch2), p[`${operand}_batch0`]],
    [batch1, p[`${operand}_batch1`]],
    [batch2, p[`${operand}_batch2`]],
    [terms / term1, p[`${operand}_term0`]],
    [term1, p[`${operand}_term1`]],
  ] as const;
  return axes.reduce((product, [size, stride]) => product * (stride === 0 ? 1 : size), 1);
}

/** Softmax, its logarithm's loss and the gradient, a logit: subtract, exp, add, divide, subtract the target; a row: log, add, subtract. */
export const crossEntropyFlops = (n: number, o: number): number => 5 * n * o + 3 * n;
/** Subtract, square, add; and the factor of the gradient. */
export const mseFlops = (n: number, o: number): number => 4 * n * o;

/**
 * Products count as if no element were zero: padding, and the three of four places that a pool left without gradient, are multiplied as
 * everybody else's are.
 */
export const matrixWork: Readonly<Record<string, WorkRule>> = {
  'conv_relu_pool/forward': rule({
    flops: (p) => 2 * conv(p).products + conv(p).y,
    reads: (p) => ({ x: conv(p).x, w: conv(p).filters, b: conv(p).k }),
    writes: pooled,
  }),
  'conv_relu_pool/grad_input': rule({
    flops: (p) => 2 * conv(p).products,
    reads: (p) => ({ dy: pooled(p).y, tap: pooled(p).tap, w: conv(p).filters }),
    writes: (p) => ({ dx: conv(p).x }),
  }),
  'conv_relu_pool/grad_weight': rule({
    flops: (p) => 2 * conv(p).products + conv(p).y,
    reads: (p) => ({ dy: pooled(p).y, tap: pooled(p).tap, x: conv(p).x }),
    writes: (p) => ({ dw: p.parts! * conv(p).filters, db: p.parts! * conv(p).k }),
  }),
  'conv2d/forward': rule({
    flops: (p) => 2 * conv(p).products + (p.has_bias ? conv(p).y : 0),
    reads: (p) => ({ x: conv(p).x, w: conv(p).filters, ...where(p.has_bias, { b: conv(p).k }) }),
    writes: (p) => ({ y: conv(p).y }),
    half: ['x', 'w', 'y'],
  }),
  'conv2d/grad_input': rule({
    flops: (p) => 2 * conv(p).products,
    reads: (p) => ({ dy: conv(p).y, w: conv(p).filters }),
    writes: (p) => ({ dx: conv(p).x }),
    half: ['dy', 'w', 'dx'],
  }),
  'conv2d/grad_weight': rule({
    flops: (p) => 2 * conv(p).products + conv(p).y,
    reads: (p) => ({ dy: conv(p).y, x: conv(p).x }),
    writes: (p) => ({ dw: p.parts! * conv(p).filters, db: p.parts! * conv(p).k }),
    half: ['dy', 'x'],
  }),
  'linear/forward': rule({
    flops: ({ n, i, o, has_bias }) => 2 * n! * i! * o! + (has_bias ? n! * o! : 0),
    reads: ({ n, i, o, has_bias }) => ({ x: n! * i!, w: o! * i!, ...where(has_bias, { b: o! }) }),
    writes: ({ n, o }) => ({ y: n! * o! }),
    half: ['x', 'w', 'y'],
  }),
  'linear/backward': rule({
    flops: ({ n, i, o, input_grad }) => (input_grad ? 4 : 2) * n! * i! * o! + n! * o!,
    reads: ({ n, i, o, relu, input_grad }) => ({
      ...{ x: n! * i!, dy: n! * o! },
      ...where(input_grad, { w: o! * i! }),
      ...where(relu, { y: n! * o! }),
    }),
    writes: ({ n, i, o, input_grad }) => ({ dw: o! * i!, db: o!, ...where(input_grad, { dx: n! * i! }) }),
    half: ['x', 'w', 'y', 'dy', 'dx'],
  }),
  'linear_loss/fused': rule({
    flops: ({ n, i, o, kind }) => 6 * n! * i! * o! + 2 * n! * o! + (kind === 1 ? mseFlops(n!, o!) : crossEntropyFlops(n!, o!)),
    reads: ({ n, i, o, kind }) => ({ x: n! * i!, w: o! * i!, b: o!, labels: kind === 1 ? n! * o! : n! }),
    // Four rows of the batch make a part, as in the shader.
    writes: ({ n, i, o }) => ({ rows: n!, dx: n! * i!, dw: Math.ceil(n! / 4) * o! * i!, db: Math.ceil(n! / 4) * o! }),
  }),
  'matmul/forward': rule({
    flops: ({ i, j, k, batches, terms }) => 2 * i! * j! * k! * (batches ?? 1) * (terms ?? 1),
    reads: (p) => ({ a: matrices(p, 'a') * p.i! * p.k!, b: matrices(p, 'b') * p.k! * p.j! }),
    writes: ({ i, j, batches }) => ({ y: (batches ?? 1) * i! * j! }),
    half: ['a', 'b', 'y'],
  }),
  'softmax_cross_entropy/forward': rule({
    flops: ({ n, o, has_weights }) => crossEntropyFlops(n!, o!) + (has_weights ? n! * (o! + 1) : 0),
    reads: ({ n, o, has_weights }) => ({ logits: n! * o!, labels: n!, ...where(has_weights, { weights: n! }) }),
    writes: ({ n, o }) => ({ rows: n!, dz: n! * o! }),
  }),
  'mse/forward': rule({
    flops: ({ n, o }) => mseFlops(n!, o!),
    reads: ({ n, o }) => ({ pred: n! * o!, labels: n! * o! }),
    writes: ({ n, o }) => ({ rows: n!, dp: n! * o! }),
  }),
};
