import type { Tensor } from './graph.js';

/** Layer normalisation over the last axis: x [..., C], weight, bias [C] → [..., C]; torch.nn.functional.layer_norm. */
export const layerNorm = (x: Tensor, weight: Tensor, bias: Tensor, { eps = 1e-5 } = {}): Tensor =>
  x.graph.emit('layernorm', { x, weight, bias }, { eps }).y!;

/** Running statistics of `batchNorm`, each [C]. */
export interface RunningStatistics {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/**
 * Batch normalisation by the batch's own statistics: x [N,C,H,W] or [N,C], weight, bias [C] → y, and the running statistics moved by
 * `momentum`, which the caller keeps; torch.nn.functional.batch_norm(training=True). For evaluation see `batchNormInference`.
 */
export function batchNorm(
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
  running: RunningStatistics,
  { eps = 1e-5, momentum = 0.1 } = {},
): { readonly y: Tensor; readonly running: RunningStatistics } {
  const inputs = { x, weight, bias, running_mean: running.mean, running_var: running.variance };
  const { y, new_mean, new_var } = x.graph.emit('batchnorm', inputs, { eps, momentum });
  return { y: y!, running: { mean: new_mean!, variance: new_var! } };
}

/** Batch normalisation by running statistics; torch.nn.functional.batch_norm(training=False). */
export const batchNormInference = (x: Tensor, weight: Tensor, bias: Tensor, running: RunningStatistics, { eps = 1e-5 } = {}): Tensor =>
  x.graph.emit('batchnorm_inference', { x, weight, bias, running_mean: running.mean, running_var: running.variance }, { eps }).y!;
