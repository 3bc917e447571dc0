import type { Reference, ReferenceTensor } from '../reference.js';
import type { BatchnormAttrs } from './descriptor.js';

/** Channel of every element of x [N,C,…]. */
function channelOf(x: ReferenceTensor): (i: number) => number {
  const inner = x.shape.slice(2).reduce((a, b) => a * b, 1);
  return (i) => Math.floor(i / inner) % x.shape[1]!;
}

function normalise(
  inputs: Readonly<Record<string, ReferenceTensor>>,
  mean: Float64Array,
  variance: Float64Array,
  eps: number,
): { y: Float64Array; stats: Float64Array } {
  const channel = channelOf(inputs.x!);
  const y = inputs.x!.data.map((value, i) => {
    const c = channel(i);
    return ((value - mean[c]!) / Math.sqrt(variance[c]! + eps)) * inputs.weight!.data[c]! + inputs.bias!.data[c]!;
  });
  return { y, stats: Float64Array.from([...mean].flatMap((value, c) => [value, 1 / Math.sqrt(variance[c]! + eps)])) };
}

/** By the batch's mean and biased variance; running statistics as torch.nn.BatchNorm2d moves them, in f64. */
export const batchnormReference: Reference = ({ inputs, attrs }) => {
  const { eps, momentum } = attrs as BatchnormAttrs;
  const x = inputs.x!;
  const channels = x.shape[1]!;
  const count = x.data.length / channels;
  const channel = channelOf(x);
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  x.data.forEach((value, i) => {
    mean[channel(i)]! += value / count;
  });
  x.data.forEach((value, i) => {
    squares[channel(i)]! += (value - mean[channel(i)]!) ** 2;
  });
  const moved = (running: Float64Array, batch: Float64Array) => running.map((value, c) => (1 - momentum) * value + momentum * batch[c]!);
  return {
    ...normalise(
      inputs,
      mean,
      squares.map((value) => value / count),
      eps,
    ),
    new_mean: moved(inputs.running_mean!.data, mean),
    new_var: moved(
      inputs.running_var!.data,
      squares.map((value) => value / (count - 1)),
    ),
  };
};

/** By the running statistics, in f64. */
export const batchnormInferenceReference: Reference = ({ inputs, attrs }) =>
  normalise(inputs, inputs.running_mean!.data, inputs.running_var!.data, attrs.eps as number);
