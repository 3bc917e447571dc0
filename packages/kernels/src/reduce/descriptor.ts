import {
  defineProgram,
  foldWorkgroups,
  formatShape,
  InputError,
  numel,
  requirePositive,
  requireShape,
  type Shape,
  type Source,
  stridesOf,
} from '@kindling/core';
import maxSerial from '@kindling/shaders/reduce/max.serial';
import maxWorkgroup from '@kindling/shaders/reduce/max.workgroup';
import maxGradient from '@kindling/shaders/reduce/max_grad';
import offset from '@kindling/shaders/reduce/offset';
import sumSerial from '@kindling/shaders/reduce/sum.serial';
import sumWorkgroup from '@kindling/shaders/reduce/sum.workgroup';
import sumGradient from '@kindling/shaders/reduce/sum_grad';
import { axisFields, joinAxes, parseList, requireAxis, requireFewAxes } from '../axes.js';
import { modelStrides } from '../model-strides.js';
import { type Attrs, type AttrTypes, defineOp, type Launch, type LowerContext, type Op, type TypedOp } from '../op.js';
import { chooseVariant } from '../variant.js';

export interface ReduceAttrs extends Attrs {
  /** Axes as `listAttr` writes them, negative ones counted from the right; without it all axes. */
  readonly axes?: string;
  /** Keeps reduced axes with size 1; false by default. */
  readonly keepdim?: boolean;
}

const reduceAttrs = { axes: 'string?', keepdim: 'boolean?' } as const;

export interface SumToAttrs extends Attrs {
  /** The shape of y, as `listAttr` writes it. */
  readonly shape: string;
}

/** What a reduction of `x` does, axis by axis. */
interface Reduction {
  readonly reduced: readonly boolean[];
  /** Output shape. */
  readonly y: Shape;
  /** Elements that go into one output. */
  readonly length: number;
}

/** @throws InputError for an empty tensor, an axis that is not there, or one named twice. */
export function reductionOf(name: string, x: Shape, { axes, keepdim = false }: Attrs): Reduction {
  requirePositive(name, 'x', x);
  requireFewAxes(name, 'x', x);
  const listed =
    axes === undefined ? x.map((_, axis) => axis) : parseList(name, 'axes', axes).map((axis) => requireAxis(name, axis, 'x', x));
  if (new Set(listed).size !== listed.length) {
    throw new InputError({
      subject: name,
      got: `axes ${axes} of x ${formatShape(x)}`,
      expected: 'each axis once',
      next: 'drop the repeated axis',
    });
  }
  return reductionAlong(
    x,
    x.map((_, axis) => listed.includes(axis)),
    keepdim === true,
  );
}

function reductionAlong(x: Shape, reduced: readonly boolean[], keepdim: boolean): Reduction {
  const y = x.flatMap((size, axis) => (reduced[axis] ? (keepdim ? [1] : []) : [size]));
  return { reduced, y, length: x.reduce((product, size, axis) => (reduced[axis] ? product * size : product), 1) };
}

/** The reduction that undoes a broadcast from `target` to `x`. @throws InputError when `target` does not broadcast to `x`. */
export function reductionTo(name: string, x: Shape, target: Shape): Reduction {
  requirePositive(name, 'x', x);
  requireFewAxes(name, 'x', x);
  const missing = x.length - target.length;
  if (missing < 0 || !target.every((size, axis) => size === x[axis + missing] || size === 1)) {
    throw new InputError({
      subject: name,
      got: `x of shape ${formatShape(x)} for the shape ${formatShape(target)}`,
      expected: 'a shape that broadcasts to that of x',
      next: 'correct the target shape',
    });
  }
  const reduced = x.map((_, axis) => axis < missing || target[axis - missing] === 1);
  return { ...reductionAlong(x, reduced, true), y: target };
}

/** Row-major steps in the output (0 along reduced axes), and among the reduced elements (0 along kept ones). */
function stepsOf(x: Shape, reduced: readonly boolean[]): { kept: number[]; inner: number[] } {
  const kept = stridesOf(x.map((size, axis) => (reduced[axis] ? 1 : size))).map((step, axis) => (reduced[axis] ? 0 : step));
  const inner = stridesOf(x.map((size, axis) => (reduced[axis] ? size : 1))).map((step, axis) => (reduced[axis] ? step : 0));
  return { kept, inner };
}

