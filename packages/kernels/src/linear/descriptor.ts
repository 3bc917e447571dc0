import { defineProgram, foldWorkgroups, InputError, requireRank, requireShape, type Shape } from '@kindling/core';
import backwardNaive from '@kindling/shaders/linear/backward.naive';
import backwardNaiveF16 from '@kindling/shaders/linear/backward.naive_f16';
import backwardSubgroup from '@kindling/shaders/linear/backward.subgroup';
import backwardSubgroupF16 from '@kindling/shaders/linear/backward.subgroup_f16';
import backwardSwap from '@kindling/shaders/linear/backward.swap';
import backwardTile from '@kindling/shaders/linear/backward.tile';
import backwardTileF16 from '@kindling/shaders/linear/backward.tile_f16';
import forwardNaive from '@kindling/shaders/linear/forward.naive';
import forwardNaiveF16 from '@kindling/shaders/linear/forward.naive_f16';
import forwardSubgroup from '@kindling/shaders/linear/forward.subgroup';
import forwardSubgroupF16 from '@kindling/shaders/linear/forward.subgroup_f16';
import forwardSwap from '@kindling/shaders/linear/forward.swap';
import forwardTile from '@kindling/shaders/linear/forward.tile';
import forwardTileF16 from '@kindling/shaders/linear/forward.tile_f16';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type LowerContext } from '../op.js';
import { storageOf } from '../storage.js';
import { chooseStored, quadRefusal, subgroupRefusal, vec4Aligned, withTile } from '../variant.js';

export interface LinearAttrs extends Attrs {
  /** Whether ReLU follows in the same kernel. */
  readonly relu: boolean;
}

function sizesOf(op: string, x: Shape, w: Shape): { n: number; i: number; o: number } {
  requireRank(op, 'x', x, 2, '[N, in]');
  requireRank(op, 'w', w, 2, '[out, in]');
  requireShape(op, 'w', w, [w[0]!, x[1]!], `x has ${x[1]} features a row`);
  return { n: x[0]!, i: x[1]!, o: w[0]! };
}

const forwards = {
  naive: forwardNaive,
  subgroup: forwardSubgroup,
  swap: forwardSwap,
  tile: forwardTile,
  naive_f16: forwardNaiveF16,
  subgroup_f16: forwardSubgroupF16,
  tile_f16: forwardTileF16,
};
const backwards = {
  naive: backwardNaive,
  subgroup: backwardSubgroup,
  swap: backwardSwap,
  tile: backwardTile,
  naive_f16: backwardNaiveF16,
  subgroup_f16: backwardSubgroupF16,
  tile_f16: backwardTileF16,
};
const variants = /* @__PURE__ */ Object.keys(forwards) as (keyof typeof forwards)[];

function chooseFor(op: string, context: LowerContext, { n, i, o }: { n: number; i: number; o: number }, tensors: readonly string[]) {
  const aligned = i % 4 === 0 && o % 4 === 0 && vec4Aligned(context, tensors);
  const refusal = subgroupRefusal(context.traits) || (!aligned && 'in, out and model strides that are multiples of 4');
  // The weight gradient takes four rows of the batch a turn.
  const whole = op === 'linear_backward' && n % 4 !== 0 && 'a batch that is a multiple of 4';
  return chooseStored(
    op,
    context,
    variants,
    withTile(context.traits, [
      { name: 'swap', refusal: refusal || quadRefusal(context.traits) || whole },
      { name: 'subgroup', refusal },
      { name: 'naive' },
    ]),
  );
}

/** Workgroups that cover a matrix in tiles. */
const tilesOf = (rows: number, columns: number, [height, width]: readonly [number, number]): number =>
  Math.ceil(rows / height) * Math.ceil(columns / width);

