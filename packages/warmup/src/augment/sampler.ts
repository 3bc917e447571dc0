import {
  concat,
  flatten,
  layer,
  layerNorm,
  linear,
  mul,
  normalisation,
  type ParameterSpec,
  pad,
  relu,
  type Tensor,
  tanh,
} from '@kindling/autograd';
import { NOISE } from './inputs.js';

/**
 * The sampler of Experiment 1, an MLP that chooses a pose for an image: concat(image, noise) → 256 → LayerNorm → ReLU → 128 → LayerNorm →
 * ReLU → 3, the last layer's weights U(±.1) and its bias 0, the others as PyTorch starts them.
 * @param pixels C·H·W of an image
 */
export function samplerParameters(pixels: number): Record<string, ParameterSpec> {
  const first = layer([256, pixels + NOISE], [256]);
  const second = layer([128, 256], [128]);
  const [norm1, norm2] = [normalisation(256), normalisation(128)];
  return {
    'fc1.weight': first.weight,
    'fc1.bias': first.bias,
    'norm1.weight': norm1.weight,
    'norm1.bias': norm1.bias,
    'fc2.weight': second.weight,
    'fc2.bias': second.bias,
    'norm2.weight': norm2.weight,
    'norm2.bias': norm2.bias,
    'fc3.weight': { shape: [3, 128], bound: 0.1 },
    'fc3.bias': { shape: [3], bound: 0 },
  };
}

/**
 * pose = amplitude · tanh(MLP(image, noise)): shifts in pixels and a rotation in degrees.
 * @param image [N,C,H,W]; @param noise [N,10]; @param amplitude [1,3], T, T and A times the ramp
 * @returns [N,3], the pose that `affineWarp` takes
 */
export function samplePose(p: Readonly<Record<string, Tensor>>, image: Tensor, noise: Tensor, amplitude: Tensor): Tensor {
  // Zeros to a multiple of 4: the fast kernels for linear read four features at a time. The parameter keeps its shape, and the sums their values.
  const padded = (x: Tensor): Tensor => (x.shape[1]! % 4 === 0 ? x : pad(x, [0, 0], [0, 4 - (x.shape[1]! % 4)]));
  const hidden = (x: Tensor, i: number): Tensor =>
    relu(layerNorm(linear(padded(x), padded(p[`fc${i}.weight`]!), p[`fc${i}.bias`]!), p[`norm${i}.weight`]!, p[`norm${i}.bias`]!));
  const features = hidden(hidden(concat([flatten(image), noise], 1), 1), 2);
  return mul(tanh(linear(features, p['fc3.weight']!, p['fc3.bias']!)), amplitude);
}
