export {
  type BufferRegion,
  type Created,
  type CreatedBuffer,
  type DType,
  InputError,
  PipelineCache,
  type Plan,
  type Prepared,
  type PrepareOptions,
  prepare,
  prepareAsync,
  type Region,
  type Shape,
  type Task,
  type TensorSpec,
  type Traits,
  traitsOf,
} from '@kindling/core';
export type * from './attrs.js';
export * from './embed/index.js';
export * from './evaluate/descriptor.js';
export type { GradientContext, GradientRule, Ref } from './gradient.js';
export { LINEAR_LOSS_MAX_OUTPUTS } from './linear-loss/descriptor.js';
export * from './named.js';
export * from './op.js';
export * from './optimizer/blocks.js';
export * from './optimizer/descriptor.js';
export { gradients, type OpName, ops } from './registry.js';
export { withStorage } from './storage.js';
export { kernelWork } from './work/index.js';