/** linear: y = x·wᵀ + b, x [N,in], w [out,in], b [out] or missing, optional ReLU; torch.nn.Linear. */
export const linear = /* @__PURE__ */ defineOp<LinearAttrs>({
  name: 'linear',
  attrs: { relu: 'boolean?', masked: 'boolean?' },
  inputs: ['x', 'w', 'b'],
  f16: ['x', 'w'],
  optional: ['b'],
  outputs: ['y'],
  variants,
  infer({ x, w, b }, attrs, traits) {
    const { n, o } = sizesOf('linear', x!, w!);
    if (b) requireShape('linear', 'b', b, [o], 'one bias an output');
    return { y: { shape: [n, o], dtype: storageOf('linear', attrs, traits) } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const g = sizesOf('linear', tensors.x!.shape, tensors.w!.shape);
    const { variant, idea } = chooseFor('linear', context, g, ['x', 'w', 'y']);
    const tiles = tilesOf(g.n, g.o, idea === 'tile' ? [64, 64] : [16, 32]);
    const count = idea === 'naive' ? Math.ceil((g.n * g.o) / 64) : tiles;
    const program = defineProgram({
      name: `linear/forward.${variant}`,
      source: { path: `linear/forward.${variant}.wgsl`, text: forwards[variant] },
      params: { ...g, has_bias: tensors.b ? 1 : 0, relu: attrs.relu ? 1 : 0, ...modelStrides(context, ['x', 'w', 'b', 'y']) },
      workgroups: foldWorkgroups(count, context.models),
    });
    return [{ program, args: tensors.b ? {} : { b: 'w' } }];
  },
});

/**
 * All three gradients of linear in one dispatch: dx [N,in], dw [out,in], db [out] from x, w, dy and, after ReLU, y.
 * With `inputGrad` false dx is left unwritten. With f16 storage dw and db are f32 all the same.
 */
export const linearBackward = /* @__PURE__ */ defineOp<LinearAttrs & { readonly inputGrad: boolean }>({
  name: 'linear_backward',
  attrs: { relu: 'boolean?', inputGrad: 'boolean' },
  inputs: ['x', 'w', 'y', 'dy'],
  f16: ['x', 'w', 'y', 'dy'],
  optional: ['y'],
  outputs: ['dx', 'dw', 'db'],
  variants,
  infer({ x, w, y, dy }, attrs, traits) {
    const { n, o } = sizesOf('linear_backward', x!, w!);
    requireShape('linear_backward', 'dy', dy!, [n, o], 'the shape of y');
    if (attrs.relu && !y) {
      throw new InputError({
        subject: 'linear_backward',
        got: 'relu without y',
        expected: 'y, whose zeros mask dy',
        next: 'pass y of the forward op',
      });
    }
    if (y) requireShape('linear_backward', 'y', y, [n, o], 'one output a row and weight row');
    return { dx: { shape: x!, dtype: storageOf('linear_backward', attrs, traits) }, dw: { shape: w! }, db: { shape: [o] } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const g = sizesOf('linear_backward', tensors.x!.shape, tensors.w!.shape);
    const names = ['x', 'w', 'y', 'dy', 'dx', 'dw', 'db'];
    const { variant, idea } = chooseFor('linear_backward', context, g, names.slice(0, 6));
    const tile = idea === 'tile' ? ([64, 64] as const) : ([16, 32] as const);
    const weightGroups = tilesOf(g.o, g.i, tile);
    const tiled = weightGroups + (attrs.inputGrad ? tilesOf(g.n, g.i, tile) : 0);
    const plain = Math.ceil((g.o * g.i + g.o + (attrs.inputGrad ? g.n * g.i : 0)) / 64);
    const program = defineProgram({
      name: `linear/backward.${variant}`,
      source: { path: `linear/backward.${variant}.wgsl`, text: backwards[variant] },
      constants: idea === 'subgroup' || idea === 'swap' ? { maskable: attrs.relu ? 1 : 0 } : {},
      params: {
        ...g,
        relu: attrs.relu ? 1 : 0,
        input_grad: attrs.inputGrad ? 1 : 0,
        ...(idea === 'naive' ? {} : { weight_groups: weightGroups }),
        ...modelStrides(context, names),
      },
      workgroups: foldWorkgroups(idea === 'naive' ? plain : tiled, context.models),
    });
    return [{ program, args: tensors.y ? {} : { y: 'dy' } }];
  },
});
