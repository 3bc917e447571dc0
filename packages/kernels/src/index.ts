export * from './evaluate/descriptor.js';
export type { GradientContext, GradientRule, Ref } from './gradient.js';
export { LINEAR_LOSS_MAX_OUTPUTS } from './linear-loss/descriptor.js';
export * from './op.js';
export * from './optimizer/blocks.js';
export * from './optimizer/descriptor.js';
export { gradients, type OpName, ops } from './registry.js';
export { withStorage } from './storage.js';
export { kernelWork } from './work/index.js';
