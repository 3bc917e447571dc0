import { defineProgram, foldWorkgroups, type Program, type Traits } from '@kindling/core';
import classWeights from '@kindling/shaders/experiments/class_weights';
import weightedGather from '@kindling/shaders/experiments/weighted_gather';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';

/**
 * The dispatch that fetches items of classes that are already drawn. Bindings: `state`, `seeds` [M], `items` u32 [classes, perClass], `images` u8
 * [n, pixels] packed, `y` u32 [M,B] (read), `x` f32 [M,B,pixels].
 */
export function weightedGatherProgram(batch: number, models: number, pixels: number, perClass: number, traits: Traits): Program {
  return defineProgram({
    name: 'experiments/weighted_gather',
    source: { path: 'experiments/weighted_gather.wgsl', text: weightedGather },
    libraries: [
      { path: 'random/threefry.wgsl', text: threefry },
      { path: 'random/distributions.wgsl', text: distributions },
    ],
    constants: { workgroup_size: traits.software ? 8 : 64 },
    params: { batch, pixels, per_class: perClass },
    workgroups: foldWorkgroups(batch, models),
  });
}

export interface ClassWeightsProblem {
  readonly models: number;
  readonly classes: number;
  /** Validation images. */
  readonly total: number;
  /** Rows that the log holds. */
  readonly epochs: number;
  /** Added to 1 − accuracy, so that a class that is always right is still drawn. */
  readonly floor: number;
  /** Leaves the weights as they are: the control. */
  readonly frozen: boolean;
}

/**
 * The dispatch that turns a validation's rows into class weights, (1 − accuracy) + floor. Bindings: `rows` f32 [M,total,2], `labels` u8 [total] packed,
 * `weights` f32 [M,classes], `log` f32 [M,epochs,2,classes] (accuracies, weights), `counter` u32 [2] (epoch first).
 */
export function classWeightsProgram({ models, classes, total, epochs, floor, frozen }: ClassWeightsProblem): Program {
  return defineProgram({
    name: 'experiments/class_weights',
    source: { path: 'experiments/class_weights.wgsl', text: classWeights },
    params: { classes, total, epochs, floor, frozen: frozen ? 1 : 0, rows_model: total, models },
    workgroups: [1, 1, models],
  });
}