/** Fields of the two index spaces that a reduction kernel walks: at most three kept and three reduced groups of the six axes. */
function walkFields(x: Shape, reduced: readonly boolean[]): Record<string, number> {
  const strides = stridesOf(x);
  const pick = (wanted: boolean) => {
    const axes = x.map((_, axis) => axis).filter((axis) => reduced[axis] === wanted);
    return joinAxes({ sizes: axes.map((axis) => x[axis]!), strides: [axes.map((axis) => strides[axis]!)] });
  };
  const fields = (prefix: string, { sizes, strides: [steps] }: ReturnType<typeof pick>) => {
    const { [`${prefix}0`]: _, ...inner } = axisFields(prefix, sizes, 1, 3);
    return { ...inner, ...axisFields(`${prefix}s`, steps!, 0, 3) };
  };
  return { ...fields('k', pick(false)), ...fields('r', pick(true)) };
}

const library = { path: 'reduce/offset.wgsl', text: offset };

/**
 * One invocation an output where the sums are short or the outputs keep the adapter busy, else one workgroup. A barrier is dear on software
 * adapters (65,538 workgroups with seven of them take SwiftShader 8 s), so there a few outputs are enough.
 */
function reduceLaunch(
  name: string,
  context: LowerContext,
  { reduced, y, length }: Reduction,
  sources: { serial: Source; workgroup: Source },
  fields: Record<string, number>,
): Launch[] {
  const outputs = numel(y);
  const candidates = [{ name: 'workgroup' }, { name: 'serial' }];
  const variant = chooseVariant(
    name,
    context,
    length <= 64 || outputs >= (context.traits.software ? 64 : 4096) ? candidates.reverse() : candidates,
  );
  const source = sources[variant as keyof typeof sources];
  const program = defineProgram({
    name: `reduce/${name}.${variant}`,
    source,
    libraries: [library],
    params: { outputs, length, ...walkFields(context.tensors.x!.shape, reduced), ...fields },
    workgroups: foldWorkgroups(variant === 'serial' ? Math.ceil(outputs / 64) : outputs, context.models),
  });
  return [{ program }];
}

const sumSources = {
  serial: { path: 'reduce/sum.serial.wgsl', text: sumSerial },
  workgroup: { path: 'reduce/sum.workgroup.wgsl', text: sumWorkgroup },
};
const maxSources = {
  serial: { path: 'reduce/max.serial.wgsl', text: maxSerial },
  workgroup: { path: 'reduce/max.workgroup.wgsl', text: maxWorkgroup },
};

/** Sum over what `reduction` says, divided by the number of elements for a mean. */
/* @__NO_SIDE_EFFECTS__ */
function defineSum(name: string, isMean: boolean, reduction: (x: Shape, attrs: Attrs) => Reduction, attrs: AttrTypes): Op {
  return defineOp({
    name,
    attrs,
    inputs: ['x'],
    outputs: ['y'],
    variants: ['serial', 'workgroup'],
    infer: ({ x }, attrs) => ({ y: { shape: reduction(x!, attrs).y } }),
    lower(context) {
      const found = reduction(context.tensors.x!.shape, context.attrs);
      const fields = { divisor: isMean ? found.length : 1, ...modelStrides(context, ['x', 'y']) };
      return reduceLaunch(name, context, found, sumSources, fields);
    },
  });
}

/** sum: over the listed axes or all, in a fixed order; torch.sum(x, dim, keepdim). */
export const sum = defineSum('sum', false, (x, attrs) => reductionOf('sum', x, attrs), reduceAttrs) as TypedOp<ReduceAttrs>;
/** mean: over the listed axes or all (then a scalar []); torch.mean(x, dim, keepdim). */
export const mean = defineSum('mean', true, (x, attrs) => reductionOf('mean', x, attrs), reduceAttrs) as TypedOp<ReduceAttrs>;
/** sum_to: x summed to a shape (`listAttr`) that broadcasts to its own; torch.Tensor.sum_to_size. */
export const sumTo = defineSum('sum_to', false, (x, attrs) => reductionTo('sum_to', x, parseList('sum_to', 'shape', attrs.shape)), {
  shape: 'string',
}) as TypedOp<SumToAttrs>;

