import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireShape, type Shape } from '@kindling/core';
import apply from '@kindling/shaders/batchnorm/apply';
import gradInput from '@kindling/shaders/batchnorm/grad_input';
import gradWeight from '@kindling/shaders/batchnorm/grad_weight';
import inference from '@kindling/shaders/batchnorm/inference';
import inferenceGradInput from '@kindling/shaders/batchnorm/inference_grad_input';
import statistics from '@kindling/shaders/batchnorm/statistics';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp } from '../op.js';

export interface BatchnormAttrs extends Attrs {
  readonly eps: number;
  /** Share of the batch in the new running statistics. */
  readonly momentum: number;
}

/** Images, channels and elements of a channel in one image, of x [N,C,H,W] or [N,C]. */
function sizesOf(op: string, x: Shape): { n: number; c: number; inner: number } {
  if (x.length !== 2 && x.length !== 4) {
    throw new InputError({
      subject: op,
      got: `x of shape [${x.join(', ')}] (${x.length} axes)`,
      expected: '[N, C, H, W] or [N, C]',
      next: 'reshape x',
    });
  }
  requirePositive(op, 'x', x);
  return { n: x[0]!, c: x[1]!, inner: numel(x.slice(2)) };
}

/** One value a channel: weight, bias, running statistics. */
function requireChannels(op: string, c: number, tensors: Readonly<Record<string, Shape | undefined>>): void {
  for (const [name, shape] of Object.entries(tensors)) requireShape(op, name, shape!, [c], 'one value a channel of x');
}

/**
 * batchnorm in training: x [N,C,H,W] or [N,C], weight, bias, running_mean, running_var [C] → y, normalised by the batch's mean and biased
 * variance; stats [C,2] (mean, 1/√(var + eps)); new_mean, new_var [C], the running statistics moved by `momentum` towards the batch's,
 * the variance unbiased. torch.nn.functional.batch_norm(training=True); Ioffe & Szegedy 2015, algorithm 1.
 */
export const batchnorm = /* @__PURE__ */ defineOp<BatchnormAttrs>({
  name: 'batchnorm',
  attrs: { eps: 'number', momentum: 'number' },
  inputs: ['x', 'weight', 'bias', 'running_mean', 'running_var'],
  outputs: ['y', 'stats', 'new_mean', 'new_var'],
  variants: ['workgroup'],
  infer({ x, weight, bias, running_mean, running_var }) {
    const { n, c, inner } = sizesOf('batchnorm', x!);
    requireChannels('batchnorm', c, { weight, bias, running_mean, running_var });
    if (n * inner === 1) {
      throw new InputError({
        subject: 'batchnorm',
        got: `x of shape [${x!.join(', ')}]: one value a channel`,
        expected: 'at least two, as a variance needs',
        next: 'use a larger batch, or batchnorm_inference',
      });
    }
    return { y: { shape: x! }, stats: { shape: [c, 2] }, new_mean: { shape: [c] }, new_var: { shape: [c] } };
  },
  lower(context) {
    const { n, c, inner } = sizesOf('batchnorm', context.tensors.x!.shape);
    const { eps, momentum } = context.attrs;
    const size = n * c * inner;
    return [
      {
        program: defineProgram({
          name: 'batchnorm/statistics',
          source: { path: 'batchnorm/statistics.wgsl', text: statistics },
          params: {
            ...{ n, c, inner, eps, momentum },
            ...modelStrides(context, ['x', 'running_mean', 'running_var', 'stats', 'new_mean', 'new_var']),
          },
          workgroups: foldWorkgroups(c, context.models),
        }),
      },
      {
        program: defineProgram({
          name: 'batchnorm/apply',
          source: { path: 'batchnorm/apply.wgsl', text: apply },
          params: { size, c, inner, ...modelStrides(context, ['x', 'weight', 'bias', 'stats', 'y']) },
          workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
        }),
      },
    ];
  },
});

/**
 * batchnorm in inference: as `batchnorm`, but normalised by the running statistics, which stay as they are; stats [C,2] =
 * running_mean, 1/√(running_var + eps). torch.nn.functional.batch_norm(training=False).
 */
