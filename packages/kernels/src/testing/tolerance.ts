import type { DType } from '@kindling/core';
import type { OpName } from '../registry.js';

/**
 * A value passes within atol · max|reference| + rtol · |reference|, the maximum taken over the tensor: the error of a sum grows with
 * its terms, not with what is left after they cancel.
 */
export interface Tolerance {
  readonly atol: number;
  readonly rtol: number;
  /** Why it is looser than the default. */
  readonly reason?: string;
}

/** A few roundings of f32 (2⁻²⁴ ≈ 6e-8 each), and sums of up to a few hundred terms. */
const standard: Tolerance = { atol: 5e-7, rtol: 5e-7 };
/** Ops that only move values, and indices. */
export const exact: Tolerance = { atol: 0, rtol: 0 };

/** Tensors stored as f16, of ops that compute in f32; references take the inputs rounded to f16. */
const stored: Tolerance = {
  atol: standard.atol,
  rtol: 2 ** -11 + standard.rtol,
  reason: 'the f32 result is rounded once more, to the nearest f16: by at most 2⁻¹¹ of the value, or 2⁻²⁵ below 2⁻¹⁴, which atol covers',
};

/** Bilinear samples. */
const warped: Tolerance = {
  atol: 2e-6,
  rtol: 5e-7,
  reason: 'a place of up to W pixels is rounded to about W · 2⁻²⁴, and the step between neighbouring pixels multiplies that error',
};

/** Ops that differ from `standard`. */
const outputs: Partial<Record<OpName, Tolerance>> = {
  affine_warp: warped,
  argmax: exact,
  argsort: exact,
  concat: exact,
  embedding: exact,
  gather: exact,
  grid_warp: warped,
  max: exact,
  maxpool2d: exact,
  neg: exact,
  one_hot: exact,
  pad: exact,
  permute: exact,
  relu: exact,
  slice: exact,
  topk: exact,
};

/** For an op's outputs. */
export const toleranceOf = (op: OpName, dtype: DType = 'f32'): Tolerance => outputs[op] ?? (dtype === 'f16' ? stored : standard);

/** For the gradients that its rule computes: differences in f64 carry ~1e-9 of error, so even exact ops need a little. */
export const gradientToleranceOf = (op: OpName, dtype: DType = 'f32'): Tolerance =>
  outputs[op]?.reason ? outputs[op] : dtype === 'f16' ? stored : standard;

/** Weights, moments and history after a few steps of Adam. */
export const optimizerTolerance: Tolerance = standard;
