import { byteLength, type DType, numel, type Shape } from '@kindling/core';
import type { BindingResource, ByteRange, Device } from '@kindling/device';
import { differentiate, prune } from './backward.js';
import type { Choices } from './choices.js';
import { requireScalar } from './functions.js';
import { fuse } from './fuse.js';
import { Graph, type GraphNode, type Storage, type Tensor } from './graph.js';
import { type BoundProgram, type External, lowerGraph, Recording } from './lower.js';
import { GradientArena, type OptimizerOptions, optimizerPrograms } from './optimizer.js';
import type { ParameterSet } from './parameters.js';
import type { MemoryPlan } from './plan.js';

/** A tensor that the data source fills before each step, for one model. */
export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: DType;
  /**
   * Where it lies, when not in a buffer made for it: another step's input, or another set's parameters, which are then constants here
   * (`frozen`). `modelStride`: elements from one model's block to the next, 0 where all models share it.
   */
  readonly from?: { readonly resource: BindingResource; readonly modelStride: number };
}

/** Another set's parameters as inputs named `<prefix>.<parameter>`: read by the step, never trained by it. */
export const frozen = (prefix: string, parameters: ParameterSet): Record<string, InputSpec> =>
  Object.fromEntries(
    [...parameters.specs].map(([name, { shape }]) => [
      `${prefix}.${name}`,
      { shape, from: { resource: parameters.resource(name), modelStride: parameters.models === 1 ? 0 : parameters.stride } },
    ]),
  );

/**
 * A model: tensors in, tensor out. `p` holds the parameters by name, `x` the inputs by name; while training, `x.state` (u32 [4], the step
 * first) is there too, for counter-based ops such as dropout.
 */
export type Model = (p: Record<string, Tensor>, x: Record<string, Tensor>) => Tensor;

/** What the dispatches of a step share: parameters, batch buffers, counter. All are on the GPU and stay there. */
export interface TrainingOptions {
  readonly parameters: ParameterSet;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** The model up to its scalar loss. */
  readonly loss: Model;
  readonly optimizer: OptimizerOptions;
  /** Steps that the loss history holds before it wraps; default 1024. */
  readonly history?: number;
  /** False keeps one dispatch an op: slower, to find out which fusion is at fault; default true. */
  readonly fuse?: boolean;
  /** Kernel variants that a tuner measured; default: each op chooses by the adapter's traits. */
  readonly choices?: Choices | undefined;
  /** Dispatches that fill the inputs: they may bind `state` (u32 [step, …]) and the inputs by name. */
  readonly source?: (buffers: Readonly<Record<string, GPUBuffer>>) => readonly BoundProgram[];
}

/** One row of the loss history. */
export interface StepRecord {
  readonly loss: number;
  /** Before clipping; null when the step does not clip. */
  readonly gradNorm: number | null;
  readonly lr: number;
}

function traceModel(
  device: Device,
  parameters: ParameterSet,
  inputs: Readonly<Record<string, InputSpec>>,
  model: Model,
  training: boolean,
) {
  const graph = new Graph(device.traits);
  const p = Object.fromEntries([...parameters.specs].map(([name, { shape }]) => [name, graph.parameter(name, shape)]));
  const x = Object.fromEntries(Object.entries(inputs).map(([name, { shape, dtype }]) => [name, graph.input(name, shape, dtype)]));
  if (training && !x.state) x.state = graph.input('state', [4], 'u32');
  return { graph, p, output: model(p, x) };
}

function inputBuffers(device: Device, inputs: Readonly<Record<string, InputSpec>>, models: number): Record<string, GPUBuffer> {
  return Object.fromEntries(
    Object.entries(inputs)
      .filter(([, { from }]) => !from)
      .map(([name, { shape, dtype = 'f32' }]) => [name, device.buffer(`input ${name}`, byteLength(dtype, models * numel(shape)))]),
  );
}

/** Where parameters, inputs and gradients lie; `state` is the step's own counter, which all models share. */
function externals(
  parameters: ParameterSet,
  specs: Readonly<Record<string, InputSpec>>,
  buffers: Record<string, GPUBuffer>,
  training?: { readonly one: GPUBuffer; readonly state: GPUBuffer; readonly grads: GradientArena },
): External {
  const { one, state, grads } = training ?? {};
  return {
    resource(storage: Storage) {
      if (storage.kind === 'parameter') return parameters.resource(storage.name);
      if (storage.kind === 'input') return specs[storage.name]?.from?.resource ?? buffers[storage.name] ?? state;
      return storage.kind === 'one' ? one : grads?.resource(storage);
    },
    modelStride(storage: Storage) {
      if (storage.kind === 'parameter') return parameters.stride;
      if (storage.kind === 'input') return specs[storage.name]?.from?.modelStride ?? (buffers[storage.name] ? storage.size : 0);
      return storage.kind === 'one' ? 0 : grads!.modelStride(storage);
    },
  };
}

interface StepParts {
  readonly device: Device;
  readonly parameters: ParameterSet;
  readonly inputs: Readonly<Record<string, GPUBuffer>>;
  readonly state: GPUBuffer;
  readonly history: GPUBuffer;
  readonly plan: MemoryPlan;
  readonly capacity: number;
  readonly owned: readonly GPUBuffer[];
}

