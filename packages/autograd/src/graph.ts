import { type DType, formatShape, InputError, KindlingError, numel, type Shape, type Traits } from '@kindling/core';
import { type Attrs, type OpName, type OutputSpec, ops, type Ref, withStorage } from '@kindling/kernels';

/** Where a tensor's elements live: several tensors (reshapes) may share one storage. */
export interface Storage {
  readonly id: number;
  readonly kind: 'input' | 'parameter' | 'intermediate' | 'one';
  readonly name: string;
  readonly dtype: DType;
  /** Elements of one model's block, partial sums included. */
  readonly size: number;
  readonly parts: number;
}

/** A tensor of a traced graph: a shape over a storage. It has no data: see `TrainingStep` and `ForwardPass` for running a graph. */
export interface Tensor extends Ref {
  readonly graph: Graph;
  readonly shape: Shape;
  readonly storage: Storage;
}

/** One op of the graph, or a reshape, which costs nothing. */
export interface GraphNode {
  readonly op: OpName | 'reshape';
  readonly inputs: Readonly<Record<string, Tensor>>;
  readonly outputs: Readonly<Record<string, Tensor>>;
  readonly attrs: Attrs;
  /** The user's line that made it, e.g. `model.ts:12:9`. */
  readonly site: string | undefined;
}

/** First stack frame outside autograd and the gradient rules: the line of the user's model that called an op. */
function callSite(): string | undefined {
  const frames = new Error().stack?.split('\n').slice(1) ?? [];
  const own = /[\\/]((autograd|kernels)[\\/](src|dist)|@kindling[\\/](autograd|kernels))[\\/]/;
  const frame = frames.find((line) => line.includes(':') && (!own.test(line) || line.includes('.test.')));
  return frame
    ?.trim()
    .replace(/^at\s+/, '')
    .replace(/^.*\(|\)$/g, '');
}

/** A list of ops in the order in which they were called: the tape that gradients, fusion and the memory plan read. */
export class Graph {
  readonly nodes: GraphNode[] = [];
  readonly traits: Traits;
  private storages = 0;

  /** @param traits adapter facts; some gradient shapes (partial sums) depend on them */
  constructor(traits: Traits) {
    this.traits = traits;
  }

  /** A tensor that the caller fills before each step, e.g. the batch. */
  input(name: string, shape: Shape, dtype: DType = 'f32'): Tensor {
    return this.tensor('input', name, shape, dtype, 1);
  }

  /** A trainable tensor. */
  parameter(name: string, shape: Shape): Tensor {
    return this.tensor('parameter', name, shape, 'f32', 1);
  }

  /** The scalar 1 that starts a backward pass. */
  one(): Tensor {
    return this.tensor('one', 'one', [], 'f32', 1);
  }

  private tensor(kind: Storage['kind'], name: string, shape: Shape, dtype: DType, parts: number): Tensor {
    const storage: Storage = { id: this.storages++, kind, name, dtype, size: numel(shape) * parts, parts };
    return { graph: this, shape, dtype, storage };
  }

  /**
   * Appends an op and returns its outputs by name. Inputs stored as f16 bring the attribute `storage: 'f16'` along.
   * @throws InputError when shapes or storage do not fit, naming the op, the user's line, what it got and what it expected
   */
  emit(op: OpName, inputs: Readonly<Record<string, Tensor>>, given: Attrs = {}): Record<string, Tensor> {
    const site = callSite();
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor.shape]));
    for (const name of ops[op].inputs) {
      if (inputs[name] || ops[op].optional?.includes(name)) continue;
      throw new InputError({
        subject: op,
        got: `no tensor ${name}`,
        expected: `tensors ${ops[op].inputs.join(', ')}`,
        next: `pass ${name}`,
      });
    }
    let specs: Record<string, OutputSpec>;
    let attrs: Attrs;
    try {
      attrs = withStorage(ops[op], inputs, given);
      specs = ops[op].infer(shapes, attrs, this.traits);
    } catch (error) {
      if (error instanceof KindlingError && site) throw new InputError({ ...error.parts, site }, error.exitCode, { cause: error });
      throw error;
    }
    const outputs = this.tensorsOf(op, specs);
    this.nodes.push({ op, inputs, outputs, attrs, site });
    return outputs;
  }

  /** Fresh output tensors for an op, without appending it: for passes that rewrite the graph. */
  outputsOf(op: OpName, inputs: Readonly<Record<string, Tensor>>, attrs: Attrs): Record<string, Tensor> {
    const shapes = Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, tensor.shape]));
    return this.tensorsOf(op, ops[op].infer(shapes, attrs, this.traits));
  }

  private tensorsOf(op: OpName, specs: Record<string, OutputSpec>): Record<string, Tensor> {
    return Object.fromEntries(
      Object.entries(specs).map(([name, { shape, dtype = 'f32', parts = 1 }]) => [
        name,
        this.tensor('intermediate', `${op}.${name}`, shape, dtype, parts),
      ]),
    );
  }

  /** The same elements under another shape; free. @throws InputError when the number of elements differs. */
  reshape(x: Tensor, shape: Shape): Tensor {
    if (numel(shape) !== numel(x.shape)) {
      throw new InputError({
        subject: 'reshape',
        got: `${formatShape(x.shape)} (${numel(x.shape)} elements) to ${formatShape(shape)} (${numel(shape)})`,
        expected: 'equal numbers of elements',
        next: 'correct the target shape',
        ...(callSite() ? { site: callSite()! } : {}),
      });
    }
    const y: Tensor = { graph: this, shape, dtype: x.dtype, storage: x.storage };
    this.nodes.push({ op: 'reshape', inputs: { x }, outputs: { y }, attrs: {}, site: callSite() });
    return y;
  }
}