export const batchnormInference = /* @__PURE__ */ defineOp<Attrs & { readonly eps: number }>({
  name: 'batchnorm_inference',
  attrs: { eps: 'number' },
  inputs: ['x', 'weight', 'bias', 'running_mean', 'running_var'],
  outputs: ['y', 'stats'],
  variants: ['naive'],
  infer({ x, weight, bias, running_mean, running_var }) {
    const { c } = sizesOf('batchnorm_inference', x!);
    requireChannels('batchnorm_inference', c, { weight, bias, running_mean, running_var });
    return { y: { shape: x! }, stats: { shape: [c, 2] } };
  },
  lower(context) {
    const { n, c, inner } = sizesOf('batchnorm_inference', context.tensors.x!.shape);
    const size = n * c * inner;
    const names = ['x', 'weight', 'bias', 'running_mean', 'running_var', 'y', 'stats'];
    const program = defineProgram({
      name: 'batchnorm/inference',
      source: { path: 'batchnorm/inference.wgsl', text: inference },
      params: { size, c, inner, eps: context.attrs.eps, ...modelStrides(context, names) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** Weight and bias gradients of both: dy, x [N,C,…], stats [C,2] → dweight, dbias [C]. */
export const batchnormGradWeight = /* @__PURE__ */ defineOp({
  name: 'batchnorm_grad_weight',
  inputs: ['dy', 'x', 'stats'],
  outputs: ['dweight', 'dbias'],
  variants: ['workgroup'],
  infer({ dy, x, stats }) {
    const { c } = sizesOf('batchnorm_grad_weight', x!);
    requireShape('batchnorm_grad_weight', 'dy', dy!, x!, 'the shape of x');
    requireShape('batchnorm_grad_weight', 'stats', stats!, [c, 2], 'two statistics a channel of x');
    return { dweight: { shape: [c] }, dbias: { shape: [c] } };
  },
  lower(context) {
    const g = sizesOf('batchnorm_grad_weight', context.tensors.x!.shape);
    const program = defineProgram({
      name: 'batchnorm/grad_weight',
      source: { path: 'batchnorm/grad_weight.wgsl', text: gradWeight },
      params: { ...g, ...modelStrides(context, ['dy', 'x', 'stats', 'dweight', 'dbias']) },
      workgroups: foldWorkgroups(g.c, context.models),
    });
    return [{ program }];
  },
});

/** Input gradient in training, through the batch's mean and variance: dy, x [N,C,…], weight, dweight, dbias [C], stats [C,2] → dx [N,C,…]. */
export const batchnormGradInput = /* @__PURE__ */ defineOp({
  name: 'batchnorm_grad_input',
  inputs: ['dy', 'x', 'weight', 'stats', 'dweight', 'dbias'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, x, weight, stats, dweight, dbias }) {
    const { c } = sizesOf('batchnorm_grad_input', x!);
    requireShape('batchnorm_grad_input', 'dy', dy!, x!, 'the shape of x');
    requireShape('batchnorm_grad_input', 'stats', stats!, [c, 2], 'two statistics a channel of x');
    requireChannels('batchnorm_grad_input', c, { weight, dweight, dbias });
    return { dx: { shape: x! } };
  },
  lower(context) {
    const { n, c, inner } = sizesOf('batchnorm_grad_input', context.tensors.x!.shape);
    const size = n * c * inner;
    const names = ['dy', 'x', 'weight', 'stats', 'dweight', 'dbias', 'dx'];
    const program = defineProgram({
      name: 'batchnorm/grad_input',
      source: { path: 'batchnorm/grad_input.wgsl', text: gradInput },
      params: { size, n, c, inner, ...modelStrides(context, names) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** Input gradient in inference: dy [N,C,…], weight [C], stats [C,2] → dx [N,C,…]. */
export const batchnormInferenceGradInput = /* @__PURE__ */ defineOp({
  name: 'batchnorm_inference_grad_input',
  inputs: ['dy', 'weight', 'stats'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, weight, stats }) {
    const op = 'batchnorm_inference_grad_input';
    requirePositive(op, 'dy', dy!);
    const { c } = sizesOf(op, dy!);
    requireChannels(op, c, { weight });
    requireShape(op, 'stats', stats!, [c, 2], 'two statistics a channel of x');
    return { dx: { shape: dy! } };
  },
  lower(context) {
    const { n, c, inner } = sizesOf('batchnorm_inference_grad_input', context.tensors.dy!.shape);
    const size = n * c * inner;
    const program = defineProgram({
      name: 'batchnorm/inference_grad_input',
      source: { path: 'batchnorm/inference_grad_input.wgsl', text: inferenceGradInput },
      params: { size, c, inner, ...modelStrides(context, ['dy', 'weight', 'stats', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
