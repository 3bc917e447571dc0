import { InputError, numel, type Program } from '@kindling/core';
import type { BindingResource, Device } from '@kindling/device';
import {
  adamProgram,
  BLOCK,
  BLOCK_WORDS,
  blockTable,
  gradNormProgram,
  type OptimizerProblem,
  sgdProgram,
  squaresSize,
} from '@kindling/kernels';
import type { Storage, Tensor } from './graph.js';
import type { BoundProgram } from './lower.js';
import type { ParameterSet } from './parameters.js';
import { adamRows, type Schedule, sgdRows } from './schedule.js';

/** What every optimizer takes. */
interface CommonOptions {
  /** Learning rate and beta1 a step; one for all models, or one a model. */
  readonly schedule: Schedule | readonly Schedule[];
  /** Steps that the schedule covers; later steps keep its last row. */
  readonly steps: number;
  /** Largest L2 norm of all gradients together, as in torch.nn.utils.clip_grad_norm_. */
  readonly clip?: number | undefined;
}

/** torch.optim.Adam; the default kind. */
export interface AdamOptions extends CommonOptions {
  readonly kind?: 'adam';
  readonly beta2?: number;
  readonly eps?: number;
  /** Added to the gradient, times the weight; default 0. */
  readonly weightDecay?: number;
}

/** torch.optim.AdamW: the decay is taken off the weight itself. */
export interface AdamWOptions extends CommonOptions {
  readonly kind: 'adamw';
  readonly beta2?: number;
  readonly eps?: number;
  /** Default .01. */
  readonly weightDecay?: number;
}

/** torch.optim.SGD without dampening. */
export interface SgdOptions extends CommonOptions {
  readonly kind: 'sgd';
  /** Default 0; 'schedule' takes the schedule's beta1, which OneCycle cycles as torch's cycles the momentum. */
  readonly momentum?: number | 'schedule';
  /** Needs momentum; default false. */
  readonly nesterov?: boolean;
  /** Added to the gradient, times the weight; default 0. */
  readonly weightDecay?: number;
}

export type OptimizerOptions = AdamOptions | AdamWOptions | SgdOptions;

/** @throws InputError for options that torch refuses too */
function requireOptions({ weightDecay = 0, ...options }: OptimizerOptions): void {
  const momentum = options.kind === 'sgd' ? (options.momentum ?? 0) : 0;
  const nesterov = options.kind === 'sgd' && options.nesterov === true;
  if (options.clip !== undefined && !(options.clip > 0)) {
    throw new InputError({
      subject: `optimizer ${options.kind ?? 'adam'}`,
      got: `clip ${options.clip}`,
      expected: 'a largest gradient norm above 0',
      next: 'leave clip out for no clipping',
    });
  }
  if (weightDecay >= 0 && (momentum === 'schedule' || (momentum >= 0 && (momentum > 0 || !nesterov)))) return;
  throw new InputError({
    subject: `optimizer ${options.kind ?? 'adam'}`,
    got: `weightDecay ${weightDecay}, momentum ${momentum}${nesterov ? ', nesterov' : ''}`,
    expected: 'a weight decay ≥ 0, and a momentum ≥ 0, above 0 for nesterov',
    next: 'correct the options',
  });
}

/** The update's program, without its buffers, and one schedule as it reads it. */
function updateOf(options: OptimizerOptions, problem: OptimizerProblem): { program: Program; rows: (schedule: Schedule) => Float32Array } {
  if (options.kind === 'sgd') {
    const { momentum = 0, nesterov = false } = options;
    return { program: sgdProgram({ ...problem, nesterov }), rows: (schedule) => sgdRows(schedule, options.steps, momentum) };
  }
  const { beta2 = 0.999, eps = 1e-8 } = options;
  const program = adamProgram({ ...problem, beta2, eps, decoupled: options.kind === 'adamw' });
  return { program, rows: (schedule) => adamRows(schedule, options.steps, beta2) };
}

/**
 * Gradients of all parameters in one buffer, one block [M, size] a tensor, padded to 64 elements: blocks of different tensors never
 * overlap, as WebGPU demands of two writable bindings of one dispatch.
 */
export class GradientArena {
  readonly buffer: GPUBuffer;
  private readonly models: number;
  private readonly offsets = new Map<number, number>();

  constructor(device: Device, grads: ReadonlyMap<string, Tensor>, models: number) {
    let next = 0;
    for (const { storage } of grads.values()) {
      if (this.offsets.has(storage.id)) continue;
      this.offsets.set(storage.id, next);
      next += models * this.modelStride(storage);
    }
    this.models = models;
    this.buffer = device.buffer('gradients', 4 * next);
  }

  offset(storage: Storage): number | undefined {
    return this.offsets.get(storage.id);
  }

  /** Elements from one model's gradient to the next. */
  modelStride(storage: Storage): number {
    return Math.ceil(storage.size / BLOCK) * BLOCK;
  }

  /** The range that kernels bind, or undefined for a storage that is no parameter's gradient. */
  resource(storage: Storage): BindingResource | undefined {
    const offset = this.offsets.get(storage.id);
    return offset === undefined
      ? undefined
      : { buffer: this.buffer, offset: 4 * offset, size: 4 * this.models * this.modelStride(storage) };
  }
}

export interface OptimizerBuffers {
  readonly loss: BindingResource;
  readonly history: GPUBuffer;
  readonly state: GPUBuffer;
}

/** The optimizer's dispatches (one, or two with clipping) and the tables that they read, uploaded here once. */
export function optimizerPrograms(
  device: Device,
  parameters: ParameterSet,
  grads: ReadonlyMap<string, Tensor>,
  arena: GradientArena,
  options: OptimizerOptions & { readonly rows: number; readonly rowsStride: number; readonly capacity: number },
  buffers: OptimizerBuffers,
): { programs: BoundProgram[]; owned: GPUBuffer[] } {
  requireOptions(options);
  const table = blockTable(
    [...parameters.specs].map(([name, { shape }]) => {
      const { storage } = grads.get(name)!;
      const grad = { gradOffset: arena.offset(storage)!, gradStride: arena.modelStride(storage), parts: storage.parts };
      return { offset: parameters.offsets.get(name)!, size: numel(shape), ...grad };
    }),
  );
  const schedules = [options.schedule].flat() as Schedule[];
  const problem: OptimizerProblem = {
    software: device.traits.software,
    models: parameters.models,
    blocks: table.length / BLOCK_WORDS,
    parametersStride: parameters.stride,
    rows: options.rows,
    rowsStride: options.rowsStride,
    steps: options.steps,
    schedulePerModel: schedules.length > 1,
    capacity: options.capacity,
    clip: options.clip,
    weightDecay: options.weightDecay ?? (options.kind === 'adamw' ? 0.01 : 0),
  };
  const update = updateOf(options, problem);
  const schedule = new Float32Array(4 * options.steps * schedules.length);
  schedules.forEach((each, model) => {
    schedule.set(update.rows(each), 4 * options.steps * model);
  });
  const shared = {
    blocks: device.upload('optimizer blocks', table),
    grads: arena.buffer,
    squares: device.buffer('squared gradient norms', 4 * parameters.models * squaresSize(problem)),
  };
  const last = {
    program: update.program,
    resources: { ...shared, ...buffers, schedule: device.upload('schedule', schedule), arena: parameters.arena },
  };
  const programs = options.clip === undefined ? [last] : [{ program: gradNormProgram(problem), resources: shared }, last];
  return { programs, owned: [arena.buffer, shared.blocks, shared.squares, last.resources.schedule] };
}
