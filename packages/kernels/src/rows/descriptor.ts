import { defineProgram, foldWorkgroups, numel, requirePositive, requireRank, requireShape } from '@kindling/core';
import sumParts from '@kindling/shaders/parts/sum';
import meanForward from '@kindling/shaders/rows/mean';
import meanGradient from '@kindling/shaders/rows/mean_grad';
import scale from '@kindling/shaders/rows/scale';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

/** mean: the mean of all elements of x as a scalar []. */
export const mean = defineOp({
  name: 'mean',
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }) {
    requirePositive('mean', 'x', x!);
    return { y: { shape: [] } };
  },
  lower(context) {
    const program = defineProgram({
      name: 'rows/mean',
      source: { path: 'rows/mean.wgsl', text: meanForward },
      params: { size: numel(context.tensors.x!.shape), ...modelStrides(context, ['x', 'y']) },
      workgroups: [1, 1, context.models],
    });
    return [{ program }];
  },
});

/** Gradient of mean: dx = dy / size, for an x of `size` elements in one axis. */
export const meanGrad = defineOp<Attrs & { readonly size: number }>({
  name: 'mean_grad',
  inputs: ['dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy }, { size }) {
    requireShape('mean_grad', 'dy', dy!, [], 'the mean is a scalar');
    return { dx: { shape: [size] } };
  },
  lower(context) {
    const { size } = context.attrs;
    const program = defineProgram({
      name: 'rows/mean_grad',
      source: { path: 'rows/mean_grad.wgsl', text: meanGradient },
      params: { size, ...modelStrides(context, ['dy', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** scale_rows: y[n,o] = x[n,o] · scale[n]. */
export const scaleRows = defineOp({
  name: 'scale_rows',
  inputs: ['x', 'scale'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x, scale: factor }) {
    requireRank('scale_rows', 'x', x!, 2, '[N, O]');
    requireShape('scale_rows', 'scale', factor!, [x![0]!], 'one factor a row');
    return { y: { shape: x! } };
  },
  lower(context) {
    const x = context.tensors.x!.shape;
    const program = defineProgram({
      name: 'rows/scale',
      source: { path: 'rows/scale.wgsl', text: scale },
      params: { size: numel(x), o: x[1]!, ...modelStrides(context, ['x', 'scale', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(numel(x) / 64), context.models),
    });
    return [{ program }];
  },
});

/** sum_parts: adds the partial sums that a weight gradient was left in. `parts` is their number; the shape is that of one part. */
export const sumPartsOp = defineOp<Attrs & { readonly parts: number }>({
  name: 'sum_parts',
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }) {
    requirePositive('sum_parts', 'x', x!);
    return { y: { shape: x! } };
  },
  lower(context) {
    const size = numel(context.tensors.x!.shape);
    const program = defineProgram({
      name: 'parts/sum',
      source: { path: 'parts/sum.wgsl', text: sumParts },
      params: { size, parts: context.attrs.parts, ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
