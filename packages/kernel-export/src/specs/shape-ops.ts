import type { OpName } from '@kindling/kernels';
import type { KernelSpec, Requirement } from '../spec.js';
import { fields, float, fromLeft, int, ints, op, padded, rank, same, strides, tensor } from './common.js';

const MIB = 2 ** 20;
const fewAxes = (name: string): Requirement => [`len(${name}) <= 6`, `at most six axes`];

/** `list` aligned right in `rank` axes, 1 before it. */
const stretched = (name: string): string => `cat(each(axis, rank - len(${name}.shape), 1), ${name}.shape)`;
/** Strides of a tensor in the result: 0 along the axes where it stretches. */
const stretchedStrides = (list: string): string =>
  `each(axis, rank, if(${list}[axis] == 1 and y_shape[axis] != 1, 0, prod(slice(${list}, axis + 1, rank))))`;

const arithmetic = (name: OpName, kind: number, summary: string): KernelSpec =>
  op(name, {
    kind: 'op',
    summary: `${summary} NumPy broadcasting, up to six axes.`,
    attributes: {},
    inputs: { a: tensor('any'), b: tensor('broadcasts with a', name === 'div' ? { contents: { kind: 'positive' } } : {}) },
    outputs: { y: tensor('a and b broadcast', { shape: 'y_shape' }) },
    definitions: {
      rank: 'max(len(a.shape), len(b.shape))',
      a_whole: stretched('a'),
      b_whole: stretched('b'),
      y_shape: 'each(axis, rank, max(a_whole[axis], b_whole[axis]))',
      size: 'prod(y_shape)',
      joined: `join(y_shape, ${stretchedStrides('a_whole')}, ${stretchedStrides('b_whole')})`,
      n_axes: padded('joined[0]', 1),
      a_axes: padded('joined[1]', 0),
      b_axes: padded('joined[2]', 0),
    },
    requires: [
      [
        'all(each(axis, rank, a_whole[axis] == b_whole[axis] or a_whole[axis] == 1 or b_whole[axis] == 1))',
        'sizes of a and b that are equal or 1, aligned from the right',
      ],
      ['rank <= 6', 'at most six axes'],
    ],
    variants: {
      broadcast: {
        passes: [
          {
            shader: 'arithmetic/broadcast',
            constants: { kind: String(kind) },
            params: { ...fields('n', 'n_axes', 1, 5), ...fields('a', 'a_axes', 0, 5), ...fields('b', 'b_axes', 0, 5) },
            count: 'ceil(size / 64)',
          },
        ],
      },
      equal: {
        needs: [['a.shape == b.shape', 'equal shapes']],
        passes: [{ shader: 'arithmetic/equal', constants: { kind: String(kind) }, count: 'ceil(size / 64)' }],
      },
    },
    choose: [
      ['1', 'equal'],
      ['1', 'broadcast'],
    ],
    draw: (r) => {
      const whole = r.shape(r.int(0, 6), 4);
      const part = (): number[] => whole.slice(r.pick([0, 0, r.int(0, whole.length)])).map((size) => (r.int(0, 3) === 0 ? 1 : size));
      return { shapes: r.int(0, 2) === 0 ? { a: whole, b: whole } : { a: part(), b: part() }, settings: {} };
    },
    bench: [
      { shapes: { a: [MIB], b: [MIB] }, settings: {} },
      { shapes: { a: [1024, 1024], b: [1024] }, settings: {} },
    ],
    truth: { kind: 'forward', op: name },
  });

