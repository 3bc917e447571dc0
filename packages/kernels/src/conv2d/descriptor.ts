import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape, type Shape } from '@kindling/core';
import forwardNaive from '@kindling/shaders/conv2d/forward.naive';
import forwardNaiveF16 from '@kindling/shaders/conv2d/forward.naive_f16';
import forwardSubgroup from '@kindling/shaders/conv2d/forward.subgroup';
import forwardSubgroupF16 from '@kindling/shaders/conv2d/forward.subgroup_f16';
import forwardTile from '@kindling/shaders/conv2d/forward.tile';
import forwardTileF16 from '@kindling/shaders/conv2d/forward.tile_f16';
import gradInputNaive from '@kindling/shaders/conv2d/grad_input.naive';
import gradInputNaiveF16 from '@kindling/shaders/conv2d/grad_input.naive_f16';
import gradInputTile from '@kindling/shaders/conv2d/grad_input.tile';
import gradInputTileF16 from '@kindling/shaders/conv2d/grad_input.tile_f16';
import gradWeightFewChannels from '@kindling/shaders/conv2d/grad_weight.few_channels';
import gradWeightNaive from '@kindling/shaders/conv2d/grad_weight.naive';
import gradWeightNaiveF16 from '@kindling/shaders/conv2d/grad_weight.naive_f16';
import gradWeightSubgroup from '@kindling/shaders/conv2d/grad_weight.subgroup';
import gradWeightSubgroupF16 from '@kindling/shaders/conv2d/grad_weight.subgroup_f16';
import gradWeightTile from '@kindling/shaders/conv2d/grad_weight.tile';
import gradWeightTileF16 from '@kindling/shaders/conv2d/grad_weight.tile_f16';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type Launch, type LowerContext } from '../op.js';
import { storageOf } from '../storage.js';
import { chooseStored, splitBatch, subgroupRefusal, withTile } from '../variant.js';

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

/** Why the kernels written for 3×3 with stride 1 and one group cannot take a convolution. More padding than 2 would be negative for the gradient. */
const plainRefusal = ({ r, s }: Conv2dSizes, { stride, padding, groups }: Conv2dAttrs): string | false =>
  (r !== 3 || s !== 3 || stride !== 1 || padding > 2 || groups !== 1) && 'a 3×3 kernel, stride 1, padding up to 2 and one group';

const forwards = {
  naive: forwardNaive,
  subgroup: forwardSubgroup,
  tile: forwardTile,
  naive_f16: forwardNaiveF16,
  subgroup_f16: forwardSubgroupF16,
  tile_f16: forwardTileF16,
};
/** Of conv2d and of its data gradient, whose subgroup kernels are the forward ones. */
const variants = /* @__PURE__ */ Object.keys(forwards) as (keyof typeof forwards)[];
const gradInputs = { naive: gradInputNaive, tile: gradInputTile, naive_f16: gradInputNaiveF16, tile_f16: gradInputTileF16 };
const gradWeights = {
  naive: gradWeightNaive,
  subgroup: gradWeightSubgroup,
  few_channels: gradWeightFewChannels,
  tile: gradWeightTile,
  naive_f16: gradWeightNaiveF16,
  subgroup_f16: gradWeightSubgroupF16,
  tile_f16: gradWeightTileF16,
};
const weightVariants = /* @__PURE__ */ Object.keys(gradWeights) as (keyof typeof gradWeights)[];

const attributes = ({ stride, padding, groups }: Conv2dAttrs) => ({ stride, padding, groups });

/** Workgroups of a tile kernel: 32 rows × 128 columns each, the groups of channels apart. */
const tilesOf = (rows: number, columns: number, groups: number): number =>
  Math.ceil(rows / groups / 32) * Math.ceil(columns / 128) * groups;

/** Workgroups of forward.subgroup for a result [n, channels, p, q]: eight strips of eight pixels, eight output channels each. */
const stripsOf = (n: number, p: number, q: number, channels: number): number =>
  Math.ceil((n * p * Math.ceil(q / 8)) / 8) * Math.ceil(channels / 8);

