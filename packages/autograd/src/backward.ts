import { type DType, InputError } from '@kindling/core';
import { gradients, type OpName, type Ref } from '@kindling/kernels';
import type { Graph, GraphNode, Tensor } from './graph.js';

/** Reverse-mode differentiation of a graph. */
export interface Backward {
  /** Forward and backward nodes in order. */
  readonly nodes: GraphNode[];
  /** ∂loss/∂parameter by the parameter's name; may be left in parts. */
  readonly grads: Map<string, Tensor>;
}

/** Storages that a parameter reaches: only these need gradients. */
function reachable(nodes: readonly GraphNode[]): Set<number> {
  const reached = new Set<number>();
  for (const node of nodes) {
    const touched = Object.values(node.inputs).some(({ storage }) => storage.kind === 'parameter' || reached.has(storage.id));
    if (touched) for (const tensor of Object.values(node.outputs)) reached.add(tensor.storage.id);
  }
  return reached;
}

/**
 * Appends the gradient ops of `loss` to `nodes` (with `seed` as ∂/∂loss, the scalar 1 by default), newest first, adding where a tensor is used more than once.
 * @throws InputError when an op on the way has no gradient, or a parameter does not reach the loss
 */
export function differentiate(
  graph: Graph,
  nodes: readonly GraphNode[],
  loss: Tensor,
  parameters: ReadonlyMap<string, Tensor>,
  seed: Tensor = graph.one(),
): Backward {
  const reached = reachable(nodes);
  const wanted = (tensor: Tensor): boolean => tensor.storage.kind === 'parameter' || reached.has(tensor.storage.id);
  const grads = new Map<Tensor, Tensor>([[loss, seed]]);
  const first = graph.nodes.length;

  const whole = (grad: Tensor): Tensor =>
    grad.storage.parts === 1 ? grad : graph.emit('sum_parts', { x: grad }, { parts: grad.storage.parts }).y!;
  const stored = (grad: Tensor, dtype: DType): Tensor => (grad.dtype === dtype ? grad : graph.emit('cast', { x: grad }, { to: dtype }).y!);
  // In f32, which is what `add` takes and what a sum should have.
  const accumulate = (tensor: Tensor, grad: Tensor): void => {
    const before = grads.get(tensor);
    grads.set(tensor, before ? graph.emit('add', { a: stored(whole(before), 'f32'), b: stored(whole(grad), 'f32') }).y! : grad);
  };

  for (const node of [...nodes].reverse()) {
    const { x, y } = { ...node.inputs, ...node.outputs };
    // The f32 gradient of a weight passes a cast as it is, in parts, which the optimizer adds.
    if (node.op === 'cast' && grads.get(y!)?.dtype === x!.dtype) {
      if (wanted(x!)) accumulate(x!, grads.get(y!)!);
      continue;
    }
    const incoming = Object.fromEntries(
      Object.entries(node.outputs).flatMap(([name, tensor]) => (grads.has(tensor) ? [[name, whole(grads.get(tensor)!)]] : [])),
    );
    if (Object.keys(incoming).length === 0 || !Object.values(node.inputs).some(wanted)) continue;
    if (node.op === 'reshape') {
      accumulate(node.inputs.x!, graph.reshape(incoming.y!, node.inputs.x!.shape));
      continue;
    }
    // A gradient is stored as its tensor is; only a cast takes one that is still f32, as gradients of weights are.
    if (node.op !== 'cast') for (const [name, grad] of Object.entries(incoming)) incoming[name] = stored(grad, node.outputs[name]!.dtype);
    const rule = gradients[node.op];
    if (rule === 'none') {
      throw new InputError({
        subject: node.op,
        got: 'a request for its gradient',
        expected: 'an op with a gradient rule between the parameters and the loss',
        next: 'keep this op out of the loss',
        ...(node.site ? { site: node.site } : {}),
      });
    }
    const results = rule({
      inputs: node.inputs,
      outputs: node.outputs,
      grads: incoming,
      attrs: node.attrs,
      needs: (name) => node.inputs[name] !== undefined && wanted(node.inputs[name]),
      emit: (op, inputs, attrs) => graph.emit(op as OpName, inputs as Record<string, Tensor>, attrs) as Record<string, Ref>,
    });
    for (const [name, grad] of Object.entries(results)) {
      const input = node.inputs[name];
      if (grad && input && wanted(input)) accumulate(input, grad as Tensor);
    }
  }

  const byName = new Map<string, Tensor>();
  for (const [name, tensor] of parameters) {
    const grad = grads.get(tensor);
    if (!grad) {
      throw new InputError({
        subject: `parameter ${name}`,
        got: 'no path to the loss',
        expected: 'a parameter that the loss depends on',
        next: 'use it in the model, or leave it out of the parameter set',
      });
    }
    byName.set(name, grad);
  }
  return { nodes: [...nodes, ...graph.nodes.slice(first)], grads: byName };
}

/** Drops every node whose outputs nobody needs, keeping the order. */
export function prune(nodes: readonly GraphNode[], keep: readonly Tensor[]): GraphNode[] {
  const needed = new Set(keep.map((tensor) => tensor.storage.id));
  const kept: GraphNode[] = [];
  for (const node of [...nodes].reverse()) {
    if (!Object.values(node.outputs).some((tensor) => needed.has(tensor.storage.id))) continue;
    for (const tensor of Object.values(node.inputs)) needed.add(tensor.storage.id);
    kept.push(node);
  }
  return kept.reverse();
}
