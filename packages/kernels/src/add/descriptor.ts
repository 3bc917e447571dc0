import { defineProgram, foldWorkgroups, numel, requirePositive, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/add/forward';
import { modelStrides } from '../model-strides.js';
import { defineOp } from '../op.js';

/** add: y = a + b for equal shapes. */
export const add = defineOp({
  name: 'add',
  inputs: ['a', 'b'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ a, b }) {
    requirePositive('add', 'a', a!);
    requireShape('add', 'b', b!, a!, 'the shape of a');
    return { y: { shape: a! } };
  },
  lower(context) {
    const size = numel(context.tensors.a!.shape);
    const program = defineProgram({
      name: 'add/forward',
      source: { path: 'add/forward.wgsl', text: forward },
      params: { size, ...modelStrides(context, ['a', 'b', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
