import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireShape, type Shape } from '@kindling/core';
import forwardSerial from '@kindling/shaders/softmax/forward.serial';
import forwardWorkgroup from '@kindling/shaders/softmax/forward.workgroup';
import gradSerial from '@kindling/shaders/softmax/grad.serial';
import gradWorkgroup from '@kindling/shaders/softmax/grad.workgroup';
import math from '@kindling/shaders/unary/math';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type Launch, type LowerContext, type Op } from '../op.js';
import { chooseVariant } from '../variant.js';

/** Longest row that one invocation takes, and the number of rows from which it takes any on software adapters, where barriers are dear. */
const SERIAL_ROW = 64;
const SERIAL_ROWS = 64;

const texts = {
  'forward.serial': forwardSerial,
  'forward.workgroup': forwardWorkgroup,
  'grad.serial': gradSerial,
  'grad.workgroup': gradWorkgroup,
};

function requireRows(name: string, tensor: string, shape: Shape): void {
  requirePositive(name, tensor, shape);
  if (shape.length > 0) return;
  throw new InputError({ subject: name, got: `${tensor} of shape []`, expected: 'at least one axis', next: `reshape ${tensor} to [1]` });
}

function rowLaunch<A extends Attrs>(
  context: LowerContext<A>,
  { name, pass, log, shape, tensors }: { name: string; pass: 'forward' | 'grad'; log: boolean; shape: Shape; tensors: readonly string[] },
): Launch[] {
  const n = shape[shape.length - 1]!;
  const rows = numel(shape) / n;
  const candidates = [{ name: 'serial' }, { name: 'workgroup' }];
  const serial = n <= SERIAL_ROW || (context.traits.software && rows >= SERIAL_ROWS);
  const variant = chooseVariant(name, context, serial ? candidates : candidates.reverse()) as 'serial' | 'workgroup';
  const program = defineProgram({
    name: `softmax/${pass}.${variant}${log ? '.log' : ''}`,
    source: { path: `softmax/${pass}.${variant}.wgsl`, text: texts[`${pass}.${variant}`] },
    libraries: [{ path: 'unary/math.wgsl', text: math }],
    constants: { kind: log ? 1 : 0 },
    params: { rows, n, ...modelStrides(context, tensors) },
    workgroups: foldWorkgroups(variant === 'serial' ? Math.ceil(rows / 64) : rows, context.models),
  });
  return [{ program }];
}

/* @__NO_SIDE_EFFECTS__ */
function defineSoftmax(name: string, log: boolean): Op {
  return defineOp({
    name,
    inputs: ['x'],
    outputs: ['y'],
    variants: ['serial', 'workgroup'],
    infer({ x }) {
      requireRows(name, 'x', x!);
      return { y: { shape: x! } };
    },
    lower: (context) => rowLaunch(context, { name, pass: 'forward', log, shape: context.tensors.x!.shape, tensors: ['x', 'y'] }),
  });
}

/** softmax: over the last axis, x [..., n] → y [..., n]; torch.softmax(x, -1). A row with a NaN or an infinite maximum becomes NaN. */
export const softmax = defineSoftmax('softmax', false);
/** log_softmax: over the last axis, x [..., n] → y [..., n]; torch.log_softmax(x, -1). */
export const logSoftmax = defineSoftmax('log_softmax', true);

/** Gradient of softmax, or with `log` of log_softmax, from its output y: dx [..., n]. */
export const softmaxGrad = /* @__PURE__ */ defineOp<Attrs & { readonly log: boolean }>({
  name: 'softmax_grad',
  attrs: { log: 'boolean' },
  inputs: ['y', 'dy'],
  outputs: ['dx'],
  variants: ['serial', 'workgroup'],
  infer({ y, dy }) {
    requireRows('softmax_grad', 'y', y!);
    requireShape('softmax_grad', 'dy', dy!, y!, 'the shape of y');
    return { dx: { shape: y! } };
  },
  lower: (context) =>
    rowLaunch(context, {
      name: 'softmax_grad',
      pass: 'grad',
      log: context.attrs.log,
      shape: context.tensors.y!.shape,
      tensors: ['y', 'dy', 'dx'],
    }),
});
