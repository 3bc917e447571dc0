import { InputError } from '../errors.js';
import { type CheckedTask, checkTask } from './check.js';
import { type CreatedBuffer, OwnBuffers } from './own.js';
import { type Compiled, type CreatedPipelines, PipelineCache } from './pipelines.js';
import type { Region, Task } from './plan.js';

export interface PrepareOptions {
  /** Put before the labels of the buffers made; `kindling` by default. */
  readonly label?: string;
  /** Shares pipelines, shader modules and layouts with other calls on the same device. */
  readonly pipelines?: PipelineCache;
}

/** Everything that one call of `prepare` created on the device, by label and in order. */
export interface Created {
  readonly shaderModules: readonly string[];
  readonly bindGroupLayouts: readonly string[];
  readonly pipelineLayouts: readonly string[];
  readonly pipelines: readonly string[];
  readonly buffers: readonly CreatedBuffer[];
  readonly bindGroups: readonly string[];
}

/** Tasks that only wait to be encoded. */
export interface Prepared {
  readonly created: Created;
  /** For each task its buffers by name, the caller's and those made here: what to copy from, or to bind elsewhere. */
  readonly regions: readonly Readonly<Record<string, Region>>[];
  /** Dispatches that `encode` records. */
  readonly dispatches: number;
  /**
   * Records the dispatches of all tasks in order into the caller's compute pass: setPipeline, setBindGroup(0), dispatchWorkgroups and nothing else.
   * It creates, writes and submits nothing, and may be called as often as wanted; afterwards the pass has another pipeline and bind group 0.
   * @throws InputError after `destroy`, or for what is no compute pass
   */
  encode(pass: GPUComputePassEncoder): void;
  /** Destroys the buffers listed in `created`, never the caller's. Twice is as good as once. */
  destroy(): void;
}

const listOf = (tasks: Task | readonly Task[]): readonly Task[] => (Array.isArray(tasks) ? tasks : [tasks as Task]);

/**
 * Checks all tasks, then creates what they need: shader modules, layouts and pipelines (unless the cache has them), one uniform buffer, the scratch
 * and constant buffers that the caller does not give, and bind groups. Buffers are filled while mapped at creation: the queue is never used.
 * @throws InputError that names the task's buffer and what is wrong with it, before anything is created. WGSL that does not compile is reported as
 * WebGPU does, to the device's error scopes; `prepareAsync` rejects with it.
 */
export function prepare(device: GPUDevice, tasks: Task | readonly Task[], options: PrepareOptions = {}): Prepared {
  const { cache, checked, created } = begin(device, tasks, options);
  const compiled = checked.map(({ dispatches }) => dispatches.map(({ pass }) => cache.get(pass.program, created)));
  return finish(device, checked, compiled, created, options);
}

/**
 * The same with createComputePipelineAsync. Buffers and bind groups are made after the pipelines are there, so that a failure leaves nothing behind.
 * An error scope is put around each shader module, whose messages the rejection tells; the queue and `uncapturederror` are left alone.
 * @throws InputError as `prepare` does, and for a program that the device does not compile
 */
export async function prepareAsync(device: GPUDevice, tasks: Task | readonly Task[], options: PrepareOptions = {}): Promise<Prepared> {
  const { cache, checked, created } = begin(device, tasks, options);
  const compiled = await Promise.all(
    checked.map(({ dispatches }) => Promise.all(dispatches.map(({ pass }) => cache.getAsync(pass.program, created)))),
  );
  return finish(device, checked, compiled, created, options);
}

function begin(device: GPUDevice, tasks: Task | readonly Task[], { pipelines: cache = new PipelineCache(device) }: PrepareOptions) {
  if (typeof device?.createBuffer !== 'function') {
    throw new InputError({ subject: 'prepare: device', got: String(device), expected: 'a GPUDevice', next: 'request one from an adapter' });
  }
  if (cache.device !== device) {
    throw new InputError({
      subject: 'prepare: pipelines',
      got: 'a cache of another device',
      expected: 'a PipelineCache of the device that prepares',
      next: 'make one cache a device',
    });
  }
  const checked = listOf(tasks).map((task) => checkTask(task, device));
  const created: CreatedPipelines = { shaderModules: [], bindGroupLayouts: [], pipelineLayouts: [], pipelines: [] };
  return { cache, checked, created };
}

/** A dispatch that only waits to be encoded. */
interface Encoded {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly workgroups: readonly [number, number, number];
}

/** Buffers and bind groups of all tasks; nothing is left behind where one of them cannot be made. */
function finish(
  device: GPUDevice,
  tasks: readonly CheckedTask[],
  compiled: readonly (readonly Compiled[])[],
  created: CreatedPipelines,
  { label = 'kindling' }: PrepareOptions,
): Prepared {
  const own = new OwnBuffers(device, label);
  try {
    const { regions, encoded, bindGroups } = bind(device, tasks, compiled, own);
    return prepared(label, { ...created, buffers: own.created, bindGroups }, regions, encoded, own);
  } catch (error) {
    own.destroy();
    throw error;
  }
}

function bind(device: GPUDevice, tasks: readonly CheckedTask[], compiled: readonly (readonly Compiled[])[], own: OwnBuffers) {
  const programs = tasks.flatMap(({ dispatches }) => dispatches.map(({ pass }) => pass.program));
  const uniforms = own.uniforms(programs.flatMap(({ params }) => params ?? []));
  let block = 0;
  const bindGroups: string[] = [];
  const encoded: Encoded[] = [];
  const regions = tasks.map(({ given, own: wanted, dispatches }, t) => {
    const all: Record<string, Region> = { ...given };
    for (const { name, bytes, data } of wanted) all[name] = { buffer: own.storage(name, bytes, data), offset: 0, size: bytes };
    for (const [d, { pass, bound }] of dispatches.entries()) {
      const { name: label, params, bindings, workgroups } = pass.program;
      const { pipeline, layout } = compiled[t]![d]!;
      const entries: GPUBindGroupEntry[] = bound.map(({ binding, buffer }) => ({ binding, resource: all[buffer]! }));
      if (params && uniforms) {
        const resource = { buffer: uniforms.buffer, offset: uniforms.offsets[block++]!, size: params.byteLength };
        entries.push({ binding: bindings.findIndex(({ name }) => name === 'params'), resource });
      }
      encoded.push({ pipeline, group: device.createBindGroup({ label, layout, entries }), workgroups });
      bindGroups.push(label);
    }
    return all;
  });
  return { regions, encoded, bindGroups };
}

function prepared(label: string, created: Created, regions: Prepared['regions'], encoded: readonly Encoded[], own: OwnBuffers): Prepared {
  let destroyed = false;
  return {
    created,
    regions,
    dispatches: encoded.length,
    encode(pass) {
      if (destroyed) {
        throw new InputError({
          subject: `${label}: encode`,
          got: 'work that was destroyed',
          expected: 'encode before destroy',
          next: 'prepare the tasks again',
        });
      }
      if (typeof pass?.dispatchWorkgroups !== 'function') {
        throw new InputError({
          subject: `${label}: encode`,
          got: pass ? 'another object' : String(pass),
          expected: 'a GPUComputePassEncoder',
          next: 'give encoder.beginComputePass()',
        });
      }
      let current: GPUComputePipeline | undefined;
      for (const { pipeline, group, workgroups } of encoded) {
        if (pipeline !== current) pass.setPipeline(pipeline);
        current = pipeline;
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
      }
    },
    destroy() {
      destroyed = true;
      own.destroy();
    },
  };
}
