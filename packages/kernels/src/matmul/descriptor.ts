import {
  defineProgram,
  foldWorkgroups,
  InputError,
  requireRank,
  requireShape,
  type Shape,
  type SubgroupMatrix,
  type Traits,
} from '@kindling/core';
import batchLibrary from '@kindling/shaders/matmul/batch';
import forwardBlock from '@kindling/shaders/matmul/forward.block';
import forwardMatrixF16 from '@kindling/shaders/matmul/forward.matrix_f16';
import forwardNaive from '@kindling/shaders/matmul/forward.naive';
import forwardNaiveF16 from '@kindling/shaders/matmul/forward.naive_f16';
import forwardRagged from '@kindling/shaders/matmul/forward.ragged';
import forwardRaggedF16 from '@kindling/shaders/matmul/forward.ragged_f16';
import forwardSubgroup from '@kindling/shaders/matmul/forward.subgroup';
import forwardTile from '@kindling/shaders/matmul/forward.tile';
import forwardTileF16 from '@kindling/shaders/matmul/forward.tile_f16';
import matricesLibrary from '@kindling/shaders/matmul/matrices';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type Launch, type LowerContext } from '../op.js';
import { storageOf } from '../storage.js';
import { chooseStored, subgroupRefusal, vec4Aligned, withTile } from '../variant.js';
import { type BatchParams, batchParams, batchShape } from './batch.js';

