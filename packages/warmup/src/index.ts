export * from './adaptive/run.js';
export * from './arms.js';
export type { PoseSpread, Spread } from './augment/pose-watch.js';
export { TEACHER_STEPS } from './augment/teacher.js';
export * from './checkpoint.js';
export { type ControllerAction, controllerActions, controllerMixture } from './controller/actions.js';
export type { ControllerDecision, HeldOutState } from './controller/programs.js';
export { CONTROLLER_ARMS, type ControllerArm, type ControllerRule, type LearningOptions } from './controller/rules.js';
export { type ControlledOptions, type ControlledResult, runControlled } from './controller/run.js';
export * from './evaluator.js';
export * from './limit/recipe.js';
export * from './limit/run.js';
export type { Misread, Reading } from './limit/score.js';
export * from './models.js';
export * from './natural.js';
export { parseSelection, type Selection, type SelectionInput, selectSchema } from './online/selected.js';
export type { PhaseTime, TrialTime } from './phase.js';
export type * from './plan.js';
export * from './predict.js';
export { embeddingOf, HalfOutputs } from './prune/outputs.js';
export { type ScorePlan, type Scores, scoreExamples } from './prune/score.js';
export {
  type Looks,
  modelsAtOnce,
  type PruneContext,
  type SubsetPlan,
  type SubsetTrial,
  trainSubsets,
} from './prune/training.js';
export * from './recipe.js';
export { resnet18, resnetSmall } from './residual.js';
export * from './run-files.js';
export { tuneTrial } from './training.js';
export * from './trial.js';
export type { PhaseName, TrialState } from './trial-state.js';
export * from './user-model.js';
export { WORTH_BASELINE, WORTH_EQUAL, type WorthArm, type WorthGenerators, worthArm, worthClasses } from './worth/arms.js';
export { requireSubsets, runWorth, type WorthContext, type WorthPlan, type WorthResult, type WorthTrial, worthSteps } from './worth/run.js';
