import { byteLength, InputError, type Program } from '@kindling/core';
import type { BindingResource, Device } from '@kindling/device';
import type { TensorInfo } from '@kindling/kernels';
import { type Choices, lowerChosen } from './choices.js';
import type { GraphNode, Storage, Tensor } from './graph.js';
import { type MemoryPlan, planMemory } from './plan.js';

/** One dispatch with everything it binds. */
export interface BoundProgram {
  readonly program: Program;
  readonly resources: Readonly<Record<string, BindingResource>>;
}

/** Where the storages that a graph does not own live. */
export interface External {
  /** The buffer range of a storage, or undefined when the plan is to place it. */
  resource(storage: Storage): BindingResource | undefined;
  /** Elements from one model's block to the next. */
  modelStride(storage: Storage): number;
}

export interface LoweredGraph {
  readonly programs: readonly BoundProgram[];
  readonly plan: MemoryPlan;
  readonly buffers: readonly GPUBuffer[];
  /** Buffer range of any tensor of the graph. */
  resource(tensor: Tensor): BindingResource;
  modelStride(tensor: Tensor): number;
}

/** Turns nodes into dispatches bound to planned buffers. `keep` are tensors whose buffers must hold until the caller has read them. */
export function lowerGraph(
  device: Device,
  nodes: readonly GraphNode[],
  models: number,
  external: External,
  keep: readonly Tensor[],
  choices?: Choices,
): LoweredGraph {
  const pinned = new Set<number>(keep.map((tensor) => tensor.storage.id));
  for (const node of nodes) for (const { storage } of Object.values(node.outputs)) if (external.resource(storage)) pinned.add(storage.id);
  const plan = planMemory(nodes, pinned);
  const shared = plan.slots.map((size, slot) => device.buffer(`activations ${slot}`, 4 * size * models));
  const kept = new Map<number, GPUBuffer>();

  const bufferOf = (storage: Storage): BindingResource => {
    const outside = external.resource(storage);
    if (outside) return outside;
    const slot = plan.slotOf.get(storage.id);
    if (slot !== undefined) return { buffer: shared[slot]!, offset: 0, size: byteLength(storage.dtype, storage.size * models) };
    if (!pinned.has(storage.id)) {
      throw new InputError({
        subject: storage.name,
        got: 'no buffer',
        expected: 'an input bound by the caller',
        next: 'bind it, or keep it',
      });
    }
    const buffer = kept.get(storage.id) ?? device.buffer(storage.name, byteLength(storage.dtype, storage.size * models));
    kept.set(storage.id, buffer);
    return buffer;
  };
  const strideOf = (storage: Storage): number => {
    if (models === 1) return 0;
    return storage.kind === 'intermediate' && !external.resource(storage) ? storage.size : external.modelStride(storage);
  };
  const infoOf = (tensor: Tensor): TensorInfo => ({
    shape: tensor.shape,
    dtype: tensor.storage.dtype,
    modelStride: strideOf(tensor.storage),
  });

  const programs: BoundProgram[] = [];
  for (const node of nodes) {
    if (node.op === 'reshape') continue;
    const tensors = { ...node.inputs, ...node.outputs };
    const infos = Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, infoOf(tensor)]));
    const problem = { attrs: node.attrs, models, traits: device.traits, tensors: infos };
    for (const { program, args = {} } of lowerChosen(node.op, problem, choices)) {
      const resources: Record<string, BindingResource> = {};
      for (const { name, access } of program.bindings) {
        if (access !== 'uniform') resources[name] = bufferOf(tensors[args[name] ?? name]!.storage);
      }
      programs.push({ program, resources });
    }
  }
  return {
    programs,
    plan,
    buffers: [...shared, ...kept.values()],
    resource: (tensor) => bufferOf(tensor.storage),
    modelStride: (tensor) => strideOf(tensor.storage),
  };
}

/** A list of dispatches whose pipelines and bind groups exist: encoding it creates nothing and writes nothing. */
export class Recording {
  private readonly dispatches: readonly {
    pipeline: GPUComputePipeline;
    group: GPUBindGroup;
    workgroups: readonly [number, number, number];
  }[];
  readonly names: readonly string[];

  constructor(device: Device, programs: readonly BoundProgram[]) {
    this.names = programs.map(({ program }) => program.name);
    this.dispatches = programs.map(({ program, resources }) => ({
      pipeline: device.pipeline(program),
      group: device.bindGroup(program, resources),
      workgroups: program.workgroups,
    }));
  }

  encode(pass: GPUComputePassEncoder): void {
    let current: GPUComputePipeline | undefined;
    for (const { pipeline, group, workgroups } of this.dispatches) {
      if (pipeline !== current) pass.setPipeline(pipeline);
      current = pipeline;
      pass.setBindGroup(0, group);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
  }
}
