import { type DType, encodeF16, formatShape, InputError, numel, type Shape } from '@kindling/core';
import type { BindingResource, Device } from '@kindling/device';
import { differentiate, prune } from './backward.js';
import { Graph, type GraphNode, type Tensor } from './graph.js';
import { lowerGraph } from './lower.js';

export interface LeafOptions {
  /** Whether `backward` should leave a gradient for this tensor; default false. */
  readonly grad?: boolean;
  /** 'u32' for class labels and indices, 'f16' for values rounded and stored so; default 'f32'. */
  readonly dtype?: DType;
  readonly name?: string;
}

/**
 * Tensors with values, for tests and exploration: the same ops as in a traced model, run when a value is asked for.
 *
 * ```ts
 * const eager = new Eager(device);
 * const x = eager.tensor([1, -2, 3], [3], { grad: true });
 * eager.backward(relu(x), eager.tensor([1, 1, 1], [3]));
 * await eager.read(eager.grad(x));   // [1, 0, 1]
 * ```
 * One dispatch an op, every intermediate kept until `destroy`: for training, compile a `TrainingStep`.
 */
export class Eager {
  readonly device: Device;
  readonly graph: Graph;
  private readonly leaves = new Map<string, Tensor>();
  private readonly values = new Map<number, BindingResource>();
  private readonly ran = new Set<GraphNode>();
  private readonly owned: GPUBuffer[] = [];
  private readonly grads = new Map<number, Tensor>();

  constructor(device: Device) {
    this.device = device;
    this.graph = new Graph(device.traits);
  }

  /** A tensor from host values, row-major. @throws InputError when their number does not fit the shape */
  tensor(
    values: ArrayLike<number>,
    shape: Shape,
    { grad = false, dtype = 'f32', name = `leaf ${this.values.size}` }: LeafOptions = {},
  ): Tensor {
    if (values.length !== numel(shape) || values.length === 0) {
      throw new InputError({
        subject: name,
        got: `${values.length} values for shape ${formatShape(shape)}`,
        expected: `${numel(shape)} values, at least one`,
        next: 'make the shape and the values agree',
      });
    }
    const tensor = grad ? this.graph.parameter(name, shape) : this.graph.input(name, shape, dtype);
    this.keep(tensor, this.device.upload(name, dataOf(values, tensor.dtype)));
    if (grad) this.leaves.set(name, tensor);
    return tensor;
  }

  /** Runs what the tensor still needs and reads it: f32 values, those stored as f16 included, or u32 for indices. */
  async read(tensor: Tensor): Promise<Float32Array | Uint32Array> {
    const { parts } = tensor.storage;
    const summed = parts === 1 ? tensor : this.graph.emit('sum_parts', { x: tensor }, { parts }).y!;
    const whole = summed.dtype === 'f16' ? this.graph.emit('cast', { x: summed }, { to: 'f32' }).y! : summed;
    this.run([whole]);
    const { buffer, offset = 0 } = this.range(whole);
    const size = numel(whole.shape);
    return whole.dtype === 'f32' ? this.device.readF32(buffer, offset / 4, size) : this.device.readU32(buffer, offset / 4, size);
  }

  /**
   * Gradients of `output` for every leaf made with `grad: true` that it depends on.
   * @param seed ∂L/∂output, of output's shape; may be left out for a scalar
   * @throws InputError when output is no scalar and no seed is given, or an op on the way has no gradient
   */
  backward(output: Tensor, seed?: Tensor): void {
    if (!seed && output.shape.length > 0) {
      throw new InputError({
        subject: 'backward',
        got: `an output of shape ${formatShape(output.shape)} and no seed`,
        expected: 'a scalar, or ∂L/∂output as the second argument',
        next: 'reduce the output with mean or sum, or pass a seed of its shape',
      });
    }
    const reached = this.graph.nodes.slice();
    const used = usedLeaves(reached, output);
    const wanted = new Map([...this.leaves].filter(([, leaf]) => used.has(leaf.storage.id)));
    const { grads } = differentiate(this.graph, prune(reached, [output]), output, wanted, seed ?? this.tensor([1], []));
    for (const [name, grad] of grads) this.grads.set(this.leaves.get(name)!.storage.id, grad);
  }

  /** The gradient that the last `backward` left for a leaf, as a tensor to read or compute with. @throws InputError when there is none */
  grad(leaf: Tensor): Tensor {
    const grad = this.grads.get(leaf.storage.id);
    if (grad) return grad;
    throw new InputError({
      subject: `grad of ${leaf.storage.name}`,
      got: 'no gradient',
      expected: 'a leaf made with { grad: true } that the output of backward() depends on',
      next: 'call backward first, or make the leaf with { grad: true }',
    });
  }

  /** Frees every buffer; the tensors must not be read afterwards. */
  destroy(): void {
    for (const buffer of this.owned) buffer.destroy();
  }

  private keep(tensor: Tensor, resource: BindingResource): void {
    this.values.set(tensor.storage.id, resource);
    this.owned.push('buffer' in resource ? resource.buffer : resource);
  }

  private range(tensor: Tensor): { buffer: GPUBuffer; offset?: number } {
    const resource = this.values.get(tensor.storage.id)!;
    return 'buffer' in resource ? (resource as { buffer: GPUBuffer; offset?: number }) : { buffer: resource };
  }

  private run(targets: readonly Tensor[]): void {
    const pending = this.graph.nodes.filter((node) => !this.ran.has(node));
    const nodes = prune(pending, targets);
    if (nodes.length === 0) return;
    const outputs = nodes.flatMap((node) => Object.values(node.outputs));
    const external = { resource: ({ id }: { id: number }) => this.values.get(id), modelStride: () => 0 };
    const lowered = lowerGraph(this.device, nodes, 1, external, outputs);
    for (const { program, resources } of lowered.programs) this.device.run(program, resources);
    for (const tensor of outputs) if (!this.values.has(tensor.storage.id)) this.keep(tensor, lowered.resource(tensor));
    for (const node of nodes) this.ran.add(node);
  }
}

function dataOf(values: ArrayLike<number>, dtype: DType): ArrayBufferView {
  if (dtype === 'f32') return Float32Array.from(values);
  if (dtype === 'f16') return encodeF16(values);
  return dtype === 'u32' ? Uint32Array.from(values) : Int32Array.from(values);
}

/** Storages of parameters that an output depends on. */
function usedLeaves(nodes: readonly GraphNode[], output: Tensor): Set<number> {
  const used = new Set<number>([output.storage.id]);
  for (const node of prune(nodes, [output])) for (const tensor of Object.values(node.inputs)) used.add(tensor.storage.id);
  return used;
}
