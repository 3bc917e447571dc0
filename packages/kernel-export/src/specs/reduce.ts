import type { OpName } from '@kindling/kernels';
import type { Random } from '../random.js';
import type { KernelSpec, Problem, Requirement, TensorSpec } from '../spec.js';
import { bool, fields, float, fromLeft, ints, op, padded, same, strides, tensor } from './common.js';

const MIB = 2 ** 20;
const fewAxes: Requirement = ['rank <= 6', 'at most six axes'];

/** The two index spaces that a reduction walks: kept axes and reduced ones, at most three joined groups of each. */
const walk = {
  x_strides: strides('x.shape'),
  kept: 'each(axis, rank, not reduced[axis])',
  k_joined: 'join(keep(x.shape, kept), keep(x_strides, kept))',
  r_joined: 'join(keep(x.shape, reduced), keep(x_strides, reduced))',
  k_axes: padded('k_joined[0]', 1, 3),
  ks_axes: padded('k_joined[1]', 0, 3),
  r_axes: padded('r_joined[0]', 1, 3),
  rs_axes: padded('r_joined[1]', 0, 3),
  outputs: 'prod(y_shape)',
  length: 'prod(keep(x.shape, reduced))',
};
const walkParams = {
  ...fields('k', 'k_axes', 1, 2),
  ...fields('ks', 'ks_axes', 0, 2),
  ...fields('r', 'r_axes', 1, 2),
  ...fields('rs', 'rs_axes', 0, 2),
};

const byAxes = {
  attributes: {
    axes: ints('the axes that are reduced, negative ones counted from the right'),
    keepdim: bool('keeps reduced axes with size 1', false),
  },
  definitions: {
    rank: 'len(x.shape)',
    axes: fromLeft('attrs.axes', 'rank'),
    reduced: 'each(axis, rank, find(axes, axis) >= 0)',
    y_shape: 'if(attrs.keepdim, each(axis, rank, if(reduced[axis], 1, x.shape[axis])), keep(x.shape, each(axis, rank, not reduced[axis])))',
  },
  requires: [
    fewAxes,
    ['all(each(m, len(axes), axes[m] >= 0 and axes[m] < rank)) and sum(reduced) == len(axes)', 'axes names axes of x, each once'],
  ] as const satisfies readonly Requirement[],
  draw: (r: Random): Problem => {
    const x = r.pick([r.shape(r.int(0, 6), 4), [r.int(1, 5), r.int(1, 150)]]);
    const axes = x.map((_, axis) => axis).filter(() => r.bool());
    return { shapes: { x }, settings: { axes: axes.map((axis) => (r.bool() ? axis : axis - x.length)), keepdim: r.bool() } };
  },
};

const bench: readonly Problem[] = [
  { shapes: { x: [4096, 256] }, settings: { axes: [1] } },
  { shapes: { x: [MIB] }, settings: { axes: [0] } },
];

/** Attributes of `sum_to` and of the gradients, and problems with them. */
const reduce = (
  name: OpName,
  shader: string,
  more: Pick<KernelSpec, 'summary' | 'attributes' | 'outputs' | 'requires' | 'draw' | 'bench'> & {
    definitions: KernelSpec['definitions'];
    params?: Readonly<Record<string, string>>;
    x?: Partial<TensorSpec>;
  },
): KernelSpec => {
  const { params, x, ...rest } = more;
  const pass = (variant: string, count: string) => ({
    passes: [{ shader: `${shader}.${variant}`, params: { ...walkParams, ...params }, count }],
  });
  return op(name, {
    ...rest,
    kind: 'op',
    // Positive, because what is left of sums that cancel has the error of their terms.
    inputs: { x: tensor('any', { contents: { kind: 'positive' }, ...x }) },
    definitions: { ...rest.definitions, ...walk },
    variants: { serial: pass('serial', 'ceil(outputs / 64)'), workgroup: pass('workgroup', 'outputs') },
    choose: [
      ['length <= 64 or outputs >= if(adapter.software, 64, 4096)', 'serial'],
      ['1', 'workgroup'],
    ],
    truth: { kind: 'forward', op: name },
  });
};