const table = (name: 'gather' | 'embedding', from: string, axes: string): KernelSpec =>
  op(name, {
    kind: 'op',
    summary: `Rows of ${from} by index: y[…] = ${from}[index[…]]. An index outside gives a row of NaN.`,
    attributes: {},
    inputs: {
      [from]: tensor(axes),
      index: tensor('[N, …]', { element: "'u32'", contents: { kind: 'integers', below: `${from}.shape[0]` } }),
    },
    outputs: { y: tensor(`the axes of index, then those of ${from} after the first`, { shape: 'y_shape' }) },
    definitions: {
      y_shape: `cat(index.shape, slice(${from}.shape, 1, len(${from}.shape)))`,
      size: 'prod(y_shape)',
      rows: `${from}.shape[0]`,
      inner: `prod(slice(${from}.shape, 1, len(${from}.shape)))`,
    },
    requires: [name === 'gather' ? ['len(x.shape) >= 1', 'x has at least one axis [R, …]'] : rank('weight', 2, '[V, D]')],
    variants: {
      naive: {
        passes: [{ shader: 'gather/forward', params: { x_model: `${from}.model_stride` }, tensors: { x: from }, count: 'ceil(size / 64)' }],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => ({ shapes: { [from]: r.shape(name === 'gather' ? r.int(1, 3) : 2, 7), index: r.shape(r.int(0, 2), 5) }, settings: {} }),
    bench: [{ shapes: { [from]: [65536, 16], index: [65536] }, settings: {} }],
    truth: { kind: 'forward', op: name },
  });

const window = (name: 'pad' | 'slice'): KernelSpec => {
  const lists = name === 'pad' ? (['before', 'after'] as const) : (['starts', 'sizes'] as const);
  const size = name === 'pad' ? 'each(axis, rank, x.shape[axis] + attrs.before[axis] + attrs.after[axis])' : 'attrs.sizes';
  return op(name, {
    kind: 'op',
    summary:
      name === 'pad'
        ? 'x with `before` and `after` elements of `value` added along each axis, up to six axes.'
        : 'The block of `sizes` that begins at `starts`, up to six axes.',
    attributes:
      name === 'pad'
        ? { before: ints('elements added before each axis'), after: ints('elements added after each axis'), value: float('what is added') }
        : { starts: ints('first element along each axis'), sizes: ints('elements along each axis') },
    inputs: { x: tensor('any') },
    outputs: { y: tensor('as many axes as x', { shape: 'y_shape' }) },
    definitions: {
      rank: 'len(x.shape)',
      y_shape: size,
      size: 'prod(y_shape)',
      n_axes: padded('x.shape', 1),
      m_axes: padded('y_shape', 1),
      before_axes: padded(name === 'pad' ? 'attrs.before' : 'each(axis, rank, -attrs.starts[axis])', 0),
    },
    requires: [
      fewAxes('x.shape'),
      [`len(attrs.${lists[0]}) == rank and len(attrs.${lists[1]}) == rank`, 'lists with one number an axis of x'],
      name === 'pad'
        ? ['all(each(axis, rank, attrs.before[axis] >= 0 and attrs.after[axis] >= 0))', 'numbers of 0 or more']
        : [
            'all(each(axis, rank, attrs.starts[axis] >= 0 and attrs.sizes[axis] >= 1 and attrs.starts[axis] + attrs.sizes[axis] <= x.shape[axis]))',
            'a block of at least one element an axis, inside x',
          ],
    ],
    variants: {
      naive: {
        passes: [
          {
            shader: 'pad/forward',
            params: {
              value: name === 'pad' ? 'attrs.value' : '0',
              ...fields('n', 'n_axes', 0, 5),
              ...fields('m', 'm_axes', 1, 5),
              ...fields('before', 'before_axes', 0, 5),
            },
            count: 'ceil(size / 64)',
          },
        ],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const x = r.shape(r.int(0, 6), 4);
      if (name === 'pad') {
        return { shapes: { x }, settings: { before: x.map(() => r.int(0, 2)), after: x.map(() => r.int(0, 2)), value: r.pick([0, -1.5]) } };
      }
      const starts = x.map((along) => r.int(0, along - 1));
      return { shapes: { x }, settings: { starts, sizes: x.map((along, axis) => r.int(1, along - starts[axis]!)) } };
    },
    bench: [
      {
        shapes: { x: [64, 16, 28, 28] },
        settings:
          name === 'pad' ? { before: [0, 0, 2, 2], after: [0, 0, 2, 2], value: 0 } : { starts: [0, 0, 2, 2], sizes: [64, 16, 24, 24] },
      },
    ],
    truth: { kind: 'forward', op: name },
  });
};

export const shapeOps: readonly KernelSpec[] = [
  arithmetic('add', 0, 'a + b.'),
  arithmetic('sub', 1, 'a − b.'),
  arithmetic('mul', 2, 'a · b, element by element.'),
  arithmetic('div', 3, 'a / b: ±∞ over 0, 0/0 NaN.'),
  table('gather', 'x', '[R, …]'),
  table('embedding', 'weight', '[V, D]'),
  op('gather_grad', {
    kind: 'gradient',
    summary: 'Gradient of gather and embedding: dx[r] = the sum of the rows of dy whose index is r, in order.',
    attributes: { rows: int('rows of the table') },
    inputs: {
      dy: tensor('the axes of index, then the rest of a row'),
      index: tensor('[N, …]', { element: "'u32'", contents: { kind: 'integers', below: 'attrs.rows' } }),
    },
    outputs: { dx: tensor('[rows, …]', { shape: 'cat([attrs.rows], rest)' }) },
    definitions: {
      rest: 'slice(dy.shape, len(index.shape), len(dy.shape))',
      inner: 'prod(rest)',
      size: 'attrs.rows * inner',
      n: 'prod(index.shape)',
    },
    requires: [same('index', 'slice(dy.shape, 0, len(index.shape))', 'the leading axes of dy'), ['attrs.rows >= 1', 'rows is 1 or more']],
    variants: { naive: { passes: [{ shader: 'gather/grad', count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => {
      const index = r.shape(r.int(0, 2), 5);
      return { shapes: { index, dy: [...index, ...r.shape(r.int(0, 2), 5)] }, settings: { rows: r.int(1, 7) } };
    },
    bench: [{ shapes: { dy: [4096, 16], index: [4096] }, settings: { rows: 1024 } }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes, settings }) => ({
        op: 'gather',
        shapes: { x: [Number(settings.rows), ...shapes.dy!.slice(shapes.index!.length)], index: shapes.index! },
        attrs: {},
      }),
      gives: { dx: 'x' },
    },
  }),
  op('one_hot', {
    kind: 'op',
    summary: 'y[…, c] = 1 where index[…] is c, else 0. An index outside gives a row of NaN.',
    attributes: { classes: int('1 or more') },
    inputs: { index: tensor('any', { element: "'u32'", contents: { kind: 'integers', below: 'attrs.classes' } }) },
    outputs: { y: tensor('the axes of index, then classes', { shape: 'y_shape' }) },
    definitions: { y_shape: 'cat(index.shape, [attrs.classes])', size: 'prod(y_shape)' },
    requires: [['attrs.classes >= 1', 'classes is 1 or more']],
    variants: { naive: { passes: [{ shader: 'gather/one_hot', params: { classes: 'attrs.classes' }, count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => ({ shapes: { index: r.shape(r.int(0, 3), 6) }, settings: { classes: r.int(1, 11) } }),
    bench: [{ shapes: { index: [65536] }, settings: { classes: 10 } }],
    truth: { kind: 'forward', op: 'one_hot' },
  }),
  op('concat', {
    kind: 'op',
    summary: 'a and b, one after the other along `axis`; all other sizes are equal.',
    attributes: { axis: int('negative axes count from the right') },
    inputs: { a: tensor('any'), b: tensor('as a, free along axis') },
    outputs: { y: tensor('as a, longer along axis', { shape: 'y_shape' }) },
    definitions: {
      rank: 'len(a.shape)',
      along: 'if(attrs.axis < 0, attrs.axis + rank, attrs.axis)',
      y_shape: 'cat(slice(a.shape, 0, along), [a.shape[along] + b.shape[along]], slice(a.shape, along + 1, rank))',
      size: 'prod(y_shape)',
      a_row: 'prod(slice(a.shape, along, rank))',
      b_row: 'prod(slice(b.shape, along, rank))',
    },
    requires: [
      ['along >= 0 and along < rank', 'axis is an axis of a'],
      [
        'len(b.shape) == rank and all(each(axis, rank, axis == along or a.shape[axis] == b.shape[axis]))',
        'b: the shape of a, free along the axis',
      ],
    ],
    variants: { naive: { passes: [{ shader: 'concat/forward', count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => {
      const a = r.shape(r.int(1, 4), 5);
      const axis = r.int(-a.length, a.length - 1);
      return { shapes: { a, b: a.with(axis, r.int(1, 5)) }, settings: { axis } };
    },
    bench: [{ shapes: { a: [64, 16, 28, 28], b: [64, 16, 28, 28] }, settings: { axis: 1 } }],
    truth: { kind: 'forward', op: 'concat' },
  }),
  window('pad'),
  window('slice'),
  op('permute', {
    kind: 'op',
    summary: 'The same elements with axes in another order, up to six axes: axis i of y is axis order[i] of x.',
    attributes: { order: ints('for each axis of y the axis of x that it is; negative ones count from the right') },
    inputs: { x: tensor('any') },
    outputs: { y: tensor('the axes of x in order', { shape: 'y_shape' }) },
    definitions: {
      rank: 'len(x.shape)',
      order: fromLeft('attrs.order', 'rank'),
      y_shape: 'each(axis, rank, x.shape[order[axis]])',
      size: 'prod(y_shape)',
      x_strides: strides('x.shape'),
      joined: 'join(y_shape, each(axis, rank, x_strides[order[axis]]))',
      n_axes: padded('joined[0]', 1),
      s_axes: padded('joined[1]', 0),
    },
    requires: [
      fewAxes('x.shape'),
      ['len(attrs.order) == rank and all(each(axis, rank, find(order, axis) >= 0))', 'order names each axis of x once'],
    ],
    variants: {
      naive: {
        passes: [
          {
            shader: 'permute/forward',
            params: { ...fields('n', 'n_axes', 1, 5), ...fields('s', 's_axes', 0, 5) },
            count: 'ceil(size / 64)',
          },
        ],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => {
      const x = r.shape(r.int(0, 6), 4);
      const order = r.shuffled(x.map((_, axis) => axis)).map((axis) => (r.bool() ? axis : axis - x.length));
      return { shapes: { x }, settings: { order } };
    },
    bench: [{ shapes: { x: [1024, 1024] }, settings: { order: [1, 0] } }],
    truth: { kind: 'forward', op: 'permute' },
  }),
];
