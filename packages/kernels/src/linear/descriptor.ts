import { defineProgram, foldWorkgroups, requireRank, requireShape, type Shape } from '@kindling/core';
import backwardNaive from '@kindling/shaders/linear/backward.naive';
import backwardSubgroup from '@kindling/shaders/linear/backward.subgroup';
import forwardNaive from '@kindling/shaders/linear/forward.naive';
import forwardSubgroup from '@kindling/shaders/linear/forward.subgroup';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type LowerContext } from '../op.js';
import { chooseVariant, subgroupRefusal, vec4Aligned } from '../variant.js';

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

function chooseFor(op: string, context: LowerContext, i: number, o: number, tensors: readonly string[]): string {
  const aligned = i % 4 === 0 && o % 4 === 0 && vec4Aligned(context, tensors);
  return chooseVariant(op, context, [
    { name: 'subgroup', refusal: subgroupRefusal(context.traits) || (!aligned && 'in, out and model strides that are multiples of 4') },
    { name: 'naive' },
  ]);
}

/** linear: y = x·wᵀ + b, x [N,in], w [out,in], b [out] or missing, optional ReLU; torch.nn.Linear. */
export const linear = defineOp<LinearAttrs>({
  name: 'linear',
  inputs: ['x', 'w', 'b'],
  optional: ['b'],
  outputs: ['y'],
  variants: ['naive', 'subgroup'],
  infer({ x, w, b }) {
    const { n, o } = sizesOf('linear', x!, w!);
    if (b) requireShape('linear', 'b', b, [o], 'one bias an output');
    return { y: { shape: [n, o] } };
  },
  lower(context) {
    const { tensors, attrs } = context;
    const g = sizesOf('linear', tensors.x!.shape, tensors.w!.shape);
    const variant = chooseFor('linear', context, g.i, g.o, ['x', 'w', 'y']);
    const subgroup = variant === 'subgroup';
    const program = defineProgram({
      name: `linear/forward.${variant}`,
      source: { path: `linear/forward.${variant}.wgsl`, text: subgroup ? forwardSubgroup : forwardNaive },
      params: { ...g, has_bias: tensors.b ? 1 : 0, relu: attrs.relu ? 1 : 0, ...modelStrides(context, ['x', 'w', 'b', 'y']) },
      workgroups: foldWorkgroups(subgroup ? Math.ceil(g.n / 8) * Math.ceil(g.o / 32) : Math.ceil((g.n * g.o) / 64), context.models),
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
  variants: ['naive', 'subgroup'],
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
    const subgroup = variant === 'subgroup';
    const tiles = Math.ceil(g.i / 32);
    const weightGroups = Math.ceil(g.o / 16) * tiles;
    const tiled = weightGroups + (attrs.inputGrad ? Math.ceil(g.n / 16) * tiles : 0);
    const plain = Math.ceil((g.o * g.i + g.o + (attrs.inputGrad ? g.n * g.i : 0)) / 64);
    const program = defineProgram({
      name: `linear/backward.${variant}`,
      source: { path: `linear/backward.${variant}.wgsl`, text: subgroup ? backwardSubgroup : backwardNaive },
      params: {
        ...g,
        relu: attrs.relu ? 1 : 0,
        input_grad: attrs.inputGrad ? 1 : 0,
        ...(subgroup ? { weight_groups: weightGroups } : {}),
        ...modelStrides(context, names),
      },
      workgroups: foldWorkgroups(subgroup ? tiled : plain, context.models),
    });
    return [{ program, args: tensors.y ? {} : { y: 'dy' } }];
  },
});