/** Traces, fuses and differentiates: the ops of one step, the loss rows that the optimizer averages, and the gradients. */
function traceTraining(device: Device, options: TrainingOptions) {
  const { graph, p, output: loss } = traceModel(device, options.parameters, options.inputs, options.loss, true);
  requireScalar(loss);
  const forward = options.fuse === false ? [...graph.nodes] : fuse(graph.nodes, loss, true);
  const { nodes, grads } = differentiate(graph, forward, loss, new Map(Object.entries(p)));
  // The optimizer averages the loss rows itself, so a mean at the root need not run.
  const root = forward.find((node) => node.outputs.y === loss);
  const rows = root?.op === 'mean' ? root.inputs.x! : loss;
  return { nodes: prune(nodes, [rows, ...grads.values()]), rows, grads };
}

/** The ops of one compiled step, for tools that look at them. */
export const trainingNodes = (device: Device, options: TrainingOptions): readonly GraphNode[] => traceTraining(device, options).nodes;

/** Lays out buffers and lowers to programs: everything but pipelines. */
function buildTraining(device: Device, options: TrainingOptions) {
  const { parameters } = options;
  const { models } = parameters;
  const { nodes: kept, rows, grads } = traceTraining(device, options);
  const capacity = options.history ?? 1024;
  const inputs = inputBuffers(device, options.inputs, models);
  const state = device.buffer('step state', 16);
  const history = device.buffer('loss history', 16 * models * capacity);
  const arena = new GradientArena(device, grads, models);
  const one = device.upload('one', Float32Array.of(1));
  const lowered = lowerGraph(
    device,
    kept,
    models,
    externals(parameters, options.inputs, inputs, { one, state, grads: arena }),
    [rows],
    options.choices,
  );
  const optimizer = optimizerPrograms(
    device,
    parameters,
    grads,
    arena,
    { ...options.optimizer, rows: rows.storage.size, rowsStride: lowered.modelStride(rows), capacity },
    { loss: lowered.resource(rows), history, state },
  );
  const source = options.source?.({ ...inputs, state }) ?? [];
  const owned = [...Object.values(inputs), state, history, one, ...lowered.buffers, ...optimizer.owned];
  return { inputs, state, history, capacity, plan: lowered.plan, owned, source, train: [...lowered.programs, ...optimizer.programs] };
}

/**
 * A training step compiled from a traced model: data source, forward, loss, backward and optimizer as one list of dispatches with their
 * pipelines, buffers and bind groups. Encoding it allocates nothing and writes nothing from the host; the step counter, the schedule,
 * and the loss history live on the GPU, so that many steps fit into one submit.
 */
export class TrainingStep {
  readonly device: Device;
  readonly parameters: ParameterSet;
  /** Batch buffers by input name: [M, …shape]. */
  readonly inputs: Readonly<Record<string, GPUBuffer>>;
  /** u32 [step, counter of finished workgroups]. */
  readonly state: GPUBuffer;
  readonly plan: MemoryPlan;
  readonly capacity: number;
  private readonly history: GPUBuffer;
  private readonly owned: readonly GPUBuffer[];
  private readonly data: Recording;
  private readonly train: Recording;

  /** Traces, differentiates, fuses and compiles. Returns the step and the seconds that pipelines took. */
  static async compile(device: Device, options: TrainingOptions): Promise<{ step: TrainingStep; seconds: number }> {
    const started = performance.now();
    const { source, train, ...parts } = buildTraining(device, options);
    await device.compile([...source, ...train].map(({ program }) => program));
    const step = new TrainingStep(
      { ...parts, device, parameters: options.parameters },
      new Recording(device, source),
      new Recording(device, train),
    );
    return { step, seconds: (performance.now() - started) / 1000 };
  }

  private constructor(parts: StepParts, data: Recording, train: Recording) {
    this.device = parts.device;
    this.parameters = parts.parameters;
    this.inputs = parts.inputs;
    this.state = parts.state;
    this.history = parts.history;
    this.plan = parts.plan;
    this.capacity = parts.capacity;
    this.owned = parts.owned;
    this.data = data;
    this.train = train;
  }

  /** Names of the kernels that one step dispatches, in order, data source first. */
  get dispatches(): readonly string[] {
    return [...this.data.names, ...this.train.names];
  }

  /** Bytes on the GPU: parameters with moments, planned activations, and what one buffer a tensor would have taken. */
  get memory(): { parameters: number; activations: number; unplanned: number } {
    const { models, arena } = this.parameters;
    return { parameters: arena.size, activations: 4 * models * this.plan.planned, unplanned: 4 * models * this.plan.unplanned };
  }

  /** Appends the dispatches that fill the batch. */
  encodeData(pass: GPUComputePassEncoder): void {
    this.data.encode(pass);
  }

  /** Appends forward, backward and optimizer; the optimizer raises the step counter. */
  encodeTrain(pass: GPUComputePassEncoder): void {
    this.train.encode(pass);
  }

