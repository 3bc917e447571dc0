import { Graph, type GraphNode, type Tensor } from '@kindling/autograd';
import { coreTraits, formatShape, InputError, type SafeTensor } from '@kindling/core';
import type { ModelSpec } from '@kindling/warmup';
import { bytes, int, join, type Message, message, text } from './protobuf.js';

/** Field numbers below are those of onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto), by message. */
const IR_VERSION = 8;
/** Every operator used here has had its meaning since 13 or longer, so that old and new runtimes read the file. */
export const OPSET = 13;
const FLOAT = 1;
const ATTRIBUTE = { int: 2, ints: 7 } as const;

/** The batch axis' name: its size is chosen at each call. */
const BATCH = 'batch';

const attribute = (name: string, value: number | readonly number[]): Message =>
  typeof value === 'number'
    ? message(5, text(1, name), int(3, value), int(20, ATTRIBUTE.int))
    : message(5, text(1, name), ...value.map((each) => int(8, each)), int(20, ATTRIBUTE.ints));

interface Node {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly attributes: Readonly<Record<string, number | readonly number[]>>;
}

const nodeMessage = ({ type, inputs, attributes }: Node, output: string): Message =>
  message(
    1,
    ...inputs.map((name) => text(1, name)),
    text(2, output),
    text(3, output),
    text(4, type),
    ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  );

function initializer(name: string, { data, shape, dtype }: SafeTensor): Message {
  if (dtype !== 'F32') {
    throw new InputError({ subject: `tensor ${name}`, got: dtype, expected: 'F32', next: 'export a model that kindling wrote' });
  }
  const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  return message(5, ...shape.map((size) => int(1, size)), int(2, FLOAT), text(8, name), bytes(9, raw));
}

/** Name and shape of an f32 tensor whose first axis is the batch. */
function valueInfo(field: number, name: string, shape: readonly number[]): Message {
  const axes = [message(1, text(2, BATCH)), ...shape.slice(1).map((size) => message(1, int(1, size)))];
  return message(field, text(1, name), message(2, message(1, int(1, FLOAT), message(2, ...axes))));
}

const square = (size: number): number[] => [size, size];
const border = (padding: number): number[] => [padding, padding, padding, padding];

/** One op of the graph as an ONNX operator. @throws InputError for an op that has no place here */
function operatorOf(node: GraphNode, nameOf: (tensor: Tensor) => string): Node {
  const { op, inputs, outputs } = node;
  const attrs = node.attrs as Readonly<Record<string, number>>;
  const named = (...names: string[]): string[] => names.flatMap((name) => (inputs[name] ? [nameOf(inputs[name])] : []));
  const [x, y] = [inputs.x?.shape ?? [], outputs.y?.shape ?? []];
  if (op === 'conv2d') {
    const attributes = {
      kernel_shape: inputs.w!.shape.slice(2),
      strides: square(attrs.stride!),
      pads: border(attrs.padding!),
      group: attrs.groups!,
    };
    return { type: 'Conv', inputs: named('x', 'w', 'b'), attributes };
  }
  if (op === 'maxpool2d') {
    const attributes = { kernel_shape: square(attrs.kernel!), strides: square(attrs.stride!), pads: border(attrs.padding!) };
    return { type: 'MaxPool', inputs: named('x'), attributes };
  }
  if (op === 'relu') return { type: 'Relu', inputs: named('x'), attributes: {} };
  if (op === 'linear') return { type: 'Gemm', inputs: named('x', 'w', 'b'), attributes: { transB: 1 } };
  if (op === 'reshape' && y.length === 2 && y[0] === x[0]) return { type: 'Flatten', inputs: named('x'), attributes: { axis: 1 } };
  throw new InputError({
    subject: 'ONNX export',
    got: op === 'reshape' ? `a reshape of ${formatShape(x)} to ${formatShape(y)}` : `the op ${op}`,
    expected: 'conv2d, maxpool2d, relu, linear and flatten',
    next: 'export a model of these alone',
    ...(node.site ? { site: node.site } : {}),
  });
}

/** A trained model: what it computes, and its weights by name. */
export interface TrainedModel {
  readonly model: ModelSpec;
  readonly classes: number;
  readonly tensors: Readonly<Record<string, SafeTensor>>;
}

/**
 * The model as an ONNX file: `x` [batch, C, H, W] f32 in, `logits` [batch, classes] out, any batch; weights under their own names.
 * Made from the model's trace, so that it is the network that was trained.
 * @param properties facts to keep in the file's metadata
 * @throws InputError for a model with an op that cannot be exported
 */
export function encodeOnnx(
  { model, classes, tensors }: TrainedModel,
  properties: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const { channels, height, width } = model.input;
  const graph = new Graph(coreTraits);
  // The batch of the trace stands for any: the file gives that axis a name.
  const x = graph.input('x', [1, channels, height, width]);
  const specs = Object.entries(model.parameters(classes));
  const p = Object.fromEntries(specs.map(([name, { shape }]) => [name, graph.parameter(name, shape)]));
  const logits = model.forward(p, { x });
  const names = new Map<Tensor, string>([[x, 'x'], ...Object.entries(p).map(([name, tensor]): [Tensor, string] => [tensor, name])]);
  const nodes = graph.nodes.map((node, i) => {
    const operator = operatorOf(node, (tensor) => names.get(tensor)!);
    const output = node.outputs.y!;
    names.set(output, output === logits ? 'logits' : `${operator.type.toLowerCase()}_${i}`);
    return nodeMessage(operator, names.get(output)!);
  });
  const graphMessage = message(
    7,
    ...nodes,
    text(2, model.name),
    ...specs.map(([name]) => initializer(name, tensors[name]!)),
    valueInfo(11, 'x', x.shape),
    valueInfo(12, 'logits', logits.shape),
  );
  return join(
    int(1, IR_VERSION),
    text(2, 'kindling'),
    graphMessage,
    message(8, text(1, ''), int(2, OPSET)),
    ...Object.entries(properties).map(([name, value]) => message(14, text(1, name), text(2, value))),
  );
}