const index = (shape: string): TensorSpec => tensor('place among the reduced elements, row-major', { element: "'u32'", shape });
const largest = (name: 'max' | 'argmax'): KernelSpec =>
  reduce(name, 'reduce/max', {
    summary: 'y: the largest element over the listed axes; index: its place among the reduced elements, the first of equals. A NaN wins.',
    ...byAxes,
    x: { contents: { kind: 'distinct' } },
    outputs:
      name === 'max'
        ? { y: tensor('x reduced', { shape: 'y_shape' }), index: index('y_shape') }
        : { index: index('y_shape'), y: tensor('x reduced', { shape: 'y_shape' }) },
    bench,
  });

/** What the gradients share: the shape of x, which axes were reduced, dy with the kept ones. */
const spread = {
  attributes: { shape: ints('the shape of x'), reduced: ints('the axes of x that were reduced, counted from the left') },
  definitions: {
    rank: 'len(attrs.shape)',
    gone: 'each(axis, rank, find(attrs.reduced, axis) >= 0)',
    size: 'prod(attrs.shape)',
    kept_sizes: 'each(axis, rank, if(gone[axis], 1, attrs.shape[axis]))',
    kept_strides: 'each(axis, rank, if(gone[axis], 0, prod(slice(kept_sizes, axis + 1, rank))))',
  },
  requires: [
    ['rank <= 6 and all(each(axis, rank, attrs.shape[axis] >= 1))', 'shape has at most six axes, each of 1 or more'],
    [
      'keep(dy.shape, each(axis, len(dy.shape), dy.shape[axis] != 1)) == keep(kept_sizes, each(axis, rank, kept_sizes[axis] != 1))',
      'dy: the kept axes of shape',
    ],
  ] as const satisfies readonly Requirement[],
  draw: (r: Random): { x: number[]; reduced: number[]; dy: number[] } => {
    const x = r.shape(r.int(0, 6), 4);
    const reduced = x.map((_, axis) => axis).filter(() => r.bool());
    const keepdim = r.bool();
    return { x, reduced, dy: x.flatMap((size, axis) => (reduced.includes(axis) ? (keepdim ? [1] : []) : [size])) };
  },
};
const forwardOf =
  (op: OpName) =>
  ({ shapes, settings }: Problem) => {
    const shape = settings.shape as readonly number[];
    const keepdim = shapes.dy!.length === shape.length;
    return {
      op,
      shapes: { x: shape },
      attrs: { axes: String(settings.reduced), keepdim },
      ...(op === 'max' ? { contents: { x: { kind: 'distinct' as const } } } : {}),
    };
  };

