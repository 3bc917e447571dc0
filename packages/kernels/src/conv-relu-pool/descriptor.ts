import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape, type Shape } from '@kindling/core';
import forwardNaive from '@kindling/shaders/conv_relu_pool/forward.naive';
import forwardSubgroup from '@kindling/shaders/conv_relu_pool/forward.subgroup';
import forwardSubgroup8 from '@kindling/shaders/conv_relu_pool/forward.subgroup8';
import forwardTile from '@kindling/shaders/conv_relu_pool/forward.tile';
import forwardWide from '@kindling/shaders/conv_relu_pool/forward.wide';
import gradInputNaive from '@kindling/shaders/conv_relu_pool/grad_input.naive';
import gradInputSubgroup from '@kindling/shaders/conv_relu_pool/grad_input.subgroup';
import gradInputSubgroup8 from '@kindling/shaders/conv_relu_pool/grad_input.subgroup8';
import gradInputTile from '@kindling/shaders/conv_relu_pool/grad_input.tile';
import gradInputWide from '@kindling/shaders/conv_relu_pool/grad_input.wide';
import gradWeightFewChannels from '@kindling/shaders/conv_relu_pool/grad_weight.few_channels';
import gradWeightFewChannelsSwap from '@kindling/shaders/conv_relu_pool/grad_weight.few_channels_swap';
import gradWeightNaive from '@kindling/shaders/conv_relu_pool/grad_weight.naive';
import gradWeightSubgroup from '@kindling/shaders/conv_relu_pool/grad_weight.subgroup';
import gradWeightSwap from '@kindling/shaders/conv_relu_pool/grad_weight.swap';
import gradWeightTile from '@kindling/shaders/conv_relu_pool/grad_weight.tile';
import pool from '@kindling/shaders/conv_relu_pool/pool';
import taps from '@kindling/shaders/conv_relu_pool/taps';
import quotient from '@kindling/shaders/index/quotient';
import { modelStrides } from '../model-strides.js';
import { defineOp, type LowerContext } from '../op.js';
import { type Candidate, chooseVariant, quadRefusal, splitBatch, subgroupRefusal, withTile } from '../variant.js';

interface Sizes {
  n: number;
  c: number;
  h: number;
  w: number;
  k: number;
}

/** Whether the fused kernel can take a 3×3 convolution with these sizes: even height and width, so that the pool has no remainder. */
export const convReluPoolFits = (x: Shape, w: Shape): boolean => x[2]! % 2 === 0 && x[3]! % 2 === 0 && w[2] === 3 && w[3] === 3;

function sizesOf(op: string, x: Shape, w: Shape): Sizes {
  requireRank(op, 'x', x, 4, '[N, C, H, W]');
  requireRank(op, 'w', w, 4, '[K, C, 3, 3]');
  requireShape(op, 'w', w, [w[0]!, x[1]!, 3, 3], 'a 3×3 kernel over all C input channels');
  if (!convReluPoolFits(x, w)) {
    throw new InputError({
      subject: op,
      got: `an image of ${x[2]}×${x[3]}`,
      expected: 'even H and W',
      next: 'use conv2d, relu and maxpool2d as three ops, or pad the image',
    });
  }
  return { n: x[0]!, c: x[1]!, h: x[2]!, w: x[3]!, k: w[0]! };
}

/** Shape of the packed winners of a pooled output [N,K,P,Q]: eight channels a word. */
const tapShape = ([n, k, p, q]: Shape): number[] => [n!, Math.ceil(k! / 8), p!, q!];

const windowsOf = (g: Sizes): number => (g.n * g.h * g.w) / 4;

/** Lanes that a subgroup variant takes for its windows: one, or four neighbours in a row, each. */
const lanesOf = (g: Sizes, variant: string): number => (variant === 'wide' ? (g.n * g.h * Math.ceil(g.w / 8)) / 2 : windowsOf(g));

/** Tiles of 8×8 pool windows that cover the images: what a workgroup of a tile variant owns, for eight channels. */
const tilesOf = (g: Sizes): number => g.n * Math.ceil(g.h / 16) * Math.ceil(g.w / 16);

const quotientLibrary = { path: 'index/quotient.wgsl', text: quotient };
const poolLibrary = { path: 'conv_relu_pool/pool.wgsl', text: pool };
const tapsLibrary = { path: 'conv_relu_pool/taps.wgsl', text: taps };