/** max and argmax share a kernel; each names its own result first. */
/* @__NO_SIDE_EFFECTS__ */
function defineMax(name: string, outputs: readonly [string, string]): TypedOp<ReduceAttrs> {
  return defineOp<ReduceAttrs>({
    name,
    attrs: reduceAttrs,
    inputs: ['x'],
    outputs,
    variants: ['serial', 'workgroup'],
    infer({ x }, attrs) {
      const shape = reductionOf(name, x!, attrs).y;
      return { y: { shape }, index: { shape, dtype: 'u32' } };
    },
    lower: (context) =>
      reduceLaunch(
        name,
        context,
        reductionOf(name, context.tensors.x!.shape, context.attrs),
        maxSources,
        modelStrides(context, ['x', 'y', 'index']),
      ),
  });
}

/**
 * max: y and index u32 (place among the reduced elements, row-major), over the listed axes or all; torch.max(x, dim), for several axes on
 * the axes joined. The first of equals wins and alone gets the gradient (torch.amax would split it); a NaN wins, the first of them.
 */
export const max = defineMax('max', ['y', 'index']);
/** argmax: index u32 of max, with the maximum y beside it; torch.argmax. No gradient. */
export const argmax = defineMax('argmax', ['index', 'y']);

/** Attributes of the gradients: the shape of x, which of its axes were reduced, both as `listAttr` writes them. */
export interface ReduceGradAttrs extends Attrs {
  readonly shape: string;
  readonly reduced: string;
}

function gradProblem(name: string, dy: Shape, attrs: Attrs) {
  const x = parseList(name, 'shape', attrs.shape);
  const axes = parseList(name, 'reduced', attrs.reduced);
  const reduced = x.map((_, axis) => axes.includes(axis));
  requirePositive(name, 'dx', x);
  requireFewAxes(name, 'dx', x);
  requirePositive(name, 'dy', dy);
  const outputs = x.filter((_, axis) => !reduced[axis]);
  requireShape(
    name,
    'dy',
    dy.filter((size) => size !== 1),
    outputs.filter((size) => size !== 1),
    'the kept axes',
  );
  return { x, reduced, ...stepsOf(x, reduced) };
}

/** Gradient of sum, mean and sum_to: dx [shape] = dy / divisor, spread over the reduced axes. */
export const sumGrad = /* @__PURE__ */ defineOp<ReduceGradAttrs & { readonly divisor: number }>({
  name: 'sum_grad',
  attrs: { shape: 'string', reduced: 'string', divisor: 'number' },
  inputs: ['dy'],
  outputs: ['dx'],
  variants: ['naive'],
  infer: ({ dy }, attrs) => ({ dx: { shape: gradProblem('sum_grad', dy!, attrs).x } }),
  lower(context) {
    const { x, kept } = gradProblem('sum_grad', context.tensors.dy!.shape, context.attrs);
    const { sizes, strides } = joinAxes({ sizes: x, strides: [kept] });
    const { n0: _, ...inner } = axisFields('n', sizes, 1);
    const size = numel(x);
    const program = defineProgram({
      name: 'reduce/sum_grad',
      source: { path: 'reduce/sum_grad.wgsl', text: sumGradient },
      params: {
        size,
        divisor: context.attrs.divisor,
        ...inner,
        ...axisFields('d', strides[0]!, 0),
        ...modelStrides(context, ['dy', 'dx']),
      },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});

/** Gradient of max: dx [shape] = dy at the elements that `index` names, 0 elsewhere. */
export const maxGrad = /* @__PURE__ */ defineOp<ReduceGradAttrs>({
  name: 'max_grad',
  attrs: { shape: 'string', reduced: 'string' },
  inputs: ['dy', 'index'],
  outputs: ['dx'],
  variants: ['naive'],
  infer({ dy, index }, attrs) {
    const { x } = gradProblem('max_grad', dy!, attrs);
    requireShape('max_grad', 'index', index!, dy!, 'the shape of dy');
    return { dx: { shape: x } };
  },
  lower(context) {
    const { x, kept, inner: places } = gradProblem('max_grad', context.tensors.dy!.shape, context.attrs);
    const { sizes, strides } = joinAxes({ sizes: x, strides: [kept, places] });
    const { n0: _, ...inner } = axisFields('n', sizes, 1);
    const size = numel(x);
    const program = defineProgram({
      name: 'reduce/max_grad',
      source: { path: 'reduce/max_grad.wgsl', text: maxGradient },
      params: {
        size,
        ...inner,
        ...axisFields('d', strides[0]!, 0),
        ...axisFields('e', strides[1]!, 0),
        ...modelStrides(context, ['dy', 'index', 'dx']),
      },
      workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
    });
    return [{ program }];
  },
});
