import { InputError } from '@kindling/core';
import type { Tensor } from './graph.js';

/**
 * x stored as `to`, any shape; x itself where it is so already. f16 halves the bytes of activations and weights that conv2d, linear, matmul
 * and relu read and write; they still add in f32, and take biases as f32. To f16 rounds by up to 2⁻¹¹ of the value, is ±∞ from 65520 on and
 * loses what is below 2⁻²⁵: a gradient on its way to an f16 tensor does so too, so that a loss may want `scale` by a constant.
 * @throws InputError for labels and indices, or on an adapter without the feature shader-f16
 */
export function cast(x: Tensor, to: 'f16' | 'f32'): Tensor {
  if (x.dtype === to) return x;
  if (x.dtype === 'f16' || x.dtype === 'f32') return x.graph.emit('cast', { x }, { to }).y!;
  throw new InputError({
    subject: 'cast',
    got: `${x.storage.name} stored as ${x.dtype}`,
    expected: 'a tensor stored as f32 or f16',
    next: 'use oneHot or an f32 input for whole numbers that a model computes with',
  });
}

/** a − b with NumPy broadcasting, up to six axes. */
export const sub = (a: Tensor, b: Tensor): Tensor => a.graph.emit('sub', { a, b }).y!;

/** a · b, element by element with NumPy broadcasting, up to six axes. */
export const mul = (a: Tensor, b: Tensor): Tensor => a.graph.emit('mul', { a, b }).y!;

/** a / b with NumPy broadcasting, up to six axes. */
export const div = (a: Tensor, b: Tensor): Tensor => a.graph.emit('div', { a, b }).y!;

/** factor·x + offset with two numbers, any shape. */
export const scale = (x: Tensor, factor: number, offset = 0): Tensor => x.graph.emit('scale', { x }, { factor, offset }).y!;

/** x·Φ(x), any shape; `approximate: 'tanh'` as in torch.nn.functional.gelu. */
export const gelu = (x: Tensor, { approximate = 'none' }: { readonly approximate?: 'none' | 'tanh' } = {}): Tensor =>
  x.graph.emit('gelu', { x }, { approximate }).y!;

/** Hyperbolic tangent, any shape. */
export const tanh = (x: Tensor): Tensor => x.graph.emit('tanh', { x }).y!;

/** 1/(1 + exp(−x)), any shape. */
export const sigmoid = (x: Tensor): Tensor => x.graph.emit('sigmoid', { x }).y!;

/** e to the x, any shape. */
export const exp = (x: Tensor): Tensor => x.graph.emit('exp', { x }).y!;

/** Natural logarithm, any shape: −∞ at 0, NaN below. */
export const log = (x: Tensor): Tensor => x.graph.emit('log', { x }).y!;

/** −x, any shape. */
export const neg = (x: Tensor): Tensor => x.graph.emit('neg', { x }).y!;

/** x², any shape. */
export const square = (x: Tensor): Tensor => x.graph.emit('square', { x }).y!;

/** √x, any shape: NaN below 0; its gradient is infinite at 0. */
export const sqrt = (x: Tensor): Tensor => x.graph.emit('sqrt', { x }).y!;

/** Softmax over the last axis: [..., n] → [..., n]. */
export const softmax = (x: Tensor): Tensor => x.graph.emit('softmax', { x }).y!;

/** Logarithm of the softmax over the last axis: [..., n] → [..., n]. */
export const logSoftmax = (x: Tensor): Tensor => x.graph.emit('log_softmax', { x }).y!;

/** Options of `dropout`. */
export interface DropoutOptions {
  /** Probability of a zero, 0 … 1. */
  readonly p: number;
  /** u32 [≥ 1], whose first element is the step. */
  readonly state: Tensor;
  /** u32 [1], the model's seed. */
  readonly seeds: Tensor;
  /** A number of its own for each dropout of a model, so that their masks differ; 0 by default. */
  readonly layer?: number;
}

/** x/(1 − p), or 0 with probability p, any shape. The mask depends on seed, step, layer and element alone. */
export const dropout = (x: Tensor, { p, state, seeds, layer = 0 }: DropoutOptions): Tensor =>
  x.graph.emit('dropout', { x, state, seeds }, { p, layer }).y!;
