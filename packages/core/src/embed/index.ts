export type { CreatedBuffer } from './own.js';
export * from './pipelines.js';
export * from './plan.js';
export * from './prepare.js';
export * from './traits.js';
