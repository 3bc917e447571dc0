import { defineProgram, foldWorkgroups, formatShape, InputError, numel, requirePositive, type Shape, stridesOf } from '@kindling/core';
import forward from '@kindling/shaders/permute/forward';
import { axisFields, joinAxes, parseList, requireAxis, requireFewAxes } from '../axes.js';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

export interface PermuteAttrs extends Attrs {
  /** For each axis of y the axis of x that it is, as `listAttr` writes it. */
  readonly order: string;
}

/** The order with negative axes counted from the right. @throws InputError unless it names each axis of x once. */
export function orderOf(x: Shape, { order }: Attrs): number[] {
  requirePositive('permute', 'x', x);
  requireFewAxes('permute', 'x', x);
  const axes = parseList('permute', 'order', order).map((axis) => requireAxis('permute', axis, 'x', x));
  if (axes.length === x.length && new Set(axes).size === axes.length) return axes;
  throw new InputError({
    subject: 'permute',
    got: `order [${order}] for x ${formatShape(x)}`,
    expected: `each of its ${x.length} axes once`,
    next: 'name every axis of x',
  });
}

/** permute: the same elements with axes in another order, up to six axes; torch.permute(x, order), made contiguous. */
export const permute = /* @__PURE__ */ defineOp<PermuteAttrs>({
  name: 'permute',
  attrs: { order: 'string' },
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer: ({ x }, attrs) => ({ y: { shape: orderOf(x!, attrs).map((axis) => x![axis]!) } }),
  lower(context) {
    const { x, y } = context.tensors;
    const steps = stridesOf(x!.shape);
    const moved = orderOf(x!.shape, context.attrs).map((axis) => steps[axis]!);
    const { sizes, strides } = joinAxes({ sizes: y!.shape, strides: [moved] });
    const { n0: _, ...inner } = axisFields('n', sizes, 1);
    const size = numel(y!.shape);
    const program = defineProgram({
      name: 'permute/forward',
      source: { path: 'permute/forward.wgsl', text: forward },
      params: { size, ...inner, ...axisFields('s', strides[0]!, 0), ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
