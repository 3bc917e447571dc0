import { defineProgram, foldWorkgroups, numel, requirePositive, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/concat/forward';
import { requireAxis } from '../axes.js';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

export interface ConcatAttrs extends Attrs {
  /** Negative axes count from the right. */
  readonly axis: number;
}

/** concat: a and b, one after the other along `axis`, equal sizes on all others; torch.cat([a, b], axis). */
export const concat = /* @__PURE__ */ defineOp<ConcatAttrs>({
  name: 'concat',
  attrs: { axis: 'number' },
  inputs: ['a', 'b'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ a, b }, attrs) {
    requirePositive('concat', 'a', a!);
    requirePositive('concat', 'b', b!);
    const axis = requireAxis('concat', attrs.axis, 'a', a!);
    requireShape('concat', 'b', b!, b!.length > axis ? a!.with(axis, b![axis]!) : a!, 'the shape of a, free along the axis');
    return { y: { shape: a!.with(axis, a![axis]! + b![axis]!) } };
  },
  lower(context) {
    const { a, b, y } = context.tensors;
    const axis = requireAxis('concat', context.attrs.axis, 'a', a!.shape);
    const size = numel(y!.shape);
    const program = defineProgram({
      name: 'concat/forward',
      source: { path: 'concat/forward.wgsl', text: forward },
      params: {
        size,
        a_row: numel(a!.shape.slice(axis)),
        b_row: numel(b!.shape.slice(axis)),
        ...modelStrides(context, ['a', 'b', 'y']),
      },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
