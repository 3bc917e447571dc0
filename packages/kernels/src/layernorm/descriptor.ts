import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireShape, type Shape } from '@kindling/core';
import forwardNaive from '@kindling/shaders/layernorm/forward.naive';
import forwardWorkgroup from '@kindling/shaders/layernorm/forward.workgroup';
import gradInputNaive from '@kindling/shaders/layernorm/grad_input.naive';
import gradInputWorkgroup from '@kindling/shaders/layernorm/grad_input.workgroup';
import gradWeight from '@kindling/shaders/layernorm/grad_weight';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type LowerContext } from '../op.js';
import { chooseVariant } from '../variant.js';

export interface LayernormAttrs extends Attrs {
  readonly eps: number;
}

/** Rows and channels of x [..., C]. @throws InputError for a scalar or an empty x. */
function sizesOf(op: string, x: Shape): { rows: number; c: number } {
  requirePositive(op, 'x', x);
  if (x.length === 0) {
    throw new InputError({ subject: op, got: 'x of shape [] (a scalar)', expected: 'at least one axis', next: 'reshape x to [..., C]' });
  }
  const c = x[x.length - 1]!;
  return { rows: numel(x) / c, c };
}

/** Rows that a workgroup of the naive kernels owns, as in the WGSL. */
const NAIVE_ROWS = 8;

/**
 * A workgroup a row on GPUs; on CPU adapters, where a workgroup's barriers are what costs, an invocation a row: 64 rows of 256 forward take
 * .2 against .6 ms on lavapipe, .7 against 7.7 ms on SwiftShader (two busy cores).
 */
function chooseFor(op: string, context: LowerContext, rows: number) {
  const names = context.traits.software ? ['naive', 'workgroup'] : ['workgroup', 'naive'];
  const variant = chooseVariant(
    op,
    context,
    names.map((name) => ({ name })),
  );
  const workgroups = foldWorkgroups(variant === 'naive' ? Math.ceil(rows / NAIVE_ROWS) : rows, context.models);
  return { variant, naive: variant === 'naive', workgroups };
}

/**
 * layernorm over the last axis: x [..., C], weight, bias [C] → y [..., C], stats [rows,2] (mean and 1/√(var + eps), which the gradients
 * read); torch.nn.functional.layer_norm(x, [C], weight, bias, eps). Ba, Kiros & Hinton 2016, equation 4.
 */
export const layernorm = /* @__PURE__ */ defineOp<LayernormAttrs>({
  name: 'layernorm',
  attrs: { eps: 'number' },
  inputs: ['x', 'weight', 'bias'],
  outputs: ['y', 'stats'],
  variants: ['naive', 'workgroup'],
  infer({ x, weight, bias }) {
    const { rows, c } = sizesOf('layernorm', x!);
    requireShape('layernorm', 'weight', weight!, [c], 'one weight a channel of x');
    requireShape('layernorm', 'bias', bias!, [c], 'one bias a channel of x');
    return { y: { shape: x! }, stats: { shape: [rows, 2] } };
  },
  lower(context) {
    const g = sizesOf('layernorm', context.tensors.x!.shape);
    const { variant, naive, workgroups } = chooseFor('layernorm', context, g.rows);
    const program = defineProgram({
      name: `layernorm/forward.${variant}`,
      source: { path: `layernorm/forward.${variant}.wgsl`, text: naive ? forwardNaive : forwardWorkgroup },
      params: { ...g, eps: context.attrs.eps, ...modelStrides(context, ['x', 'weight', 'bias', 'y', 'stats']) },
      workgroups,
    });
    return [{ program }];
  },
});

/** Input gradient of layernorm: dy, x [..., C], weight [C], stats [rows,2] → dx [..., C]. */
export const layernormGradInput = /* @__PURE__ */ defineOp({
  name: 'layernorm_grad_input',
  inputs: ['dy', 'x', 'weight', 'stats'],
  outputs: ['dx'],
  variants: ['naive', 'workgroup'],
  infer({ dy, x, weight, stats }) {
    const { rows, c } = sizesOf('layernorm_grad_input', x!);
    requireShape('layernorm_grad_input', 'dy', dy!, x!, 'the shape of x');
    requireShape('layernorm_grad_input', 'weight', weight!, [c], 'one weight a channel of x');
    requireShape('layernorm_grad_input', 'stats', stats!, [rows, 2], 'two statistics a row of x');
    return { dx: { shape: x! } };
  },
  lower(context) {
    const g = sizesOf('layernorm_grad_input', context.tensors.x!.shape);
    const { variant, naive, workgroups } = chooseFor('layernorm_grad_input', context, g.rows);
    const program = defineProgram({
      name: `layernorm/grad_input.${variant}`,
      source: { path: `layernorm/grad_input.${variant}.wgsl`, text: naive ? gradInputNaive : gradInputWorkgroup },
      params: { ...g, ...modelStrides(context, ['dy', 'x', 'weight', 'stats', 'dx']) },
      workgroups,
    });
    return [{ program }];
  },
});

/** Rows that one partial sum of dweight takes at least, and partial sums at most. */
const MIN_CHUNK = 16;
const MAX_PARTS = 64;

function chunksOf(rows: number): { parts: number; chunk: number } {
  const chunk = Math.max(MIN_CHUNK, Math.ceil(rows / MAX_PARTS));
  return { parts: Math.ceil(rows / chunk), chunk };
}

/** Weight and bias gradients of layernorm: dy, x [..., C], stats [rows,2] → dweight, dbias [C] in parts. */
export const layernormGradWeight = /* @__PURE__ */ defineOp({
  name: 'layernorm_grad_weight',
  inputs: ['dy', 'x', 'stats'],
  outputs: ['dweight', 'dbias'],
  variants: ['naive'],
  infer({ dy, x, stats }) {
    const { rows, c } = sizesOf('layernorm_grad_weight', x!);
    requireShape('layernorm_grad_weight', 'dy', dy!, x!, 'the shape of x');
    requireShape('layernorm_grad_weight', 'stats', stats!, [rows, 2], 'two statistics a row of x');
    const { parts } = chunksOf(rows);
    return { dweight: { shape: [c], parts }, dbias: { shape: [c], parts } };
  },
  lower(context) {
    const g = sizesOf('layernorm_grad_weight', context.tensors.x!.shape);
    const chunks = chunksOf(g.rows);
    const program = defineProgram({
      name: 'layernorm/grad_weight',
      source: { path: 'layernorm/grad_weight.wgsl', text: gradWeight },
      params: { ...g, ...chunks, ...modelStrides(context, ['dy', 'x', 'stats', 'dweight', 'dbias']) },
      workgroups: foldWorkgroups(Math.ceil((g.c * chunks.parts) / 64), context.models),
    });
    return [{ program }];
  },
});
