import { defineProgram, foldWorkgroups, type Program, type Traits } from '@kindling/core';
import inputs from '@kindling/shaders/experiments/augment_inputs';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';

/** How far Experiment 1 moves an image. */
export interface Reach {
  /** T, the largest shift along each axis, in pixels. */
  readonly shift: number;
  /** A, the largest rotation, in degrees. */
  readonly angle: number;
  /** Steps over which both grow from 0, linearly. */
  readonly rampSteps: number;
}

/** Normal numbers that the sampler gets beside the image. */
export const NOISE = 10;

/**
 * The dispatch that draws what a step of Experiment 1 starts from: classes, noise, a random pose and the reach. Bindings: `state`, `seeds` [M];
 * outputs `y` u32 [M,B], `noise` f32 [M,B,10], `pose` f32 [M,B,3] and `amplitude` f32 [M,3].
 */
export function augmentInputs(batch: number, models: number, classes: number, { shift, angle, rampSteps }: Reach, traits: Traits): Program {
  const workgroupSize = traits.software ? 8 : 64;
  return defineProgram({
    name: 'experiments/augment_inputs',
    source: { path: 'experiments/augment_inputs.wgsl', text: inputs },
    libraries: [
      { path: 'random/threefry.wgsl', text: threefry },
      { path: 'random/distributions.wgsl', text: distributions },
    ],
    constants: { workgroup_size: workgroupSize },
    params: { batch, size: NOISE, classes, ramp_steps: rampSteps, shift, angle },
    workgroups: foldWorkgroups(Math.ceil(batch / workgroupSize), models),
  });
}