/** The candidates that forward and data gradient share; `blocked` names the channels that they take eight at a time. */
function candidates(context: LowerContext, g: Sizes, blocked: 'K' | 'C'): Candidate[] {
  const channels = blocked === 'K' ? g.k : g.c;
  const refusal =
    subgroupRefusal(context.traits) ||
    (channels % 8 !== 0 && `${blocked} a multiple of 8`) ||
    (windowsOf(g) >= 2 ** 24 && 'fewer than 2^24 pool windows');
  return withTile(context.traits, [
    { name: 'subgroup8', refusal: refusal || (context.traits.subgroupSize < 8 && 'subgroups of eight lanes or more') },
    { name: 'wide', refusal: refusal || quadRefusal(context.traits) },
    { name: 'subgroup', refusal },
    { name: 'naive' },
  ]);
}

const forwardTexts = { naive: forwardNaive, subgroup: forwardSubgroup, subgroup8: forwardSubgroup8, wide: forwardWide, tile: forwardTile };
const gradInputTexts = {
  naive: gradInputNaive,
  subgroup: gradInputSubgroup,
  subgroup8: gradInputSubgroup8,
  wide: gradInputWide,
  tile: gradInputTile,
};

/**
 * conv_relu_pool: 3×3 convolution (stride 1, padding 1) + bias + ReLU + 2×2 max-pool in one pass.
 * x [N,C,H,W], w [K,C,3,3], b [K] → y [N,K,H/2,W/2], tap u32 [N,⌈K/8⌉,H/2,W/2]: four bits a channel, the winner 0..3 of the window, 4 where
 * ReLU cut. Packed, because on software adapters every load and store counts: eight channels' winners cost one.
 */
export const convReluPool = /* @__PURE__ */ defineOp({
  name: 'conv_relu_pool',
  inputs: ['x', 'w', 'b'],
  outputs: ['y', 'tap'],
  variants: ['naive', 'subgroup', 'subgroup8', 'wide', 'tile'],
  infer({ x, w, b }) {
    const g = sizesOf('conv_relu_pool', x!, w!);
    requireShape('conv_relu_pool', 'b', b!, [g.k], 'one bias an output channel');
    const shape = [g.n, g.k, g.h / 2, g.w / 2];
    return { y: { shape }, tap: { shape: tapShape(shape), dtype: 'u32' } };
  },
  lower(context) {
    const g = sizesOf('conv_relu_pool', context.tensors.x!.shape, context.tensors.w!.shape);
    const variant = chooseVariant('conv_relu_pool', context, candidates(context, g, 'K')) as keyof typeof forwardTexts;
    const subgroup = variant !== 'naive' && variant !== 'tile';
    const words = Math.ceil(g.k / 8);
    const lanes = Math.ceil(lanesOf(g, variant) / 8);
    const count = variant === 'tile' ? tilesOf(g) * words : subgroup ? lanes * words : Math.ceil((windowsOf(g) * words) / 64);
    return [
      {
        program: defineProgram({
          name: `conv_relu_pool/forward.${variant}`,
          source: { path: `conv_relu_pool/forward.${variant}.wgsl`, text: forwardTexts[variant] },
          libraries: {
            naive: [],
            tile: [poolLibrary],
            subgroup: [quotientLibrary, poolLibrary],
            subgroup8: [quotientLibrary, poolLibrary],
            wide: [quotientLibrary, poolLibrary, tapsLibrary],
          }[variant],
          params: { ...g, ...modelStrides(context, ['x', 'w', 'b', 'y', 'tap']) },
          workgroups: foldWorkgroups(count, context.models),
        }),
      },
    ];
  },
});

/** Data gradient of conv_relu_pool: dx [N,C,H,W] from dy [N,K,H/2,W/2], its packed tap and w [K,C,3,3]. */
export const convReluPoolGradInput = /* @__PURE__ */ defineOp({
  name: 'conv_relu_pool_grad_input',
  inputs: ['dy', 'tap', 'w'],
  outputs: ['dx'],
  variants: ['naive', 'subgroup', 'subgroup8', 'wide', 'tile'],
  infer({ dy, tap, w }) {
    requireRank('conv_relu_pool_grad_input', 'dy', dy!, 4, '[N, K, H/2, W/2]');
    requireShape('conv_relu_pool_grad_input', 'tap', tap!, tapShape(dy!), 'four bits a channel of dy');
    requireRank('conv_relu_pool_grad_input', 'w', w!, 4, '[K, C, 3, 3]');
    requireShape('conv_relu_pool_grad_input', 'w', w!, [dy![1]!, w![1]!, 3, 3], `dy has K = ${dy![1]} channels`);
    return { dx: { shape: [dy![0]!, w![1]!, 2 * dy![2]!, 2 * dy![3]!] } };
  },
  lower(context) {
    const g = sizesOf('conv_relu_pool_grad_input', context.tensors.dx!.shape, context.tensors.w!.shape);
    const variant = chooseVariant('conv_relu_pool_grad_input', context, candidates(context, g, 'C')) as keyof typeof gradInputTexts;
    const subgroup = variant !== 'naive' && variant !== 'tile';
    const blocks = Math.ceil(g.c / 8);
    const lanes = Math.ceil(lanesOf(g, variant) / (variant === 'wide' ? 8 : 16));
    const count = variant === 'tile' ? tilesOf(g) * blocks : subgroup ? lanes * blocks : Math.ceil((windowsOf(g) * 4 * g.c) / 64);
    return [
      {
        program: defineProgram({
          name: `conv_relu_pool/grad_input.${variant}`,
          source: { path: `conv_relu_pool/grad_input.${variant}.wgsl`, text: gradInputTexts[variant] },
          libraries: variant === 'wide' ? [quotientLibrary, tapsLibrary] : subgroup ? [quotientLibrary] : [],
          params: { ...g, ...modelStrides(context, ['dy', 'tap', 'w', 'dx']) },
          workgroups: foldWorkgroups(count, context.models),
        }),
      },
    ];
  },
});