  /** Encodes and submits `count` whole steps in one pass and one submit; does not wait. */
  run(count: number): void {
    this.device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = 0; i < count; i++) {
        this.encodeData(pass);
        this.encodeTrain(pass);
      }
      pass.end();
    });
  }

  /** Frees the step's buffers, not the parameters; the step must not be used afterwards. */
  destroy(): void {
    for (const buffer of this.owned) buffer.destroy();
  }

  /** Sets the step counter, which the source, the schedule and the history read. */
  seek(step: number): void {
    this.device.write(this.state, Uint32Array.of(step, 0, 0, 0));
  }

  /** Reads steps first .. first+count−1 of one model from the loss history; at most `capacity` steps back exist. */
  async read(first: number, count: number, model = 0): Promise<StepRecord[]> {
    const { offset, length } = this.historyRange(model);
    return this.decodeHistory(await this.device.read(this.history, offset, length), first, count);
  }

  /** Where one model's loss history lies, to read it back in the same submit as the steps. */
  historyRange(model = 0): ByteRange {
    return { buffer: this.history, offset: 16 * this.capacity * model, length: 16 * this.capacity };
  }

  /** Steps first .. first+count−1 from the bytes of `historyRange`. */
  decodeHistory(bytes: ArrayBuffer, first: number, count: number): StepRecord[] {
    const values = new Float32Array(bytes);
    return Array.from({ length: count }, (_, i) => {
      const at = 4 * ((first + i) % this.capacity);
      return { loss: values[at]!, gradNorm: values[at + 1]! < 0 ? null : values[at + 1]!, lr: values[at + 2]! };
    });
  }
}

export interface ForwardOptions {
  readonly parameters: ParameterSet;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly model: Model;
  /** Dispatches to run before and after the model, e.g. loading a batch and scoring it. */
  readonly before?: (buffers: Readonly<Record<string, GPUBuffer>>) => readonly BoundProgram[];
  readonly after?: (buffers: Readonly<Record<string, GPUBuffer>>, output: ForwardPass['output']) => readonly BoundProgram[];
}

function buildForward(device: Device, options: ForwardOptions) {
  const { parameters } = options;
  const { graph, output: result } = traceModel(device, parameters, options.inputs, options.model, false);
  const nodes = prune(fuse(graph.nodes, result, false), [result]);
  const inputs = inputBuffers(device, options.inputs, parameters.models);
  const lowered = lowerGraph(device, nodes, parameters.models, externals(parameters, options.inputs, inputs), [result]);
  const output = { resource: lowered.resource(result) as GPUBuffer, shape: result.shape, modelStride: lowered.modelStride(result) };
  const owned = [...Object.values(inputs), ...lowered.buffers];
  return {
    inputs,
    output,
    owned,
    programs: [...(options.before?.(inputs) ?? []), ...lowered.programs, ...(options.after?.(inputs, output) ?? [])],
  };
}

/** The dispatches of a forward pass, to put among others, e.g. into a training step's `source`. The caller frees what is `owned`. */
export type ForwardDispatches = ReturnType<typeof buildForward>;

/**
 * Traces and lowers a forward pass without compiling it. Its programs read the parameters as they are when they run: in front of a training step
 * they see the model of that very step.
 */
export const forwardDispatches = (device: Device, options: ForwardOptions): ForwardDispatches => buildForward(device, options);

/** A forward pass compiled from a traced model, for evaluation and prediction: no gradients, output buffer kept. */
export class ForwardPass {
  readonly device: Device;
  readonly inputs: Readonly<Record<string, GPUBuffer>>;
  /** Buffers that `destroy` frees. */
  readonly owned: readonly GPUBuffer[];
  /** Buffer of the output [M, …shape], its shape for one model, and elements from one model to the next. */
  readonly output: { readonly resource: GPUBuffer; readonly shape: Shape; readonly modelStride: number };
  private readonly recording: Recording;

  /** Traces, fuses and compiles. Returns the pass and the seconds that pipelines took. */
  static async compile(device: Device, options: ForwardOptions): Promise<{ pass: ForwardPass; seconds: number }> {
    const started = performance.now();
    const { programs, ...parts } = buildForward(device, options);
    await device.compile(programs.map(({ program }) => program));
    return { pass: new ForwardPass(device, parts, new Recording(device, programs)), seconds: (performance.now() - started) / 1000 };
  }

  private constructor(device: Device, parts: Pick<ForwardPass, 'inputs' | 'output' | 'owned'>, recording: Recording) {
    this.device = device;
    this.inputs = parts.inputs;
    this.output = parts.output;
    this.owned = parts.owned;
    this.recording = recording;
  }

  /** Frees the pass's buffers, not the parameters. */
  destroy(): void {
    for (const buffer of this.owned) buffer.destroy();
  }

  encode(pass: GPUComputePassEncoder): void {
    this.recording.encode(pass);
  }

  /** Encodes and submits the pass `count` times; does not wait. */
  run(count = 1): void {
    this.device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = 0; i < count; i++) this.recording.encode(pass);
      pass.end();
    });
  }
}
