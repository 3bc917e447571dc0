import { defineProgram, foldWorkgroups, InputError, numel, requirePositive, requireShape } from '@kindling/core';
import forward from '@kindling/shaders/unary/forward';
import grad from '@kindling/shaders/unary/grad';
import math from '@kindling/shaders/unary/math';
import { modelStrides } from '../model-strides.js';
import { type Attrs, type AttrTypes, defineOp, type Op, type TypedOp } from '../op.js';

/** Functions in the order of the shaders' `kind`. */
export const KINDS = ['gelu', 'gelu_tanh', 'tanh', 'sigmoid', 'exp', 'log', 'neg', 'square', 'sqrt', 'scale'] as const;
export type Kind = (typeof KINDS)[number];

export interface GeluAttrs extends Attrs {
  /** 'none' is x·Φ(x), 'tanh' its approximation, as in torch. */
  readonly approximate: 'none' | 'tanh';
}

export interface ScaleAttrs extends Attrs {
  readonly factor: number;
  readonly offset: number;
}

const library = { path: 'unary/math.wgsl', text: math };

/** The kind of a gelu. @throws InputError for another word. */
export function geluKind({ approximate = 'none' }: Attrs): Kind {
  if (approximate === 'none' || approximate === 'tanh') return approximate === 'tanh' ? 'gelu_tanh' : 'gelu';
  throw new InputError({
    subject: 'gelu',
    got: `approximate ${JSON.stringify(approximate)}`,
    expected: "'none' or 'tanh'",
    next: 'leave it out for the exact form',
  });
}

function scaleAttrs({ factor, offset }: Attrs): { factor: number; offset: number } {
  if (typeof factor === 'number' && typeof offset === 'number' && Number.isFinite(factor + offset)) return { factor, offset };
  throw new InputError({
    subject: 'scale',
    got: `factor ${factor}, offset ${offset}`,
    expected: 'two finite numbers',
    next: 'pass both; offset 0 scales only',
  });
}

/** y = f(x), any shape. `kindOf` and `constants` check the attributes. */
/* @__NO_SIDE_EFFECTS__ */
function defineUnary(
  name: string,
  kindOf: (attrs: Attrs) => Kind,
  constants = (_: Attrs) => ({ factor: 0, offset: 0 }),
  attrs: AttrTypes = {},
): Op {
  return defineOp({
    name,
    attrs,
    inputs: ['x'],
    outputs: ['y'],
    variants: ['naive'],
    infer({ x }, attrs) {
      requirePositive(name, 'x', x!);
      kindOf(attrs);
      constants(attrs);
      return { y: { shape: x! } };
    },
    lower(context) {
      const size = numel(context.tensors.x!.shape);
      const program = defineProgram({
        name: `unary/forward.${kindOf(context.attrs)}`,
        source: { path: 'unary/forward.wgsl', text: forward },
        libraries: [library],
        constants: { kind: KINDS.indexOf(kindOf(context.attrs)) },
        params: { size, ...constants(context.attrs), ...modelStrides(context, ['x', 'y']) },
        workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
      });
      return [{ program }];
    },
  });
}

/**
 * gelu: x·Φ(x), any shape; torch.nn.functional.gelu with `approximate` 'none' (Φ from our own erf: at most 1e-6 of the value off, and
 * 1.2e-7·x² of it more in the lower tail) or 'tanh'. gelu(−∞) is NaN, as in torch.
 */
export const gelu = defineUnary('gelu', geluKind, undefined, { approximate: 'string?' }) as TypedOp<GeluAttrs>;
/** tanh: torch.tanh; ±1 at ±∞. */
export const tanh = defineUnary('tanh', () => 'tanh');
/** sigmoid: 1/(1 + exp(−x)); torch.sigmoid. */
export const sigmoid = defineUnary('sigmoid', () => 'sigmoid');
/** exp: torch.exp; ∞ beyond 88.73. */
export const exp = defineUnary('exp', () => 'exp');
/** log: natural logarithm; torch.log: −∞ at 0, NaN below. */
export const log = defineUnary('log', () => 'log');
/** neg: −x; torch.neg. */
export const neg = defineUnary('neg', () => 'neg');
/** square: x²; torch.square. */
export const square = defineUnary('square', () => 'square');
/** sqrt: √x; torch.sqrt: NaN below 0. */
export const sqrt = defineUnary('sqrt', () => 'sqrt');
/** scale: factor·x + offset with two numbers; torch: x * factor + offset. */
export const scale = defineUnary('scale', () => 'scale', scaleAttrs, { factor: 'number', offset: 'number' }) as TypedOp<ScaleAttrs>;

/** Gradient of a unary function: dx = dy·f'(x). `v` is x or y, as unary/grad.wgsl says; `kind` is the function. */
export const unaryGrad = /* @__PURE__ */ defineOp<Attrs & { readonly kind: Kind }>({
  name: 'unary_grad',
  attrs: { kind: 'string' },
  inputs: ['v', 'dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ v, dy }) {
    requirePositive('unary_grad', 'v', v!);
    requireShape('unary_grad', 'dy', dy!, v!, 'the shape of v');
    return { dx: { shape: v! } };
  },
  lower(context) {
    const size = numel(context.tensors.v!.shape);
    const program = defineProgram({
      name: `unary/grad.${context.attrs.kind}`,
      source: { path: 'unary/grad.wgsl', text: grad },
      libraries: [library],
      constants: { kind: KINDS.indexOf(context.attrs.kind) },
      params: { size, ...modelStrides(context, ['v', 'dy', 'dx']) },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
