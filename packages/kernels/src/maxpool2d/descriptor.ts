import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape, type Shape } from '@kindling/core';
import forward from '@kindling/shaders/maxpool2d/forward';
import grad from '@kindling/shaders/maxpool2d/grad';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

export interface Pool2dAttrs extends Attrs {
  readonly kernel: number;
  readonly stride: number;
  /** On every side, at most half the kernel; never the maximum. Default 0. */
  readonly padding?: number;
}

/** Output size of a pool: ⌊(H + 2·padding − kernel)/stride⌋ + 1. @throws InputError when the window does not fit. */
export function pool2dShape(op: string, x: Shape, { kernel, stride, padding = 0 }: Pool2dAttrs): [number, number, number, number] {
  requireRank(op, 'x', x, 4, '[N, C, H, W]');
  const [n, c, h, w] = x as [number, number, number, number];
  const whole = [kernel, stride, padding].every(Number.isInteger);
  if (!whole || kernel < 1 || stride < 1 || padding < 0 || 2 * padding > kernel || kernel > Math.min(h, w) + 2 * padding) {
    throw new InputError({
      subject: op,
      got: `kernel ${kernel}, stride ${stride}, padding ${padding} on a ${h}×${w} image`,
      expected: 'a whole kernel from 1 to the smaller padded side, a whole stride ≥ 1, and padding from 0 to half the kernel',
      next: 'use a smaller window or a larger image',
    });
  }
  const along = (size: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return [n, c, along(h), along(w)];
}

const sizes = (x: Shape, y: Shape, { kernel, stride, padding = 0 }: Pool2dAttrs) => ({
  planes: x[0]! * x[1]!,
  h: x[2]!,
  w: x[3]!,
  p: y[2]!,
  q: y[3]!,
  kernel,
  stride,
  padding,
});

/** maxpool2d: x [N,C,H,W] → y [N,C,P,Q], tap u32 [N,C,P,Q] (the winner's place in its window); torch.nn.functional.max_pool2d. */
export const maxpool2d = /* @__PURE__ */ defineOp<Pool2dAttrs>({
  name: 'maxpool2d',
  attrs: { kernel: 'number', stride: 'number', padding: 'number?' },
  inputs: ['x'],
  outputs: ['y', 'tap'],
  variants: ['naive'],
  infer({ x }, attrs) {
    const shape = pool2dShape('maxpool2d', x!, attrs);
    return { y: { shape }, tap: { shape, dtype: 'u32' } };
  },
  lower(context) {
    const { x, y } = context.tensors;
    const g = sizes(x!.shape, y!.shape, context.attrs);
    const program = defineProgram({
      name: 'maxpool2d/forward',
      source: { path: 'maxpool2d/forward.wgsl', text: forward },
      params: { ...g, ...modelStrides(context, ['x', 'y', 'tap']) },
      workgroups: foldWorkgroups(Math.ceil((g.planes * g.p * g.q) / 64), context.models),
    });
    return [{ program }];
  },
});

/** Gradient of maxpool2d: dx [N,C,h,width] from dy and tap [N,C,P,Q]. */
export const maxpool2dGrad = /* @__PURE__ */ defineOp<Pool2dAttrs & { readonly h: number; readonly width: number }>({
  name: 'maxpool2d_grad',
  attrs: { kernel: 'number', stride: 'number', padding: 'number?', h: 'number', width: 'number' },
  inputs: ['dy', 'tap'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, tap }, attrs) {
    const x = [dy![0]!, dy![1]!, attrs.h, attrs.width];
    requireShape('maxpool2d_grad', 'dy', dy!, pool2dShape('maxpool2d_grad', x, attrs), 'the shape of y');
    requireShape('maxpool2d_grad', 'tap', tap!, dy!, 'the shape of dy');
    return { dx: { shape: x } };
  },
  lower(context) {
    const { dx, dy } = context.tensors;
    const g = sizes(dx!.shape, dy!.shape, context.attrs);
    const program = defineProgram({
      name: 'maxpool2d/grad',
      source: { path: 'maxpool2d/grad.wgsl', text: grad },
      params: { ...g, ...modelStrides(context, ['dy', 'tap', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil((g.planes * g.h * g.w) / 64), context.models),
    });
    return [{ program }];
  },
});
