export * from './arms.js';
export * from './evaluator.js';
export * from './models.js';
export * from './natural.js';
export type { PhaseTime } from './phase.js';
export * from './predict.js';
export * from './recipe.js';
export * from './trial.js';
