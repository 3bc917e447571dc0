import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireRank, requireShape } from '@kindling/core';
import sumParts from '@kindling/shaders/parts/sum';
import scale from '@kindling/shaders/rows/scale';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

/** scale_rows: y[n,o] = x[n,o] · scale[n]. */
export const scaleRows = /* @__PURE__ */ defineOp({
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
export const sumPartsOp = /* @__PURE__ */ defineOp<Attrs & { readonly parts: number }>({
  name: 'sum_parts',
  attrs: { parts: 'number' },
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }, { parts }) {
    requirePositive('sum_parts', 'x', x!);
    if (!(Number.isInteger(parts) && parts >= 1)) {
      throw new InputError({ subject: 'sum_parts', got: `parts ${parts}`, expected: 'a whole number ≥ 1', next: 'count the partial sums' });
    }
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
