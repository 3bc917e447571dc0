import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/softmax_cross_entropy/forward';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

export interface SoftmaxCrossEntropyAttrs extends Attrs {
  /** 0 to 1: share of the uniform distribution in the target; 0 by default. */
  readonly label_smoothing?: number;
}

/** The attribute `label_smoothing`, 0 where it is left out. @throws InputError unless it lies in 0..1. */
export function labelSmoothing(op: string, { label_smoothing: smoothing = 0 }: Attrs): number {
  if (typeof smoothing === 'number' && smoothing >= 0 && smoothing <= 1) return smoothing;
  throw new InputError({
    subject: op,
    got: `label_smoothing ${smoothing}`,
    expected: 'a number from 0 to 1',
    next: 'correct the share of the uniform distribution',
  });
}

/**
 * softmax_cross_entropy: logits [N,O], labels u32 [N], weights [N] or missing → rows [N] (loss a row), dz [N,O] (∂rows/∂logits), in one
 * dispatch; torch.nn.functional.cross_entropy(logits, labels, reduction='none', label_smoothing) · weights. A mean of the rows divides by N,
 * not by the sum of the weights. `label_smoothing` ε (default 0) mixes the target with the uniform distribution: (1 − ε)·onehot + ε/O
 * (Szegedy et al. 2016, section 7). A label outside 0..O−1 makes its row NaN.
 */
export const softmaxCrossEntropy = /* @__PURE__ */ defineOp<SoftmaxCrossEntropyAttrs>({
  name: 'softmax_cross_entropy',
  attrs: { label_smoothing: 'number?' },
  inputs: ['logits', 'labels', 'weights'],
  optional: ['weights'],
  outputs: ['rows', 'dz'],
  variants: ['fused'],
  infer({ logits, labels, weights }, attrs) {
    requireRank('softmax_cross_entropy', 'logits', logits!, 2, '[N, classes]');
    requireShape('softmax_cross_entropy', 'labels', labels!, [logits![0]!], 'one class a row');
    if (weights) requireShape('softmax_cross_entropy', 'weights', weights, [logits![0]!], 'one weight a row');
    labelSmoothing('softmax_cross_entropy', attrs);
    return { rows: { shape: [logits![0]!] }, dz: { shape: logits! } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const [n, o] = tensors.logits!.shape as [number, number];
    const program = defineProgram({
      name: 'softmax_cross_entropy/forward',
      source: { path: 'softmax_cross_entropy/forward.wgsl', text: forward },
      params: {
        ...{ n, o, smoothing: labelSmoothing('softmax_cross_entropy', attrs), has_weights: tensors.weights ? 1 : 0 },
        ...modelStrides(context, ['logits', 'labels', 'weights', 'rows', 'dz']),
      },
      workgroups: foldWorkgroups(Math.ceil(n / 64), context.models),
    });
    return [{ program, args: tensors.weights ? {} : { weights: 'logits' } }];
  },
});
