export * from './eager.js';
export * from './functions.js';
export { Graph, type GraphNode, type Tensor } from './graph.js';
export type { BoundProgram } from './lower.js';
export type { AdamOptions } from './optimizer.js';
export * from './parameters.js';
export type { MemoryPlan } from './plan.js';
export * from './schedule.js';
export * from './step.js';
