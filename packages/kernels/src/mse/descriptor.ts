import { defineProgram, foldWorkgroups, requireRank, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/mse/forward';
import { modelStrides } from '../model-strides.js';
import { defineOp } from '../op.js';

/** mse: pred, labels f32 [N,O] → rows [N] = mean over O of (pred − label)², dp [N,O] = ∂rows/∂pred; torch.nn.functional.mse_loss a row. */
export const mse = /* @__PURE__ */ defineOp({
  name: 'mse',
  inputs: ['pred', 'labels'],
  outputs: ['rows', 'dp'],
  variants: ['fused'],
  infer({ pred, labels }) {
    requireRank('mse', 'pred', pred!, 2, '[N, outputs]');
    requireShape('mse', 'labels', labels!, pred!, 'one target a prediction');
    return { rows: { shape: [pred![0]!] }, dp: { shape: pred! } };
  },
  lower(context) {
    const [n, o] = context.tensors.pred!.shape as [number, number];
    const program = defineProgram({
      name: 'mse/forward',
      source: { path: 'mse/forward.wgsl', text: forward },
      params: { n, o, ...modelStrides(context, ['pred', 'labels', 'rows', 'dp']) },
      workgroups: foldWorkgroups(Math.ceil(n / 64), context.models),
    });
    return [{ program }];
  },
});
