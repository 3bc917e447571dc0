import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape, type Shape } from '@kindling/core';
import forwardNaive from '@kindling/shaders/conv2d/forward.naive';
import gradInputNaive from '@kindling/shaders/conv2d/grad_input.naive';
import gradWeightNaive from '@kindling/shaders/conv2d/grad_weight.naive';
import { type Attrs, defineOp, type LowerContext } from '../op.js';
import { chooseVariant, splitBatch } from '../variant.js';

export interface Conv2dAttrs extends Attrs {
  readonly stride: number;
  readonly padding: number;
  readonly groups: number;
  /** Whether ReLU follows in the same kernel. */
  readonly relu: boolean;
}

/** Sizes of a 2-D convolution: x [N,C,H,W], w [K,C/groups,R,S], y [N,K,P,Q]. */
export interface Conv2dSizes {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly k: number;
  readonly r: number;
  readonly s: number;
  readonly p: number;
  readonly q: number;
}

/**
 * Output size P = ⌊(H + 2·padding − R)/stride⌋ + 1, likewise Q (the cross-correlation that torch.nn.functional.conv2d computes).
 * @throws InputError when channels, groups or sizes do not fit.
 */
export function conv2dSizes(op: string, x: Shape, w: Shape, attrs: Pick<Conv2dAttrs, 'stride' | 'padding' | 'groups'>): Conv2dSizes {
  requireRank(op, 'x', x, 4, '[N, C, H, W]');
  requireRank(op, 'w', w, 4, '[K, C/groups, R, S]');
  const [n, c, h, width] = x as [number, number, number, number];
  const [k, , r, s] = w as [number, number, number, number];
  const { stride, padding, groups } = attrs;
  const whole =
    Number.isInteger(stride) && stride >= 1 && Number.isInteger(padding) && padding >= 0 && Number.isInteger(groups) && groups >= 1;
  if (!whole || c % groups !== 0 || k % groups !== 0) {
    throw new InputError({
      subject: op,
      got: `stride ${stride}, padding ${padding}, groups ${groups} with C = ${c}, K = ${k}`,
      expected: 'a whole stride ≥ 1, padding ≥ 0 and groups ≥ 1 that divides C and K',
      next: 'correct the attribute',
    });
  }
  requireShape(op, 'w', w, [k, c / groups, r, s], `C/groups = ${c}/${groups} input channels a filter`);
  const p = Math.floor((h + 2 * padding - r) / stride) + 1;
  const q = Math.floor((width + 2 * padding - s) / stride) + 1;
  if (p < 1 || q < 1) {
    throw new InputError({
      subject: op,
      got: `a ${r}×${s} kernel on a ${h}×${width} image with padding ${padding}`,
      expected: 'an image at least as large as the kernel once padded',
      next: `use padding of at least ${Math.ceil(Math.max(r - h, s - width) / 2)} or a smaller kernel`,
    });
  }
  return { n, c, h, w: width, k, r, s, p, q };
}

const stride = (context: LowerContext, name: string): number => context.tensors[name]?.modelStride ?? 0;

/** conv2d: y = x ⋆ w + b, NCHW and KCRS, optional bias and ReLU; torch.nn.functional.conv2d. */
export const conv2d = defineOp<Conv2dAttrs>({
  name: 'conv2d',
  inputs: ['x', 'w', 'b'],
  optional: ['b'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x, w, b }, attrs) {
    const sizes = conv2dSizes('conv2d', x!, w!, attrs);
    if (b) requireShape('conv2d', 'b', b, [sizes.k], 'one bias an output channel');
    return { y: { shape: [sizes.n, sizes.k, sizes.p, sizes.q] } };
  },
  lower(context) {
    chooseVariant('conv2d', context, [{ name: 'naive' }]);
    const { attrs, tensors, models } = context;
    const sizes = conv2dSizes('conv2d', tensors.x!.shape, tensors.w!.shape, attrs);
    const program = defineProgram({
      name: 'conv2d/forward.naive',
      source: { path: 'conv2d/forward.naive.wgsl', text: forwardNaive },
      params: {
        ...sizes,
        stride: attrs.stride,
        padding: attrs.padding,
        groups: attrs.groups,
        has_bias: tensors.b ? 1 : 0,
        relu: attrs.relu ? 1 : 0,
        x_model: stride(context, 'x'),
        w_model: stride(context, 'w'),
        b_model: stride(context, 'b'),
        y_model: stride(context, 'y'),
      },
      workgroups: foldWorkgroups(Math.ceil((sizes.n * sizes.k * sizes.p * sizes.q) / 64), models),
    });
    // Without a bias the binding still wants a buffer; the kernel does not read it.
    return [{ program, args: tensors.b ? {} : { b: 'w' } }];
  },
});

