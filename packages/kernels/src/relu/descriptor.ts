import { defineProgram, foldWorkgroups, numel, requirePositive, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/relu/forward';
import grad from '@kindling/shaders/relu/grad';
import { modelStrides } from '../model-strides.js';
import { defineOp } from '../op.js';

/** relu: y = max(x, 0), any shape; NaN stays NaN. */
export const relu = defineOp({
  name: 'relu',
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }) {
    requirePositive('relu', 'x', x!);
    return { y: { shape: x! } };
  },
  lower(context) {
    const size = numel(context.tensors.x!.shape);
    const program = defineProgram({
      name: 'relu/forward',
      source: { path: 'relu/forward.wgsl', text: forward },
      params: { size, ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** Gradient of relu: dx = dy where y > 0, else 0. */
export const reluGrad = defineOp({
  name: 'relu_grad',
  inputs: ['y', 'dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ y, dy }) {
    requirePositive('relu_grad', 'y', y!);
    requireShape('relu_grad', 'dy', dy!, y!, 'the shape of y');
    return { dx: { shape: y! } };
  },
  lower(context) {
    const size = numel(context.tensors.y!.shape);
    const program = defineProgram({
      name: 'relu/grad',
      source: { path: 'relu/grad.wgsl', text: grad },
      params: { size, ...modelStrides(context, ['y', 'dy', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
