import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape, type Shape } from '@kindling/core';
import fused from '@kindling/shaders/linear_loss/fused';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';
import { labelSmoothing } from '../softmax-cross-entropy/descriptor.js';

/** Rows of the batch that a workgroup owns, and the most outputs its workgroup memory holds; both as in the WGSL. */
const ROWS = 4;
export const LINEAR_LOSS_MAX_OUTPUTS = 64;

export interface LinearLossAttrs extends Attrs {
  readonly kind: 'softmax_cross_entropy' | 'mse';
  /** Of the cross-entropy, 0 to 1. */
  readonly label_smoothing: number;
  /** Whether x is the output of a ReLU whose mask dx should already carry. */
  readonly relu_input?: boolean;
}

function sizesOf(x: Shape, w: Shape, labels: Shape, kind: LinearLossAttrs['kind']): { n: number; i: number; o: number } {
  requireRank('linear_loss', 'x', x, 2, '[N, in]');
  requireRank('linear_loss', 'w', w, 2, '[out, in]');
  requireShape('linear_loss', 'w', w, [w[0]!, x[1]!], `x has ${x[1]} features a row`);
  const [n, i, o] = [x[0]!, x[1]!, w[0]!];
  requireShape('linear_loss', 'labels', labels, kind === 'mse' ? [n, o] : [n], kind === 'mse' ? 'one target an output' : 'one class a row');
  if (o > LINEAR_LOSS_MAX_OUTPUTS) {
    throw new InputError({
      subject: 'linear_loss',
      got: `${o} outputs`,
      expected: `at most ${LINEAR_LOSS_MAX_OUTPUTS}, which workgroup memory holds`,
      next: 'use linear and the loss as two ops',
    });
  }
  return { n, i, o };
}

/**
 * The last linear layer with its loss and all gradients in one dispatch, for a loss that is the mean over the batch and the graph's root.
 * x [N,in], w [out,in], b [out], labels u32 [N] (cross-entropy) or f32 [N,out] (mse) → rows [N] (loss a row), dx [N,in], dw, db in parts.
 */
export const linearLoss = /* @__PURE__ */ defineOp<LinearLossAttrs>({
  name: 'linear_loss',
  attrs: { kind: 'string', label_smoothing: 'number?', relu_input: 'boolean?' },
  inputs: ['x', 'w', 'b', 'labels'],
  outputs: ['rows', 'dx', 'dw', 'db'],
  variants: ['fused'],
  infer({ x, w, b, labels }, { kind, ...attrs }) {
    const { n, o } = sizesOf(x!, w!, labels!, kind);
    labelSmoothing('linear_loss', attrs);
    requireShape('linear_loss', 'b', b!, [o], 'one bias an output');
    const parts = Math.ceil(n / ROWS);
    return { rows: { shape: [n] }, dx: { shape: x! }, dw: { shape: w!, parts }, db: { shape: [o], parts } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const g = sizesOf(tensors.x!.shape, tensors.w!.shape, tensors.labels!.shape, attrs.kind);
    const strides = modelStrides(context, ['x', 'w', 'b', 'labels', 'rows', 'dx', 'dw', 'db']);
    const program = defineProgram({
      name: 'linear_loss/fused',
      source: { path: 'linear_loss/fused.wgsl', text: fused },
      params: {
        ...g,
        kind: attrs.kind === 'mse' ? 1 : 0,
        relu_input: attrs.relu_input ? 1 : 0,
        smoothing: labelSmoothing('linear_loss', attrs),
        ...strides,
      },
      workgroups: foldWorkgroups(Math.ceil(g.n / ROWS), context.models),
    });
    return [{ program }];
  },
});
