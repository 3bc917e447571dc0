import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireRank, requireShape, type Shape } from '@kindling/core';
import forward from '@kindling/shaders/gather/forward';
import grad from '@kindling/shaders/gather/grad';
import oneHotForward from '@kindling/shaders/gather/one_hot';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type Op } from '../op.js';

function requireCount(subject: string, name: string, count: number): void {
  if (Number.isInteger(count) && count >= 1) return;
  throw new InputError({ subject, got: `${name} ${count}`, expected: 'a whole number ≥ 1', next: `count the ${name}` });
}

/** y = table[index]; `table` names the tensor that is read. */
/* @__NO_SIDE_EFFECTS__ */
function defineGather(name: string, table: string, requireTable: (shape: Shape) => void): Op {
  return defineOp({
    name,
    inputs: [table, 'index'],
    outputs: ['y'],
    variants: ['naive'],
    infer(shapes) {
      requireTable(shapes[table]!);
      requirePositive(name, 'index', shapes.index!);
      return { y: { shape: [...shapes.index!, ...shapes[table]!.slice(1)] } };
    },
    lower(context) {
      const [rows, ...rest] = context.tensors[table]!.shape;
      const size = numel(context.tensors.y!.shape);
      const { [`${table}_model`]: step, ...models } = modelStrides(context, [table, 'index', 'y']);
      const program = defineProgram({
        name: `gather/forward.${name}`,
        source: { path: 'gather/forward.wgsl', text: forward },
        params: { size, rows: rows!, inner: numel(rest), x_model: step!, ...models },
        workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
      });
      return [{ program, args: { x: table } }];
    },
  });
}

/**
 * gather: rows of x [R, …] by index u32 [N, …] → y [N, …, …]; torch: x[index], index_select for one axis of indices. An index outside
 * 0 … R − 1 gives a row of NaN and no gradient (torch raises an error, which a kernel cannot).
 */
export const gather = defineGather('gather', 'x', (x) => {
  requirePositive('gather', 'x', x);
  if (x.length === 0) {
    throw new InputError({ subject: 'gather', got: 'x of shape []', expected: 'at least one axis [R, …]', next: 'reshape x to [1]' });
  }
});

/** embedding: rows of weight [V, D] by index u32 [N, …] → y [N, …, D]; torch.nn.functional.embedding. Indices outside as in gather. */
export const embedding = defineGather('embedding', 'weight', (weight) => requireRank('embedding', 'weight', weight, 2, '[V, D]'));

/** Gradient of gather and embedding: dx [rows, …] = sum of the rows of dy that each row went to, in order. */
export const gatherGrad = /* @__PURE__ */ defineOp<Attrs & { readonly rows: number }>({
  name: 'gather_grad',
  attrs: { rows: 'number' },
  inputs: ['dy', 'index'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, index }, { rows }) {
    requirePositive('gather_grad', 'dy', dy!);
    requireCount('gather_grad', 'rows', rows);
    requireShape('gather_grad', 'index', index!, dy!.slice(0, index!.length), 'the leading axes of dy');
    return { dx: { shape: [rows, ...dy!.slice(index!.length)] } };
  },
  lower(context) {
    const { index, dx } = context.tensors;
    const size = numel(dx!.shape);
    const program = defineProgram({
      name: 'gather/grad',
      source: { path: 'gather/grad.wgsl', text: grad },
      params: { size, inner: numel(dx!.shape.slice(1)), n: numel(index!.shape), ...modelStrides(context, ['dy', 'index', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** one_hot: index u32 [N, …] → y f32 [N, …, classes]; torch.nn.functional.one_hot as floats. An index outside gives a row of NaN. */
export const oneHot = /* @__PURE__ */ defineOp<Attrs & { readonly classes: number }>({
  name: 'one_hot',
  attrs: { classes: 'number' },
  inputs: ['index'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ index }, { classes }) {
    requirePositive('one_hot', 'index', index!);
    requireCount('one_hot', 'classes', classes);
    return { y: { shape: [...index!, classes] } };
  },
  lower(context) {
    const size = numel(context.tensors.y!.shape);
    const program = defineProgram({
      name: 'gather/one_hot',
      source: { path: 'gather/one_hot.wgsl', text: oneHotForward },
      params: { size, classes: context.attrs.classes, ...modelStrides(context, ['index', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