export const reduceOps: readonly KernelSpec[] = [
  reduce('sum', 'reduce/sum', {
    summary: 'The sum over the listed axes, in a fixed order.',
    ...byAxes,
    outputs: { y: tensor('x reduced', { shape: 'y_shape' }) },
    params: { divisor: '1' },
    bench,
  }),
  reduce('mean', 'reduce/sum', {
    summary: 'The mean over the listed axes.',
    ...byAxes,
    outputs: { y: tensor('x reduced', { shape: 'y_shape' }) },
    params: { divisor: 'length' },
    bench,
  }),
  reduce('sum_to', 'reduce/sum', {
    summary: 'x summed to a shape that broadcasts to its own: what the gradient of a broadcast operand needs.',
    attributes: { shape: ints('the shape of y') },
    outputs: { y: tensor('attrs.shape', { shape: 'y_shape' }) },
    definitions: {
      rank: 'len(x.shape)',
      missing: 'rank - len(attrs.shape)',
      y_shape: 'attrs.shape',
      reduced: 'each(axis, rank, if(axis < missing, 1, attrs.shape[axis - missing] == 1))',
    },
    requires: [
      fewAxes,
      [
        'missing >= 0 and all(each(axis, len(attrs.shape), attrs.shape[axis] == x.shape[axis + missing] or attrs.shape[axis] == 1))',
        'shape broadcasts to the shape of x',
      ],
    ],
    params: { divisor: '1' },
    draw: (r) => {
      const x = r.shape(r.int(0, 6), 4);
      return { shapes: { x }, settings: { shape: x.slice(r.int(0, x.length)).map((size) => (r.bool() ? size : 1)) } };
    },
    bench: [{ shapes: { x: [1024, 1024] }, settings: { shape: [1024] } }],
  }),
  largest('max'),
  largest('argmax'),
  op('sum_grad', {
    kind: 'gradient',
    summary: 'Gradient of sum, mean and sum_to: dx = dy / divisor, spread over the reduced axes.',
    attributes: { ...spread.attributes, divisor: float('1, or the number of elements behind a mean') },
    inputs: { dy: tensor('the kept axes; sizes of 1 do not matter') },
    outputs: { dx: tensor('attrs.shape', { shape: 'attrs.shape' }) },
    definitions: {
      ...spread.definitions,
      joined: 'join(attrs.shape, kept_strides)',
      n_axes: padded('joined[0]', 1),
      d_axes: padded('joined[1]', 0),
    },
    requires: spread.requires,
    variants: {
      naive: {
        passes: [
          {
            shader: 'reduce/sum_grad',
            params: { divisor: 'attrs.divisor', ...fields('n', 'n_axes', 1, 5), ...fields('d', 'd_axes', 0, 5) },
            count: 'ceil(size / 64)',
          },
        ],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { x, reduced, dy } = spread.draw(r);
      return { shapes: { dy }, settings: { shape: x, reduced, divisor: 1 } };
    },
    bench: [{ shapes: { dy: [4096] }, settings: { shape: [4096, 256], reduced: [1], divisor: 256 } }],
    truth: { kind: 'gradient', forward: forwardOf('sum'), gives: { dx: 'x' } },
  }),
  op('max_grad', {
    kind: 'gradient',
    summary: 'Gradient of max: dx = dy at the elements that index names, 0 elsewhere.',
    attributes: spread.attributes,
    inputs: {
      dy: tensor('the kept axes; sizes of 1 do not matter'),
      index: tensor('as dy', { element: "'u32'", contents: { kind: 'integers', below: 'prod(keep(attrs.shape, gone))' } }),
    },
    outputs: { dx: tensor('attrs.shape', { shape: 'attrs.shape' }) },
    definitions: {
      ...spread.definitions,
      gone_sizes: 'each(axis, rank, if(gone[axis], attrs.shape[axis], 1))',
      gone_strides: 'each(axis, rank, if(gone[axis], prod(slice(gone_sizes, axis + 1, rank)), 0))',
      joined: 'join(attrs.shape, kept_strides, gone_strides)',
      n_axes: padded('joined[0]', 1),
      d_axes: padded('joined[1]', 0),
      e_axes: padded('joined[2]', 0),
    },
    requires: [...spread.requires, same('index', 'dy.shape', 'the shape of dy')],
    variants: {
      naive: {
        passes: [
          {
            shader: 'reduce/max_grad',
            params: { ...fields('n', 'n_axes', 1, 5), ...fields('d', 'd_axes', 0, 5), ...fields('e', 'e_axes', 0, 5) },
            count: 'ceil(size / 64)',
          },
        ],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { x, reduced, dy } = spread.draw(r);
      return { shapes: { dy, index: dy }, settings: { shape: x, reduced } };
    },
    bench: [{ shapes: { dy: [4096], index: [4096] }, settings: { shape: [4096, 256], reduced: [1] } }],
    truth: { kind: 'gradient', forward: forwardOf('max'), gives: { dx: 'x' } },
  }),
];
