import { defineProgram, foldWorkgroups, formatShape, InputError, numel, requirePositive, type Shape } from '@kindling/core';
import forward from '@kindling/shaders/pad/forward';
import { axisFields, parseList, requireFewAxes } from '../axes.js';
import { modelStrides } from '../model-strides.js';
import { type Attrs, defineOp, type Launch, type LowerContext } from '../op.js';

/** Lists are as `listAttr` writes them, one number an axis. */
export interface PadAttrs extends Attrs {
  readonly before: string;
  readonly after: string;
  readonly value: number;
}

export interface SliceAttrs extends Attrs {
  readonly starts: string;
  readonly sizes: string;
}

/** One list of numbers an axis of x. @throws InputError when the lists are shorter or longer, or a number is refused. */
function perAxis(name: string, x: Shape, lists: Record<string, unknown>, fits: (axis: number, values: number[]) => boolean, rule: string) {
  requirePositive(name, 'x', x);
  requireFewAxes(name, 'x', x);
  const parsed = Object.entries(lists).map(([key, text]) => parseList(name, key, text));
  const whole = parsed.every((list) => list.length === x.length);
  const broken = whole
    ? x.findIndex(
        (_, axis) =>
          !fits(
            axis,
            parsed.map((list) => list[axis]!),
          ),
      )
    : 0;
  if (whole && broken < 0) return parsed;
  const got = Object.entries(lists).map(([key, text]) => `${key} [${text}]`);
  throw new InputError({ subject: name, got: `${got.join(', ')} for x ${formatShape(x)}`, expected: rule, next: 'correct the lists' });
}

const padLists = (x: Shape, { before, after, value }: PadAttrs) => {
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new InputError({ subject: 'pad', got: `value ${value}`, expected: 'a number', next: 'pad with 0, or name another value' });
  }
  return perAxis('pad', x, { before, after }, (_, values) => values.every((v) => v >= 0), 'one number ≥ 0 an axis');
};

const sliceLists = (x: Shape, { starts, sizes }: SliceAttrs) =>
  perAxis(
    'slice',
    x,
    { starts, sizes },
    (axis, [start, size]) => start! >= 0 && size! >= 1 && start! + size! <= x[axis]!,
    'one start ≥ 0 and one size ≥ 1 an axis, inside x',
  );

function windowLaunch<A extends Attrs>(context: LowerContext<A>, name: string, before: readonly number[], value: number): Launch[] {
  const { x, y } = context.tensors;
  const size = numel(y!.shape);
  const { m0: _, ...inner } = axisFields('m', y!.shape, 1);
  const program = defineProgram({
    name: `pad/forward.${name}`,
    source: { path: 'pad/forward.wgsl', text: forward },
    params: {
      size,
      value,
      ...axisFields('n', x!.shape, 1),
      ...inner,
      ...axisFields('before', before, 0),
      ...modelStrides(context, ['x', 'y']),
    },
    workgroups: foldWorkgroups(Math.ceil(size / 64), context.models),
  });
  return [{ program }];
}

/** pad: x with `before` and `after` elements of `value` added along each axis, up to six axes; torch.nn.functional.pad, mode 'constant'. */
export const pad = /* @__PURE__ */ defineOp<PadAttrs>({
  name: 'pad',
  attrs: { before: 'string', after: 'string', value: 'number' },
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }, attrs) {
    const [before, after] = padLists(x!, attrs);
    return { y: { shape: x!.map((size, axis) => size + before![axis]! + after![axis]!) } };
  },
  lower(context) {
    const [before] = padLists(context.tensors.x!.shape, context.attrs);
    return windowLaunch(context, 'pad', before!, context.attrs.value);
  },
});

/** slice: the block of `sizes` that begins at `starts`, up to six axes; torch: x[s0 : s0 + n0, s1 : s1 + n1, …]. */
export const slice = /* @__PURE__ */ defineOp<SliceAttrs>({
  name: 'slice',
  attrs: { starts: 'string', sizes: 'string' },
  inputs: ['x'],
  outputs: ['y'],
  variants: ['naive'],
  infer({ x }, attrs) {
    const [, sizes] = sliceLists(x!, attrs);
    return { y: { shape: sizes! } };
  },
  lower(context) {
    const [starts] = sliceLists(context.tensors.x!.shape, context.attrs);
    return windowLaunch(
      context,
      'slice',
      starts!.map((start) => -start),
      0,
    );
  },
});
