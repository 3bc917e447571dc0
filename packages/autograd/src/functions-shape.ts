import { InputError } from '@kindling/core';
import type { Tensor } from './graph.js';

/** Options of reductions. */
export interface ReduceOptions {
  /** Axes to reduce, negative ones counted from the right; all of them by default. */
  readonly axes?: readonly number[];
  /** Keeps the reduced axes with size 1; false by default. */
  readonly keepdim?: boolean;
}

const reduceAttrs = ({ axes, keepdim = false }: ReduceOptions) => ({ ...(axes ? { axes: axes.join() } : {}), keepdim });

/** Sum over some axes or all, as torch.sum. */
export const sum = (x: Tensor, options: ReduceOptions = {}): Tensor => x.graph.emit('sum', { x }, reduceAttrs(options)).y!;

/** Mean over some axes or all, as torch.mean. */
export const mean = (x: Tensor, options: ReduceOptions = {}): Tensor => x.graph.emit('mean', { x }, reduceAttrs(options)).y!;

/** Largest element over some axes or all: the first of equals wins and alone gets the gradient, as in torch.max(x, dim); a NaN wins. */
export const max = (x: Tensor, options: ReduceOptions = {}): Tensor => x.graph.emit('max', { x }, reduceAttrs(options)).y!;

/** Place (u32) of the largest element among the reduced ones, row-major. No gradient. */
export const argmax = (x: Tensor, options: ReduceOptions = {}): Tensor => x.graph.emit('argmax', { x }, reduceAttrs(options)).index!;

/** Tensors one after the other along an axis: equal sizes on all others. @throws InputError for an empty list. */
export function concat(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first, ...rest] = tensors;
  if (!first) throw new InputError({ subject: 'concat', got: 'no tensors', expected: 'at least one', next: 'pass a list of tensors' });
  return rest.reduce((a, b) => a.graph.emit('concat', { a, b }, { axis }).y!, first);
}

/** x with elements of `value` added: one count an axis `before` and `after` it, up to six axes. */
export const pad = (x: Tensor, before: readonly number[], after: readonly number[], value = 0): Tensor =>
  x.graph.emit('pad', { x }, { before: before.join(), after: after.join(), value }).y!;

/** The block of `sizes` that begins at `starts`, up to six axes. */
export const slice = (x: Tensor, starts: readonly number[], sizes: readonly number[]): Tensor =>
  x.graph.emit('slice', { x }, { starts: starts.join(), sizes: sizes.join() }).y!;

/** The same elements with axes in another order, up to six axes: axis i of the result is axis order[i] of x. */
export const permute = (x: Tensor, order: readonly number[]): Tensor => x.graph.emit('permute', { x }, { order: order.join() }).y!;

/** x with two axes exchanged, the last two by default. @throws InputError for an axis that x lacks. */
export function transpose(x: Tensor, first = -2, second = -1): Tensor {
  const order = [...x.shape.keys()];
  const [a, b] = [first, second].map((axis) => (axis < 0 ? axis + order.length : axis)) as [number, number];
  if (order[a] === undefined || order[b] === undefined) {
    throw new InputError({
      subject: 'transpose',
      got: `axes ${first} and ${second} of x [${x.shape.join(', ')}]`,
      expected: 'two axes of x',
      next: 'name axes that x has',
    });
  }
  [order[a], order[b]] = [order[b], order[a]];
  return permute(x, order);
}

/** Rows of x [R, …] by index u32 [N, …] → [N, …, …]. An index outside gives a row of NaN and no gradient. */
export const gather = (x: Tensor, index: Tensor): Tensor => x.graph.emit('gather', { x, index }).y!;

/** Rows of weight [V, D] by index u32 [N, …] → [N, …, D]. An index outside gives a row of NaN and no gradient. */
export const embedding = (index: Tensor, weight: Tensor): Tensor => weight.graph.emit('embedding', { weight, index }).y!;

/** index u32 [N, …] → f32 [N, …, classes]. No gradient. */
export const oneHot = (index: Tensor, classes: number): Tensor => index.graph.emit('one_hot', { index }, { classes }).y!;

/** The k largest (or smallest) along the last axis in order, and their places (u32); equal elements in the order of their places. */
export function topk(x: Tensor, k: number, { largest = true } = {}): { values: Tensor; index: Tensor } {
  const { y, index } = x.graph.emit('topk', { x }, { k, largest });
  return { values: y!, index: index! };
}

/** Places (u32) of the elements in sorted order along the last axis; stable, NaN as the largest. No gradient. */
export const argsort = (x: Tensor, { descending = false } = {}): Tensor => x.graph.emit('argsort', { x }, { descending }).index!;