export interface MatmulAttrs extends Attrs {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** `summed` has bit i set where the i-th batch axis of the product, counted from the outermost, is summed to a size of 1. */
export interface BatchedMatmulAttrs extends MatmulAttrs {
  readonly summed: number;
}

interface Sizes {
  readonly i: number;
  readonly j: number;
  readonly k: number;
}

function sizesOf(op: string, a: Shape, b: Shape, { transposeA, transposeB }: MatmulAttrs): Sizes {
  const [a0, a1] = a.slice(-2) as [number, number];
  const [b0, b1] = b.slice(-2) as [number, number];
  const [i, k] = transposeA ? [a1, a0] : [a0, a1];
  const j = transposeB ? b0 : b1;
  requireShape(op, 'b', b, [...b.slice(0, -2), ...(transposeB ? [j, k] : [k, j])], `the inner size K = ${k} of a`);
  return { i, j, k };
}

const texts = {
  naive: forwardNaive,
  subgroup: forwardSubgroup,
  ragged: forwardRagged,
  tile: forwardTile,
  block: forwardBlock,
  naive_f16: forwardNaiveF16,
  ragged_f16: forwardRaggedF16,
  tile_f16: forwardTileF16,
  matrix_f16: forwardMatrixF16,
};
const variants = /* @__PURE__ */ Object.keys(texts) as (keyof typeof texts)[];
/** Rows and columns of one matrix that a workgroup owns; the naive kernel counts elements instead. */
const tiles = { subgroup: [16, 32], ragged: [16, 32], tile: [64, 64], block: [128, 128], matrix: [64, 128] } as const;

/** Blocks of 128×128 that keep a large GPU busy: one for each of an H100's 132 multiprocessors, roughly. With fewer, `tile` has four times as many. */
const BUSY = 128;

/** What `matrix_f16` needs beyond f16 storage, where something is missing. */
function matrixRefusal({ features, subgroupSize, subgroupMatrices = [] }: Traits, { i, j, k }: Sizes, aligned: boolean): string | false {
  if (!features.includes('chromium-experimental-subgroup-matrix')) return 'the feature chromium-experimental-subgroup-matrix';
  if (subgroupSize !== 32) return 'subgroups of 32';
  const fits = ({ componentType, resultComponentType, M, N, K }: SubgroupMatrix): boolean =>
    componentType === 'f16' && resultComponentType === 'f32' && M === 16 && N === 16 && K === 16;
  if (!subgroupMatrices.some(fits)) return 'subgroup matrices of 16×16 in f16 with sums in f32';
  return !(i % 64 === 0 && j % 128 === 0 && k % 16 === 0 && aligned) && 'an I that is a multiple of 64, J of 128, K of 16';
}

function lower(op: string, context: LowerContext<MatmulAttrs>, g: Sizes, batch: BatchParams): Launch[] {
  const { attrs, models, traits } = context;
  const aligned = vec4Aligned(context, ['a', 'b', 'y']);
  const fours = g.j % 4 === 0 && g.k % 4 === 0 && (!attrs.transposeA || g.i % 4 === 0) && aligned;
  const missing = subgroupRefusal(traits);
  const uneven = !fours && 'J, K, the I of a transposed a, and model strides that are multiples of 4';
  const quads = missing || uneven;
  const others = [{ name: 'subgroup', refusal: quads }, { name: 'ragged', refusal: missing }, { name: 'naive' }];
  const block = { name: 'block', refusal: uneven };
  // Never the default: it has not run on a GPU yet. The tuner tries it, and checks its result first.
  const tiled = [...withTile(traits, others), { name: 'matrix', refusal: matrixRefusal(traits, g, aligned) }];
  const blocks = batch.batches * models * Math.ceil(g.i / tiles.block[0]) * Math.ceil(g.j / tiles.block[1]);
  const first = !traits.software && blocks >= BUSY;
  const { variant, idea } = chooseStored(op, context, variants, first ? [block, ...tiled] : [...tiled, block]);
  // `matrix` has no twin for f32.
  const tile = idea === 'naive' ? undefined : tiles[idea as keyof typeof tiles];
  const groups = batch.batches * (tile ? Math.ceil(g.i / tile[0]) * Math.ceil(g.j / tile[1]) : (g.i * g.j) / 64);
  const program = defineProgram({
    name: `matmul/forward.${variant}`,
    libraries: [
      { path: 'matmul/batch.wgsl', text: batchLibrary },
      ...(variant === 'matrix_f16' ? [{ path: 'matmul/matrices.wgsl', text: matricesLibrary }] : []),
    ],
    source: { path: `matmul/forward.${variant}.wgsl`, text: texts[variant] },
    params: {
      ...g,
      ...batch,
      transpose_a: attrs.transposeA ? 1 : 0,
      transpose_b: attrs.transposeB ? 1 : 0,
      ...modelStrides(context, ['a', 'b', 'y']),
    },
    workgroups: foldWorkgroups(Math.ceil(groups), models),
  });
  return [{ program }];
}

/** matmul: y [I,J] = A·B with A = a [I,K] or aᵀ, B = b [K,J] or bᵀ; torch.matmul on two matrices. */
export const matmul = /* @__PURE__ */ defineOp<MatmulAttrs>({
  name: 'matmul',
  attrs: { transposeA: 'boolean?', transposeB: 'boolean?' },
  inputs: ['a', 'b'],
  f16: ['a', 'b'],
  outputs: ['y'],
  variants,
  infer({ a, b }, attrs, traits) {
    requireRank('matmul', 'a', a!, 2, attrs.transposeA ? '[K, I]' : '[I, K]');
    requireRank('matmul', 'b', b!, 2, attrs.transposeB ? '[J, K]' : '[K, J]');
    const { i, j } = sizesOf('matmul', a!, b!, attrs);
    return { y: { shape: [i, j], dtype: storageOf('matmul', attrs, traits) } };
  },
  lower(context) {
    const { a, b } = context.tensors;
    return lower('matmul', context, sizesOf('matmul', a!.shape, b!.shape, context.attrs), batchParams('matmul', [1, 1], [1, 1], 0));
  },
});

/**
 * batched_matmul: y […,I,J] = A·B for every matrix of a […,I,K] and b […,K,J], each optionally transposed; torch.matmul on equal ranks.
 * Batch axes of size 1 broadcast. Batch axes in `summed` come out with size 1: what the gradient of a broadcast operand needs,
 * without the products of single matrices ever being stored.
 */
export const batchedMatmul = /* @__PURE__ */ defineOp<BatchedMatmulAttrs>({
  name: 'batched_matmul',
  attrs: { transposeA: 'boolean?', transposeB: 'boolean?', summed: 'number?' },
  inputs: ['a', 'b'],
  f16: ['a', 'b'],
  outputs: ['y'],
  variants,
  infer({ a, b }, attrs, traits) {
    if (a!.length < 3) {
      throw new InputError({
        subject: 'batched_matmul',
        got: `a of rank ${a!.length}`,
        expected: 'a batch of matrices […, I, K]',
        next: 'use matmul for two single matrices',
      });
    }
    requireRank('batched_matmul', 'a', a!, a!.length, '[…, I, K]');
    requireRank('batched_matmul', 'b', b!, a!.length, '[…, K, J] of as many axes as a');
    const { i, j } = sizesOf('batched_matmul', a!, b!, attrs);
    batchParams('batched_matmul', a!, b!, attrs.summed);
    const shape = [...batchShape('batched_matmul', a!, b!, attrs.summed), i, j];
    return { y: { shape, dtype: storageOf('batched_matmul', attrs, traits) } };
  },
  lower(context) {
    const { a, b } = context.tensors;
    const sizes = sizesOf('batched_matmul', a!.shape, b!.shape, context.attrs);
    return lower('batched_matmul', context, sizes, batchParams('batched_matmul', a!.shape, b!.shape, context.attrs.summed));
  },
});