/** Data gradient of conv2d: dx from dy and w. `h` and `width` are the input's sizes, which dy alone does not determine. */
export const conv2dGradInput = defineOp<Conv2dAttrs & { readonly h: number; readonly width: number }>({
  name: 'conv2d_grad_input',
  inputs: ['dy', 'w'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, w }, attrs) {
    const x = [dy![0]!, w![1]! * attrs.groups, attrs.h, attrs.width];
    const sizes = conv2dSizes('conv2d_grad_input', x, w!, attrs);
    requireShape('conv2d_grad_input', 'dy', dy!, [sizes.n, sizes.k, sizes.p, sizes.q], 'the shape of y');
    return { dx: { shape: x } };
  },
  lower(context) {
    chooseVariant('conv2d_grad_input', context, [{ name: 'naive' }]);
    const { attrs, tensors, models } = context;
    const sizes = conv2dSizes('conv2d_grad_input', tensors.dx!.shape, tensors.w!.shape, attrs);
    const program = defineProgram({
      name: 'conv2d/grad_input.naive',
      source: { path: 'conv2d/grad_input.naive.wgsl', text: gradInputNaive },
      params: {
        ...sizes,
        stride: attrs.stride,
        padding: attrs.padding,
        groups: attrs.groups,
        dy_model: stride(context, 'dy'),
        w_model: stride(context, 'w'),
        dx_model: stride(context, 'dx'),
      },
      workgroups: foldWorkgroups(Math.ceil((sizes.n * sizes.c * sizes.h * sizes.w) / 64), models),
    });
    return [{ program }];
  },
});

/** Weight and bias gradients of conv2d, in parts over the batch. `r` and `s` are the kernel's sizes. */
export const conv2dGradWeight = defineOp<Conv2dAttrs & { readonly r: number; readonly s: number }>({
  name: 'conv2d_grad_weight',
  inputs: ['dy', 'x'],
  outputs: ['dw', 'db'],
  variants: ['naive'],
  infer({ dy, x }, attrs) {
    const w = [dy![1]!, x![1]! / attrs.groups, attrs.r, attrs.s];
    const sizes = conv2dSizes('conv2d_grad_weight', x!, w, attrs);
    requireShape('conv2d_grad_weight', 'dy', dy!, [sizes.n, sizes.k, sizes.p, sizes.q], 'the shape of y');
    const { parts } = splitBatch(sizes.n, sizes.k * w[1]! * sizes.r * sizes.s);
    return { dw: { shape: w, parts }, db: { shape: [sizes.k], parts } };
  },
  lower(context) {
    chooseVariant('conv2d_grad_weight', context, [{ name: 'naive' }]);
    const { attrs, tensors, models } = context;
    const w = tensors.dw!.shape;
    const sizes = conv2dSizes('conv2d_grad_weight', tensors.x!.shape, w, attrs);
    const weights = sizes.k * w[1]! * sizes.r * sizes.s;
    const { parts, chunk } = splitBatch(sizes.n, weights);
    const program = defineProgram({
      name: 'conv2d/grad_weight.naive',
      source: { path: 'conv2d/grad_weight.naive.wgsl', text: gradWeightNaive },
      params: {
        ...sizes,
        stride: attrs.stride,
        padding: attrs.padding,
        groups: attrs.groups,
        parts,
        chunk,
        dy_model: stride(context, 'dy'),
        x_model: stride(context, 'x'),
        dw_model: stride(context, 'dw'),
        db_model: stride(context, 'db'),
      },
      workgroups: foldWorkgroups(Math.ceil(((weights + sizes.k) * parts) / 64), models),
    });
    return [{ program }];
  },
});
