import { defineProgram, foldWorkgroups, requireRank, requireShape, type Shape } from '@kindling/core';
import backwardNaive from '@kindling/shaders/linear/backward.naive';
import backwardSubgroup from '@kindling/shaders/linear/backward.subgroup';
import backwardTile from '@kindling/shaders/linear/backward.tile';
import forwardNaive from '@kindling/shaders/linear/forward.naive';
import forwardSubgroup from '@kindling/shaders/linear/forward.subgroup';
import forwardTile from '@kindling/shaders/linear/forward.tile';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type LowerContext } from '../op.js';
import { chooseVariant, subgroupRefusal, vec4Aligned, withTile } from '../variant.js';

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

const forwards = { naive: forwardNaive, subgroup: forwardSubgroup, tile: forwardTile };
const backwards = { naive: backwardNaive, subgroup: backwardSubgroup, tile: backwardTile };

function chooseFor(op: string, context: LowerContext, i: number, o: number, tensors: readonly string[]): keyof typeof forwards {
  const aligned = i % 4 === 0 && o % 4 === 0 && vec4Aligned(context, tensors);
  const refusal = subgroupRefusal(context.traits) || (!aligned && 'in, out and model strides that are multiples of 4');
  return chooseVariant(op, context, withTile(context.traits, [{ name: 'subgroup', refusal }, { name: 'naive' }])) as keyof typeof forwards;
}

/** Workgroups that cover a matrix in tiles. */
const tilesOf = (rows: number, columns: number, [height, width]: readonly [number, number]): number =>
  Math.ceil(rows / height) * Math.ceil(columns / width);

/** linear: y = x·wᵀ + b, x [N,in], w [out,in], b [out] or missing, optional ReLU; torch.nn.Linear. */
export const linear = defineOp<LinearAttrs>({
  name: 'linear',
  inputs: ['x', 'w', 'b'],
  optional: ['b'],
  outputs: ['y'],
  variants: ['naive', 'subgroup', 'tile'],
  infer({ x, w, b }) {
    const { n, o } = sizesOf('linear', x!, w!);
    if (b) requireShape('linear', 'b', b, [o], 'one bias an output');
    return { y: { shape: [n, o] } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const g = sizesOf('linear', tensors.x!.shape, tensors.w!.shape);
    const variant = chooseFor('linear', context, g.i, g.o, ['x', 'w', 'y']);
    const count = { naive: Math.ceil((g.n * g.o) / 64), subgroup: tilesOf(g.n, g.o, [16, 32]), tile: tilesOf(g.n, g.o, [64, 64]) }[variant];
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
 * With `inputGrad` false dx is left unwritten.
 */
export const linearBackward = defineOp<LinearAttrs & { readonly inputGrad: boolean }>({
  name: 'linear_backward',
  inputs: ['x', 'w', 'y', 'dy'],
  optional: ['y'],
  outputs: ['dx', 'dw', 'db'],
  variants: ['naive', 'subgroup', 'tile'],
  infer({ x, w, y, dy }) {
    const { n, o } = sizesOf('linear_backward', x!, w!);
    requireShape('linear_backward', 'dy', dy!, [n, o], 'the shape of y');
    if (y) requireShape('linear_backward', 'y', y, [n, o], 'one output a row and weight row');
    return { dx: { shape: x! }, dw: { shape: w! }, db: { shape: [o] } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const g = sizesOf('linear_backward', tensors.x!.shape, tensors.w!.shape);
    const names = ['x', 'w', 'y', 'dy', 'dx', 'dw', 'db'];
    const variant = chooseFor('linear_backward', context, g.i, g.o, names.slice(0, 6));
    const tile = variant === 'tile' ? ([64, 64] as const) : ([16, 32] as const);
    const weightGroups = tilesOf(g.o, g.i, tile);
    const tiled = weightGroups + (attrs.inputGrad ? tilesOf(g.n, g.i, tile) : 0);
    const plain = Math.ceil((g.o * g.i + g.o + (attrs.inputGrad ? g.n * g.i : 0)) / 64);
    const program = defineProgram({
      name: `linear/backward.${variant}`,
      source: { path: `linear/backward.${variant}.wgsl`, text: backwards[variant] },
      // Only where it pays: on eight lanes (lavapipe) the kernel measured a sixth slower without the test, on four a quarter faster.
      constants: variant === 'subgroup' && context.traits.subgroupSize < 8 ? { maskable: attrs.relu ? 1 : 0 } : {},
      params: {
        ...g,
        relu: attrs.relu ? 1 : 0,
        input_grad: attrs.inputGrad ? 1 : 0,
        ...(variant === 'naive' ? {} : { weight_groups: weightGroups }),
        ...modelStrides(context, names),
      },
      workgroups: foldWorkgroups(variant === 'naive' ? plain : tiled, context.models),
    });
    return [{ program, args: tensors.y ? {} : { y: 'dy' } }];
  },
});
