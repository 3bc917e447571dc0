import { defineProgram, foldWorkgroups, requireRank } from '@kindling/core';
import forward from '@kindling/shaders/global_avg_pool/forward';
import grad from '@kindling/shaders/global_avg_pool/grad';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

/** global_avg_pool: x [N,C,H,W] → y [N,C], the mean of each plane; torch.nn.functional.adaptive_avg_pool2d(x, 1) without the last axes. */
export const globalAvgPool = /* @__PURE__ */ defineOp({
  name: 'global_avg_pool',
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }) {
    requireRank('global_avg_pool', 'x', x!, 4, '[N, C, H, W]');
    return { y: { shape: [x![0]!, x![1]!] } };
  },
  lower(context) {
    const [n, c, h, w] = context.tensors.x!.shape as [number, number, number, number];
    const program = defineProgram({
      name: 'global_avg_pool/forward',
      source: { path: 'global_avg_pool/forward.wgsl', text: forward },
      params: { planes: n * c, inner: h * w, ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil((n * c) / 64), context.models),
    });
    return [{ program }];
  },
});

/** Gradient of global_avg_pool: dx [N,C,h,width] = dy [N,C] / (h·width). */
export const globalAvgPoolGrad = /* @__PURE__ */ defineOp<Attrs & { readonly h: number; readonly width: number }>({
  name: 'global_avg_pool_grad',
  attrs: { h: 'number', width: 'number' },
  inputs: ['dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy }, { h, width }) {
    requireRank('global_avg_pool_grad', 'dy', dy!, 2, '[N, C]');
    const x = [dy![0]!, dy![1]!, h, width];
    requireRank('global_avg_pool_grad', 'dx', x, 4, '[N, C, H, W]');
    return { dx: { shape: x } };
  },
  lower(context) {
    const [n, c, h, w] = context.tensors.dx!.shape as [number, number, number, number];
    const program = defineProgram({
      name: 'global_avg_pool/grad',
      source: { path: 'global_avg_pool/grad.wgsl', text: grad },
      params: { planes: n * c, inner: h * w, ...modelStrides(context, ['dy', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil((n * c * h * w) / 64), context.models),
    });
    return [{ program }];
  },
});
