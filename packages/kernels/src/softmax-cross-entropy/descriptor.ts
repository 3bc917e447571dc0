import { defineProgram, foldWorkgroups, requireRank, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/softmax_cross_entropy/forward';
import { modelStrides } from '../model-strides.js';
import { defineOp } from '../op.js';

/**
 * softmax_cross_entropy: logits [N,O], labels u32 [N] → rows [N] (loss a row), dz [N,O] (∂rows/∂logits), in one dispatch;
 * torch.nn.functional.cross_entropy with reduction 'none'. A label outside 0..O−1 makes its row NaN.
 */
export const softmaxCrossEntropy = defineOp({
  name: 'softmax_cross_entropy',
  inputs: ['logits', 'labels'],
  outputs: ['rows', 'dz'],
  variants: ['fused'],
  infer({ logits, labels }) {
    requireRank('softmax_cross_entropy', 'logits', logits!, 2, '[N, classes]');
    requireShape('softmax_cross_entropy', 'labels', labels!, [logits![0]!], 'one class a row');
    return { rows: { shape: [logits![0]!] }, dz: { shape: logits! } };
  },
  lower(context) {
    const [n, o] = context.tensors.logits!.shape as [number, number];
    const program = defineProgram({
      name: 'softmax_cross_entropy/forward',
      source: { path: 'softmax_cross_entropy/forward.wgsl', text: forward },
      params: { n, o, ...modelStrides(context, ['logits', 'labels', 'rows', 'dz']) },
      workgroups: foldWorkgroups(Math.ceil(n / 64), context.models),
    });
    return [{ program }];
  },
});
