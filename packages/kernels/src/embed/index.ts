export type { GradientOptions, GradientPlan } from './gradient.js';
export { planGradient } from './gradient.js';
export type { InputSpec, OpOptions, OpPlan } from './op.js';
export { planOp } from './op.js';
export type { OptimizerOptions, OptimizerPlan, ParameterPlace } from './optimizer.js';
export { planOptimizer } from './optimizer.js';
