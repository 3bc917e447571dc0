import { numel } from '@kindling/core';
import type { BindingResource, Device } from '@kindling/device';
import { adamProgram, BLOCK, BLOCK_WORDS, blockTable, gradNormProgram, type OptimizerProblem, squaresSize } from '@kindling/kernels';
import type { Storage, Tensor } from './graph.js';
import type { BoundProgram } from './lower.js';
import type { ParameterSet } from './parameters.js';
import { adamRows, type Schedule } from './schedule.js';

/** Adam as in torch.optim.Adam, with an optional gradient-norm clip as in torch.nn.utils.clip_grad_norm_. */
export interface AdamOptions {
  /** Learning rate and beta1 a step; one for all models, or one a model. */
  readonly schedule: Schedule | readonly Schedule[];
  /** Steps that the schedule covers; later steps keep its last row. */
  readonly steps: number;
  readonly beta2?: number;
  readonly eps?: number;
  /** Largest L2 norm of all gradients together. */
  readonly clip?: number | undefined;
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
export function adamPrograms(
  device: Device,
  parameters: ParameterSet,
  grads: ReadonlyMap<string, Tensor>,
  arena: GradientArena,
  options: AdamOptions & { readonly rows: number; readonly rowsStride: number; readonly capacity: number },
  buffers: OptimizerBuffers,
): { programs: BoundProgram[]; owned: GPUBuffer[] } {
  const beta2 = options.beta2 ?? 0.999;
  const table = blockTable(
    [...parameters.specs].map(([name, { shape }]) => {
      const { storage } = grads.get(name)!;
      const grad = { gradOffset: arena.offset(storage)!, gradStride: arena.modelStride(storage), parts: storage.parts };
      return { offset: parameters.offsets.get(name)!, size: numel(shape), ...grad };
    }),
  );
  const schedules = [options.schedule].flat() as Schedule[];
  const rows = schedules.map((schedule) => adamRows(schedule, options.steps, beta2));
  const schedule = new Float32Array(4 * options.steps * rows.length);
  rows.forEach((values, model) => {
    schedule.set(values, model * values.length);
  });
  const problem: OptimizerProblem = {
    software: device.traits.software,
    models: parameters.models,
    blocks: table.length / BLOCK_WORDS,
    parametersStride: parameters.stride,
    rows: options.rows,
    rowsStride: options.rowsStride,
    steps: options.steps,
    schedulePerModel: rows.length > 1,
    capacity: options.capacity,
    clip: options.clip,
    beta2,
    eps: options.eps ?? 1e-8,
  };
  const shared = {
    blocks: device.upload('optimizer blocks', table),
    grads: arena.buffer,
    squares: device.buffer('squared gradient norms', 4 * parameters.models * squaresSize(problem)),
  };
  const adam = {
    program: adamProgram(problem),
    resources: { ...shared, ...buffers, schedule: device.upload('schedule', schedule), arena: parameters.arena },
  };
  const programs = options.clip === undefined ? [adam] : [{ program: gradNormProgram(problem), resources: shared }, adam];
  return { programs, owned: [arena.buffer, shared.blocks, shared.squares, adam.resources.schedule] };
}