/** conv2d: y = x ⋆ w + b, NCHW and KCRS, optional bias and ReLU; torch.nn.functional.conv2d. */
export const conv2d = /* @__PURE__ */ defineOp<Conv2dAttrs>({
  name: 'conv2d',
  attrs: { stride: 'number', padding: 'number', groups: 'number', relu: 'boolean?' },
  inputs: ['x', 'w', 'b'],
  f16: ['x', 'w'],
  optional: ['b'],
  outputs: ['y'],
  variants,
  infer({ x, w, b }, attrs, traits) {
    const sizes = conv2dSizes('conv2d', x!, w!, attrs);
    if (b) requireShape('conv2d', 'b', b, [sizes.k], 'one bias an output channel');
    return { y: { shape: [sizes.n, sizes.k, sizes.p, sizes.q], dtype: storageOf('conv2d', attrs, traits) } };
  },
  lower(context) {
    const { attrs, tensors, models, traits } = context;
    const sizes = conv2dSizes('conv2d', tensors.x!.shape, tensors.w!.shape, attrs);
    const { n, c, h, w, k, p, q } = sizes;
    const refusal = subgroupRefusal(traits) || plainRefusal(sizes, attrs);
    const candidates = withTile(traits, [{ name: 'subgroup', refusal }, { name: 'naive' }]);
    const { variant, idea } = chooseStored('conv2d', context, variants, candidates);
    const count = {
      naive: Math.ceil((n * k * p * q) / 64),
      subgroup: stripsOf(n, p, q, k),
      tile: tilesOf(k, n * p * q, attrs.groups),
    }[idea];
    const program = defineProgram({
      name: `conv2d/forward.${variant}`,
      source: { path: `conv2d/forward.${variant}.wgsl`, text: forwards[variant] },
      params: {
        ...(idea === 'subgroup'
          ? { n, c, h, w, k, p, q, padding: attrs.padding, w_out: 9 * c, w_in: 9, w_first: 0, w_tap: 1 }
          : { ...sizes, ...attributes(attrs) }),
        has_bias: tensors.b ? 1 : 0,
        relu: attrs.relu ? 1 : 0,
        ...modelStrides(context, ['x', 'w', 'b', 'y']),
      },
      workgroups: foldWorkgroups(count, models),
    });
    // Without a bias the binding still wants a buffer; the kernel does not read it.
    return [{ program, args: tensors.b ? {} : { b: 'w' } }];
  },
});

/** dx is dy convolved with the kernel turned by 180°, its channel axes swapped and the padding 2 − padding: the forward kernel under other names. */
function turnedForward(
  context: LowerContext,
  variant: 'subgroup' | 'subgroup_f16',
  { n, c, h, w, k, p, q }: Conv2dSizes,
  padding: number,
): Launch {
  const strides = modelStrides(context, ['dy', 'w', 'dx']);
  const program = defineProgram({
    name: `conv2d/forward.${variant}`,
    source: { path: `conv2d/forward.${variant}.wgsl`, text: forwards[variant] },
    params: {
      ...{ n, c: k, h: p, w: q, k: c, p: h, q: w, padding: 2 - padding },
      ...{ w_out: 9, w_in: 9 * c, w_first: 8, w_tap: 2 ** 32 - 1, has_bias: 0, relu: 0 },
      ...{ x_model: strides.dy_model!, w_model: strides.w_model!, b_model: 0, y_model: strides.dx_model! },
    },
    workgroups: foldWorkgroups(stripsOf(n, h, w, c), context.models),
  });
  return { program, args: { x: 'dy', b: 'w', y: 'dx' } };
}

