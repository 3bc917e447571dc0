import { defineProgram, type Program } from '@kindling/core';
import adam from '@kindling/shaders/optimizer/adam';
import gradNorm from '@kindling/shaders/optimizer/grad_norm';
import sgd from '@kindling/shaders/optimizer/sgd';

/**
 * Workgroups of an optimizer dispatch at most: enough to fill the machine, few enough that each may re-add the partial squares; and the
 * update's invocations a workgroup (`vectors` where one takes four elements). On CPU adapters a workgroup and its barrier are what costs.
 * Measured on two cores for the poster CNN, ms a dispatch: one element an invocation at 256×64, 32×64, 32×32, then vec4 at 32×16: lavapipe
 * 1.5, 1.2, .54, .37; SwiftShader 6.8, 3.1, 2.3, 1.6.
 */
const shapeOf = ({ software }: OptimizerProblem) =>
  software ? { groups: 32, threads: 32, vectors: 16 } : { groups: 256, threads: 64, vectors: 64 };

export interface OptimizerProblem {
  /** Whether the adapter is a CPU: see `shapeOf`. */
  readonly software?: boolean;
  readonly models: number;
  /** Blocks of 64 parameters. */
  readonly blocks: number;
  /** Elements from one model's parameters to the next. */
  readonly parametersStride: number;
  /** Loss rows a model, and elements from one model's rows to the next. */
  readonly rows: number;
  readonly rowsStride: number;
  /** Rows of the schedule, and whether each model has its own. */
  readonly steps: number;
  readonly schedulePerModel: boolean;
  /** Steps that the loss history holds before it wraps. */
  readonly capacity: number;
  /** Largest gradient norm, or undefined for no clipping. */
  readonly clip?: number | undefined;
  /** Weight decay, 0 when left out; added to the gradient unless `AdamProblem.decoupled`. */
  readonly weightDecay?: number;
}

export interface AdamProblem extends OptimizerProblem {
  readonly beta2: number;
  readonly eps: number;
  /** AdamW: the decay is taken off the weight, times the learning rate, and leaves the moments alone. */
  readonly decoupled?: boolean;
}

export interface SgdProblem extends OptimizerProblem {
  readonly nesterov?: boolean;
}

const groupsOf = (problem: OptimizerProblem): number => Math.min(shapeOf(problem).groups, problem.blocks);

/** Elements of the buffer `squares` a model. */
export const squaresSize = (problem: OptimizerProblem): number => groupsOf(problem);

/** Gradient-norm pass of clipping: bindings blocks, grads, squares. */
export function gradNormProgram(problem: OptimizerProblem): Program {
  return defineProgram({
    name: 'optimizer/grad_norm',
    source: { path: 'optimizer/grad_norm.wgsl', text: gradNorm },
    params: { blocks: problem.blocks, squares_model: squaresSize(problem) },
    workgroups: [groupsOf(problem), 1, problem.models],
  });
}

/** Params that every update has. */
const sharedParams = (problem: OptimizerProblem) => ({
  blocks: problem.blocks,
  rows: problem.rows,
  steps: problem.steps,
  capacity: problem.capacity,
  squares: squaresSize(problem),
  clip: problem.clip ?? 0,
  decay: problem.weightDecay ?? 0,
  p_model: problem.parametersStride,
  loss_model: problem.rowsStride,
  schedule_model: problem.schedulePerModel ? problem.steps : 0,
  history_model: problem.capacity,
  squares_model: squaresSize(problem),
});

/**
 * torch.optim.Adam, or AdamW, for all parameters, loss history and step counter: bindings blocks, grads, schedule, squares, loss, arena,
 * history, state.
 */
export function adamProgram(problem: AdamProblem): Program {
  return defineProgram({
    name: 'optimizer/adam',
    source: { path: 'optimizer/adam.wgsl', text: adam },
    constants: { threads: shapeOf(problem).vectors, clips: problem.clip ? 1 : 0 },
    params: {
      ...sharedParams(problem),
      beta2: problem.beta2,
      fresh: 1 - problem.beta2,
      eps: problem.eps,
      decoupled: problem.decoupled ? 1 : 0,
    },
    workgroups: [groupsOf(problem), 1, problem.models],
  });
}

/** torch.optim.SGD without dampening, in Adam's place: the same bindings; schedule rows hold lr and momentum, arena the velocities for m. */
export function sgdProgram(problem: SgdProblem): Program {
  return defineProgram({
    name: 'optimizer/sgd',
    source: { path: 'optimizer/sgd.wgsl', text: sgd },
    constants: { threads: shapeOf(problem).threads, clips: problem.clip ? 1 : 0 },
    params: { ...sharedParams(problem), nesterov: problem.nesterov ? 1 : 0 },
    workgroups: [groupsOf(problem), 1, problem.models],
  });
}
