import { InputError } from '@kindling/core';
import type { Tensor } from './graph.js';

/** Options of `conv2d`, as in torch.nn.functional.conv2d. */
export interface Conv2dOptions {
  readonly stride?: number;
  readonly padding?: number;
  readonly groups?: number;
}

/** 2-D convolution: x [N,C,H,W], w [K,C/groups,R,S], b [K] → [N,K,P,Q]. @throws InputError when shapes do not fit. */
export const conv2d = (x: Tensor, w: Tensor, b?: Tensor, { stride = 1, padding = 0, groups = 1 }: Conv2dOptions = {}): Tensor =>
  x.graph.emit('conv2d', { x, w, ...(b ? { b } : {}) }, { stride, padding, groups, relu: false }).y!;

/** Fully connected layer: x [N,in], w [out,in], b [out] → x·wᵀ + b [N,out]. */
export const linear = (x: Tensor, w: Tensor, b?: Tensor): Tensor =>
  x.graph.emit('linear', { x, w, ...(b ? { b } : {}) }, { relu: false }).y!;

/** max(x, 0), any shape. */
export const relu = (x: Tensor): Tensor => x.graph.emit('relu', { x }).y!;

/** Max over kernel×kernel windows: [N,C,H,W] → [N,C,P,Q]. `stride` defaults to `kernel`; padding is never the maximum. */
export const maxPool2d = (x: Tensor, kernel: number, stride = kernel, padding = 0): Tensor =>
  x.graph.emit('maxpool2d', { x }, { kernel, stride, padding }).y!;

/** Product of two matrices, each optionally transposed: [I,K]·[K,J] → [I,J]. */
export const matmul = (a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}): Tensor =>
  a.graph.emit('matmul', { a, b }, { transposeA, transposeB }).y!;

/**
 * Products of the matrices of two batches, each optionally transposed: […,I,K]·[…,K,J] → […,I,J]. Batch axes of size 1 broadcast, and an
 * operand with fewer axes gets leading ones.
 */
export const batchedMatmul = (a: Tensor, b: Tensor, { transposeA = false, transposeB = false } = {}): Tensor => {
  const rank = Math.max(a.shape.length, b.shape.length);
  const [left, right] = [a, b].map((x) =>
    x.shape.length === rank ? x : x.graph.reshape(x, [...new Array<number>(rank - x.shape.length).fill(1), ...x.shape]),
  );
  return a.graph.emit('batched_matmul', { a: left!, b: right! }, { transposeA, transposeB, summed: 0 }).y!;
};

/** a + b with NumPy broadcasting, up to six axes. */
export const add = (a: Tensor, b: Tensor): Tensor => a.graph.emit('add', { a, b }).y!;

/** Keeps the first axis and joins the others: [N, …] → [N, product]. */
export const flatten = (x: Tensor): Tensor => x.graph.reshape(x, [x.shape[0]!, x.shape.slice(1).reduce((a, b) => a * b, 1)]);

/** The same elements under another shape. */
export const reshape = (x: Tensor, shape: readonly number[]): Tensor => x.graph.reshape(x, shape);

/** Options of `crossEntropy`. */
export interface CrossEntropyOptions {
  /** Share of the uniform distribution in the target, as in torch.nn.functional.cross_entropy; default 0. */
  readonly labelSmoothing?: number;
  /** A weight a row [N]: each row's loss is multiplied by it, and the mean still divides by N. */
  readonly weights?: Tensor;
}

/** Mean over the batch of the softmax cross-entropy: logits [N,classes], labels u32 [N] → scalar. */
export function crossEntropy(logits: Tensor, labels: Tensor, { labelSmoothing = 0, weights }: CrossEntropyOptions = {}): Tensor {
  const inputs = { logits, labels, ...(weights ? { weights } : {}) };
  const { rows } = logits.graph.emit('softmax_cross_entropy', inputs, { label_smoothing: labelSmoothing });
  return logits.graph.emit('mean', { x: rows! }).y!;
}

/** Mean squared error over all elements: pred, labels f32 [N,outputs] → scalar. */
export const mseLoss = (pred: Tensor, labels: Tensor): Tensor =>
  pred.graph.emit('mean', { x: pred.graph.emit('mse', { pred, labels }).rows! }).y!;

/** @throws InputError unless the tensor is a scalar, which a loss must be. */
export function requireScalar(loss: Tensor): void {
  if (loss.shape.length === 0) return;
  throw new InputError({
    subject: 'loss',
    got: `a tensor of shape [${loss.shape.join(', ')}]`,
    expected: 'a scalar []',
    next: 'end the model in crossEntropy, mseLoss or another mean',
  });
}