/** Data gradient of conv2d: dx from dy and w. `h` and `width` are the input's sizes, which dy alone does not determine. */
export const conv2dGradInput = /* @__PURE__ */ defineOp<Conv2dAttrs & { readonly h: number; readonly width: number }>({
  name: 'conv2d_grad_input',
  attrs: { stride: 'number', padding: 'number', groups: 'number', relu: 'boolean?', h: 'number', width: 'number' },
  inputs: ['dy', 'w'],
  f16: ['dy', 'w'],
  outputs: ['dx'],
  variants,
  infer({ dy, w }, attrs, traits) {
    const x = [dy![0]!, w![1]! * attrs.groups, attrs.h, attrs.width];
    const sizes = conv2dSizes('conv2d_grad_input', x, w!, attrs);
    requireShape('conv2d_grad_input', 'dy', dy!, [sizes.n, sizes.k, sizes.p, sizes.q], 'the shape of y');
    return { dx: { shape: x, dtype: storageOf('conv2d_grad_input', attrs, traits) } };
  },
  lower(context) {
    const { attrs, tensors, models, traits } = context;
    const sizes = conv2dSizes('conv2d_grad_input', tensors.dx!.shape, tensors.w!.shape, attrs);
    const refusal = subgroupRefusal(traits) || plainRefusal(sizes, attrs);
    const candidates = withTile(traits, [{ name: 'subgroup', refusal }, { name: 'naive' }]);
    const { variant } = chooseStored('conv2d_grad_input', context, variants, candidates);
    if (variant === 'subgroup' || variant === 'subgroup_f16') return [turnedForward(context, variant, sizes, attrs.padding)];
    const pixels = sizes.n * sizes.h * sizes.w;
    const tile = variant === 'tile' || variant === 'tile_f16';
    const program = defineProgram({
      name: `conv2d/grad_input.${variant}`,
      source: { path: `conv2d/grad_input.${variant}.wgsl`, text: gradInputs[variant] },
      params: { ...sizes, ...attributes(attrs), ...modelStrides(context, ['dy', 'w', 'dx']) },
      workgroups: foldWorkgroups(tile ? tilesOf(sizes.c, pixels, attrs.groups) : Math.ceil((sizes.c * pixels) / 64), models),
    });
    return [{ program }];
  },
});

/** Up to this many input channels lanes are better spent on rows of the image than on channels. */
const FEW_CHANNELS = 4;

/** Weight and bias gradients of conv2d, in parts over the batch, f32 with f16 storage too. `r` and `s` are the kernel's sizes. */
export const conv2dGradWeight = /* @__PURE__ */ defineOp<Conv2dAttrs & { readonly r: number; readonly s: number }>({
  name: 'conv2d_grad_weight',
  attrs: { stride: 'number', padding: 'number', groups: 'number', relu: 'boolean?', r: 'number', s: 'number' },
  inputs: ['dy', 'x'],
  f16: ['dy', 'x'],
  outputs: ['dw', 'db'],
  variants: weightVariants,
  infer({ dy, x }, attrs, traits) {
    storageOf('conv2d_grad_weight', attrs, traits);
    const w = [dy![1]!, x![1]! / attrs.groups, attrs.r, attrs.s];
    const sizes = conv2dSizes('conv2d_grad_weight', x!, w, attrs);
    requireShape('conv2d_grad_weight', 'dy', dy!, [sizes.n, sizes.k, sizes.p, sizes.q], 'the shape of y');
    const { parts } = splitBatch(sizes.n, sizes.k * w[1]! * sizes.r * sizes.s);
    return { dw: { shape: w, parts }, db: { shape: [sizes.k], parts } };
  },
  lower(context) {
    const { attrs, tensors, models, traits } = context;
    const filter = tensors.dw!.shape;
    const sizes = conv2dSizes('conv2d_grad_weight', tensors.x!.shape, filter, attrs);
    const { n, c, h, w, k, p, q } = sizes;
    const refusal = plainRefusal(sizes, attrs);
    const fewChannels = { name: 'few_channels', refusal };
    const subgroup = { name: 'subgroup', refusal: refusal || subgroupRefusal(traits) };
    const ordered = c <= FEW_CHANNELS ? [fewChannels, subgroup] : [subgroup, fewChannels];
    const candidates = withTile(traits, [...ordered, { name: 'naive' }]);
    const { variant, idea } = chooseStored('conv2d_grad_weight', context, weightVariants, candidates);
    const each = filter[1]! * sizes.r * sizes.s;
    const { parts, chunk } = splitBatch(n, k * each);
    const count = {
      naive: Math.ceil(((k * each + k) * parts) / 64),
      subgroup: Math.ceil(k / 8) * Math.ceil(c / 8) * parts,
      few_channels: Math.ceil(k / 8) * c * parts,
      tile: tilesOf(k, each, attrs.groups) * parts,
    }[idea];
    const general = idea === 'naive' || idea === 'tile';
    const program = defineProgram({
      name: `conv2d/grad_weight.${variant}`,
      source: { path: `conv2d/grad_weight.${variant}.wgsl`, text: gradWeights[variant] },
      params: {
        ...(general ? { ...sizes, ...attributes(attrs) } : { n, c, h, w, k, p, q, padding: attrs.padding }),
        parts,
        chunk,
        ...modelStrides(context, ['dy', 'x', 'dw', 'db']),
      },
      workgroups: foldWorkgroups(count, models),
    });
    return [{ program }];
  },
});
