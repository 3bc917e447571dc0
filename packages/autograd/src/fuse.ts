import { type Attrs, LINEAR_LOSS_MAX_OUTPUTS, type OpName } from '@kindling/kernels';
import type { GraphNode, Tensor } from './graph.js';

/** How often each storage is read: a fusion may swallow an intermediate only if nobody else reads it. */
function countReaders(nodes: readonly GraphNode[]): Map<number, number> {
  const readers = new Map<number, number>();
  for (const node of nodes)
    for (const tensor of Object.values(node.inputs)) readers.set(tensor.storage.id, (readers.get(tensor.storage.id) ?? 0) + 1);
  return readers;
}

interface Matcher {
  /** The node that makes this tensor, if it is `op` and nobody but one node reads the tensor. */
  only(tensor: Tensor | undefined, op: OpName): GraphNode | undefined;
}

const plainConv = ({ stride, padding, groups, relu }: Attrs): boolean => stride === 1 && padding === 1 && groups === 1 && !relu;

/** conv2d 3×3 → relu → maxpool2d 2 becomes conv_relu_pool: the two large intermediates are never stored. */
function convReluPool(node: GraphNode, match: Matcher): GraphNode[] | undefined {
  if (node.op !== 'maxpool2d' || node.attrs.kernel !== 2 || node.attrs.stride !== 2 || (node.attrs.padding ?? 0) !== 0) return undefined;
  const relu = match.only(node.inputs.x, 'relu');
  const conv = match.only(relu?.inputs.x, 'conv2d');
  if (!relu || !conv?.inputs.b || !plainConv(conv.attrs)) return undefined;
  const [, , h, w] = conv.inputs.x!.shape;
  const kernel = conv.inputs.w!.shape;
  if (h! % 2 !== 0 || w! % 2 !== 0 || kernel[2] !== 3 || kernel[3] !== 3) return undefined;
  // The fused op packs its winners in another way than maxpool2d: only y stays the same tensor.
  const outputs = { ...node.outputs.y!.graph.outputsOf('conv_relu_pool', conv.inputs, {}), y: node.outputs.y! };
  return [relu, conv, { op: 'conv_relu_pool', inputs: conv.inputs, outputs, attrs: {}, site: conv.site }];
}

/** linear → relu and conv2d → relu: the activation is applied before the store. */
function activation(node: GraphNode, match: Matcher): GraphNode[] | undefined {
  if (node.op !== 'relu') return undefined;
  const layer = match.only(node.inputs.x, 'linear') ?? match.only(node.inputs.x, 'conv2d');
  if (!layer || layer.attrs.relu) return undefined;
  return [layer, { ...layer, attrs: { ...layer.attrs, relu: true }, outputs: node.outputs }];
}

/** linear → loss → mean, where the mean is the root: logits, loss and all three gradients in one dispatch. */
function linearLoss(node: GraphNode, match: Matcher, root: Tensor): GraphNode[] | undefined {
  const kind = node.op;
  if (kind !== 'softmax_cross_entropy' && kind !== 'mse') return undefined;
  const layer = match.only(kind === 'mse' ? node.inputs.pred : node.inputs.logits, 'linear');
  if (!layer?.inputs.b || layer.attrs.relu || layer.inputs.w!.shape[0]! > LINEAR_LOSS_MAX_OUTPUTS) return undefined;
  if (match.only(node.outputs.rows, kind) !== node || root.shape.length !== 0) return undefined;
  // Weights of the rows would be a ninth buffer.
  if (node.inputs.weights) return undefined;
  const { rows } = node.outputs;
  const inputs = { ...layer.inputs, labels: node.inputs.labels! };
  const attrs = { kind, label_smoothing: node.attrs.label_smoothing ?? 0 };
  const outputs = node.outputs.rows!.graph.outputsOf('linear_loss', inputs, attrs);
  return [layer, { op: 'linear_loss', inputs, outputs: { ...outputs, rows: rows! }, attrs, site: layer.site }];
}

/**
 * Rewrites a traced forward pass into fewer dispatches. Each rule returns the nodes that it swallows, then the node that stands for them.
 * @param root the loss, which must stay; @param training whether gradients follow (the loss fusion makes them on the way)
 */
export function fuse(nodes: readonly GraphNode[], root: Tensor, training: boolean): GraphNode[] {
  let current = [...nodes];
  const rules = [convReluPool, activation, ...(training && isMeanOfLoss(nodes, root) ? [linearLoss] : [])];
  for (const rule of rules) {
    const readers = countReaders(current);
    readers.set(root.storage.id, (readers.get(root.storage.id) ?? 0) + 1);
    const makers = new Map(current.flatMap((node) => Object.values(node.outputs).map((tensor) => [tensor.storage.id, node] as const)));
    const match: Matcher = {
      only: (tensor, op) => {
        const maker = tensor && readers.get(tensor.storage.id) === 1 ? makers.get(tensor.storage.id) : undefined;
        return maker?.op === op ? maker : undefined;
      },
    };
    const gone = new Set<GraphNode>();
    const replaced = new Map<GraphNode, GraphNode>();
    for (const node of current) {
      const found = rule(node, match, root);
      if (!found || found.slice(0, -1).some((swallowed) => gone.has(swallowed))) continue;
      for (const swallowed of found.slice(0, -1)) gone.add(swallowed);
      replaced.set(node, found[found.length - 1]!);
    }
    current = current.filter((node) => !gone.has(node)).map((node) => replaced.get(node) ?? node);
  }
  return maskBelowLoss(current);
}

/** linear with ReLU → linear_loss: the loss masks the gradient that it hands down, so that the layer need not read its output again. */
function maskBelowLoss(nodes: readonly GraphNode[]): GraphNode[] {
  const readers = countReaders(nodes);
  const masked = new Set(
    nodes.flatMap(({ op, inputs }) => (op === 'linear_loss' && readers.get(inputs.x!.storage.id) === 1 ? [inputs.x!.storage.id] : [])),
  );
  const layers = nodes.filter(({ op, attrs, outputs }) => op === 'linear' && attrs.relu && masked.has(outputs.y!.storage.id));
  const stores = new Set(layers.map(({ outputs }) => outputs.y!.storage.id));
  return nodes.map((node) => {
    if (layers.includes(node)) return { ...node, attrs: { ...node.attrs, masked: true } };
    if (node.op === 'linear_loss' && stores.has(node.inputs.x!.storage.id)) return { ...node, attrs: { ...node.attrs, relu_input: true } };
    return node;
  });
}

/** The loss fusion bakes in ∂L/∂rows = 1/N: true only when the root is the mean of the loss rows and nothing else. */
function isMeanOfLoss(nodes: readonly GraphNode[], root: Tensor): boolean {
  const maker = nodes.find((node) => node.outputs.y === root);
  const loss = maker?.op === 'mean' && nodes.find((node) => node.outputs.rows === maker.inputs.x);
  return loss !== undefined && loss !== false && nodes.filter((node) => node.op === loss.op).length === 1;
}