const gradWeightTexts = {
  naive: gradWeightNaive,
  subgroup: gradWeightSubgroup,
  swap: gradWeightSwap,
  few_channels: gradWeightFewChannels,
  few_channels_swap: gradWeightFewChannelsSwap,
  tile: gradWeightTile,
};

/** Input channels that a workgroup of grad_weight.tile takes: a power of two, so that the lanes of 256 that they leave are whole stripes. */
const channelBlock = (c: number): number => Math.min(8, 2 ** Math.ceil(Math.log2(c)));

function gradWeightCount(g: Sizes, variant: keyof typeof gradWeightTexts, parts: number): number {
  if (variant === 'subgroup' || variant === 'swap') return (g.k / 8) * Math.ceil(g.c / 8) * parts;
  if (variant === 'few_channels' || variant === 'few_channels_swap') return Math.ceil(g.k / 8) * g.c * parts;
  if (variant === 'tile') return Math.ceil(g.k / 8) * Math.ceil(g.c / channelBlock(g.c)) * parts;
  return Math.ceil(((g.k * g.c * 9 + g.k) * parts) / 64);
}

/** Weight and bias gradients of conv_relu_pool, in parts over the batch: dw [K,C,3,3], db [K] from dy, tap and x. */
export const convReluPoolGradWeight = /* @__PURE__ */ defineOp({
  name: 'conv_relu_pool_grad_weight',
  inputs: ['dy', 'tap', 'x'],
  outputs: ['dw', 'db'],
  variants: ['naive', 'subgroup', 'swap', 'few_channels', 'few_channels_swap', 'tile'],
  infer({ dy, tap, x }) {
    requireRank('conv_relu_pool_grad_weight', 'dy', dy!, 4, '[N, K, H/2, W/2]');
    requireShape('conv_relu_pool_grad_weight', 'tap', tap!, tapShape(dy!), 'four bits a channel of dy');
    const g = sizesOf('conv_relu_pool_grad_weight', x!, [dy![1]!, x![1]!, 3, 3]);
    requireShape('conv_relu_pool_grad_weight', 'dy', dy!, [g.n, g.k, g.h / 2, g.w / 2], 'the pooled shape of x');
    const { parts } = splitBatch(g.n, g.k * g.c * 9);
    return { dw: { shape: [g.k, g.c, 3, 3], parts }, db: { shape: [g.k], parts } };
  },
  lower(context: LowerContext) {
    const g = sizesOf('conv_relu_pool_grad_weight', context.tensors.x!.shape, context.tensors.dw!.shape);
    const missing = subgroupRefusal(context.traits);
    const quads = quadRefusal(context.traits);
    const channels = (g.k % 8 !== 0 || g.c % 4 !== 0) && 'K a multiple of 8 and C of 4';
    const others = [
      { name: 'swap', refusal: missing || quads || channels },
      { name: 'subgroup', refusal: missing || channels },
      { name: 'few_channels_swap', refusal: missing || quads },
      { name: 'few_channels', refusal: missing },
      { name: 'naive' },
    ];
    const variant = chooseVariant('conv_relu_pool_grad_weight', context, withTile(context.traits, others)) as keyof typeof gradWeightTexts;
    const { parts, chunk } = splitBatch(g.n, g.k * g.c * 9);
    return [
      {
        program: defineProgram({
          name: `conv_relu_pool/grad_weight.${variant}`,
          source: { path: `conv_relu_pool/grad_weight.${variant}.wgsl`, text: gradWeightTexts[variant] },
          libraries: variant === 'swap' ? [tapsLibrary] : [],
          params: {
            ...g,
            parts,
            chunk,
            ...(variant === 'tile' ? { block: channelBlock(g.c) } : {}),
            ...modelStrides(context, ['dy', 'tap', 'x', 'dw', 'db']),
          },
          workgroups: foldWorkgroups(gradWeightCount(g, variant, parts), context.models),
        }),
      },
    ];
  },
});
