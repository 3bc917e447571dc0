import { defineProgram, foldWorkgroups, numel, requirePositive, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/relu/forward';
import forwardF16 from '@kindling/shaders/relu/forward.f16';
import grad from '@kindling/shaders/relu/grad';
import gradF16 from '@kindling/shaders/relu/grad.f16';
import { modelStrides } from '../model-strides.js';
import { defineOp } from '../op.js';
import { storageOf } from '../storage.js';

/** relu: y = max(x, 0), any shape; NaN stays NaN. */
export const relu = /* @__PURE__ */ defineOp({
  name: 'relu',
  inputs: ['x'],
  f16: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }, attrs, traits) {
    requirePositive('relu', 'x', x!);
    return { y: { shape: x!, dtype: storageOf('relu', attrs, traits) } };
  },
  lower(context) {
    const size = numel(context.tensors.x!.shape);
    const file = storageOf('relu', context.attrs, context.traits) === 'f16' ? 'forward.f16' : 'forward';
    const program = defineProgram({
      name: `relu/${file}`,
      source: { path: `relu/${file}.wgsl`, text: file === 'forward' ? forward : forwardF16 },
      params: { size, ...modelStrides(context, ['x', 'y']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** Gradient of relu: dx = dy where y > 0, else 0. */
export const reluGrad = /* @__PURE__ */ defineOp({
  name: 'relu_grad',
  inputs: ['y', 'dy'],
  f16: ['y', 'dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ y, dy }, attrs, traits) {
    requirePositive('relu_grad', 'y', y!);
    requireShape('relu_grad', 'dy', dy!, y!, 'the shape of y');
    return { dx: { shape: y!, dtype: storageOf('relu_grad', attrs, traits) } };
  },
  lower(context) {
    const size = numel(context.tensors.y!.shape);
    const file = storageOf('relu_grad', context.attrs, context.traits) === 'f16' ? 'grad.f16' : 'grad';
    const program = defineProgram({
      name: `relu/${file}`,
      source: { path: `relu/${file}.wgsl`, text: file === 'grad' ? grad : gradF16 },
      params: { size, ...modelStrides(context, ['y', 'dy', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
