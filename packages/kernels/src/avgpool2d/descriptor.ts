import { defineProgram, foldWorkgroups, requireRank, requireShape, type Shape } from '@kindling/core';
import forward from '@kindling/shaders/avgpool2d/forward';
import grad from '@kindling/shaders/avgpool2d/grad';
import { type Pool2dAttrs, pool2dShape } from '../maxpool2d/descriptor.js';
import { modelStrides } from '../model-strides.js';
import { defineOp } from '../op.js';

export interface Avgpool2dAttrs extends Pool2dAttrs {
  /** Zeros on every side; they count in the mean (PyTorch's count_include_pad). At most half the kernel. */
  readonly padding: number;
}

const sizes = (x: Shape, y: Shape, { kernel, stride, padding }: Avgpool2dAttrs) => ({
  planes: x[0]! * x[1]!,
  h: x[2]!,
  w: x[3]!,
  p: y[2]!,
  q: y[3]!,
  kernel,
  stride,
  padding,
});

/** avgpool2d: x [N,C,H,W] → y [N,C,P,Q], the mean of each window; torch.nn.functional.avg_pool2d. */
export const avgpool2d = /* @__PURE__ */ defineOp<Avgpool2dAttrs>({
  name: 'avgpool2d',
  attrs: { kernel: 'number', stride: 'number', padding: 'number' },
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }, attrs) {
    return { y: { shape: pool2dShape('avgpool2d', x!, attrs) } };
  },
  lower(context) {
    const { x, y } = context.tensors;
    const g = sizes(x!.shape, y!.shape, context.attrs);
    const program = defineProgram({
      name: 'avgpool2d/forward',
      source: { path: 'avgpool2d/forward.wgsl', text: forward },
      params: { ...g, ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil((g.planes * g.p * g.q) / 64), context.models),
    });
    return [{ program }];
  },
});

/** Gradient of avgpool2d: dx [N,C,h,width] from dy [N,C,P,Q]. */
export const avgpool2dGrad = /* @__PURE__ */ defineOp<Avgpool2dAttrs & { readonly h: number; readonly width: number }>({
  name: 'avgpool2d_grad',
  attrs: { kernel: 'number', stride: 'number', padding: 'number', h: 'number', width: 'number' },
  inputs: ['dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy }, attrs) {
    requireRank('avgpool2d_grad', 'dy', dy!, 4, '[N, C, P, Q]');
    const x = [dy![0]!, dy![1]!, attrs.h, attrs.width];
    requireShape('avgpool2d_grad', 'dy', dy!, pool2dShape('avgpool2d_grad', x, attrs), 'the shape of y');
    return { dx: { shape: x } };
  },
  lower(context) {
    const { dx, dy } = context.tensors;
    const g = sizes(dx!.shape, dy!.shape, context.attrs);
    const program = defineProgram({
      name: 'avgpool2d/grad',
      source: { path: 'avgpool2d/grad.wgsl', text: grad },
      params: { ...g, ...modelStrides(context, ['dy', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil((g.planes * g.h * g.w) / 64), context.models),
    });
    return [{ program }];
  },
});
