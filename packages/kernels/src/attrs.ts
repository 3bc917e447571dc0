// Types of the ops' attributes, which stand with the ops.
export type { WarpAttrs, WarpGradAttrs } from './affine-warp/descriptor.js';
export type { Avgpool2dAttrs } from './avgpool2d/descriptor.js';
export type { BatchnormAttrs } from './batchnorm/descriptor.js';
export type { CastAttrs } from './cast/descriptor.js';
export type { ConcatAttrs } from './concat/descriptor.js';
export type { Conv2dAttrs } from './conv2d/descriptor.js';
export type { DropoutAttrs } from './dropout/descriptor.js';
export type { LayernormAttrs } from './layernorm/descriptor.js';
export type { LinearAttrs } from './linear/descriptor.js';
export type { LinearLossAttrs } from './linear-loss/descriptor.js';
export type { BatchedMatmulAttrs, MatmulAttrs } from './matmul/descriptor.js';
export type { Pool2dAttrs } from './maxpool2d/descriptor.js';
export type { PadAttrs, SliceAttrs } from './pad/descriptor.js';
export type { PermuteAttrs } from './permute/descriptor.js';
export type { ReduceAttrs, ReduceGradAttrs, SumToAttrs } from './reduce/descriptor.js';
export type { SoftmaxCrossEntropyAttrs } from './softmax-cross-entropy/descriptor.js';
export type { ArgsortAttrs, TopkAttrs } from './topk/descriptor.js';
export type { GeluAttrs, ScaleAttrs } from './unary/descriptor.js';
