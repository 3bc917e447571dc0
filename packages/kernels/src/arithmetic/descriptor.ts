import {
  broadcastShapes,
  defineProgram,
  foldWorkgroups,
  InputError,
  numel,
  requirePositive,
  type Shape,
  sameShape,
  stridesOf,
} from '@kindling/core';
import broadcast from '@kindling/shaders/arithmetic/broadcast';
import equal from '@kindling/shaders/arithmetic/equal';
import { axisFields, joinAxes, MAX_AXES, requireFewAxes } from '../axes.js';
import { modelStrides } from '../model-strides.js';
import { defineOp, type Op } from '../op.js';
import { chooseVariant } from '../variant.js';

/** Operations in the order of the shaders' `kind`. */
const KINDS = ['add', 'sub', 'mul', 'div'] as const;

/** Strides of a tensor in a shape that it broadcasts to: 0 along the axes where it stretches. */
export function stretchedStrides(shape: Shape, target: Shape): number[] {
  const own = stridesOf(shape);
  const missing = target.length - shape.length;
  return target.map((size, axis) => (axis < missing || (shape[axis - missing] === 1 && size !== 1) ? 0 : own[axis - missing]!));
}

function resultShape(name: string, a: Shape, b: Shape): Shape {
  requirePositive(name, 'a', a);
  requirePositive(name, 'b', b);
  try {
    const y = broadcastShapes(name, a, b);
    requireFewAxes(name, a.length > b.length ? 'a' : 'b', y);
    return y;
  } catch (error) {
    if (error instanceof InputError)
      throw new InputError({ ...error.parts, got: error.parts.got.replace(/^shapes (\S.*) and /, 'a $1 and b ') });
    throw error;
  }
}

/** `equal` for equal shapes, `broadcast` for all. */
/* @__NO_SIDE_EFFECTS__ */
function defineArithmetic(name: (typeof KINDS)[number]): Op {
  return defineOp({
    name,
    inputs: ['a', 'b'],
    outputs: ['y'],
    variants: ['broadcast', 'equal'],
    infer: ({ a, b }) => ({ y: { shape: resultShape(name, a!, b!) } }),
    lower(context) {
      const { a, b, y } = context.tensors;
      const size = numel(y!.shape);
      const same = sameShape(a!.shape, b!.shape);
      const variant = chooseVariant(name, context, [{ name: 'equal', refusal: !same && 'equal shapes' }, { name: 'broadcast' }]);
      const shared = {
        name: `arithmetic/${variant}.${name}`,
        constants: { kind: KINDS.indexOf(name) },
        workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
      };
      const models = modelStrides(context, ['a', 'b', 'y']);
      if (variant === 'equal') {
        return [
          { program: defineProgram({ ...shared, source: { path: 'arithmetic/equal.wgsl', text: equal }, params: { size, ...models } }) },
        ];
      }
      const { sizes, strides } = joinAxes({ sizes: y!.shape, strides: [a!, b!].map(({ shape }) => stretchedStrides(shape, y!.shape)) });
      const { n0: _, ...inner } = axisFields('n', sizes, 1, MAX_AXES);
      const params = { size, ...inner, ...axisFields('a', strides[0]!, 0), ...axisFields('b', strides[1]!, 0), ...models };
      return [{ program: defineProgram({ ...shared, source: { path: 'arithmetic/broadcast.wgsl', text: broadcast }, params }) }];
    },
  });
}

/** add: a + b with NumPy broadcasting, up to six axes; torch.add. */
export const add = defineArithmetic('add');
/** sub: a − b with NumPy broadcasting, up to six axes; torch.sub. */
export const sub = defineArithmetic('sub');
/** mul: a · b element by element with NumPy broadcasting, up to six axes; torch.mul. */
export const mul = defineArithmetic('mul');
/** div: a / b with NumPy broadcasting, up to six axes; torch.div: ±∞ over 0, 0/0 NaN. */
export const div = defineArithmetic('div');
