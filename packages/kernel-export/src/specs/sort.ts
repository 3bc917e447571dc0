import type { Random } from '../random.js';
import type { KernelSpec, Requirement } from '../spec.js';
import { bool, int, op, same, tensor } from './common.js';

const hasAxis = (name: string): Requirement => [`len(${name}.shape) >= 1`, `${name} has at least one axis`];
const single = (shader: string, params: Record<string, string> = {}, count = 'ceil(size / 64)') => ({
  passes: [{ shader, params, count }],
});

/** Sorting: 1,024 pairs in workgroup memory, longer rows by exchanges between. */
const sortDefinitions = {
  n: 'x.shape[len(x.shape) - 1]',
  rows: 'prod(x.shape) / n',
  padded: 'exp2(ceil(log2(n)))',
  pairs: 'rows * padded',
};
const models = { keys_model: 'keys.model_stride', order_model: 'order.model_stride' };
const sortPasses = (descending: string) => [
  { shader: 'topk/keys', params: { size: 'pairs', descending, x_model: 'x.model_stride', ...models }, count: 'ceil(pairs / 64)' },
  {
    shader: 'topk/local',
    when: 'padded > 1',
    params: { size: 'pairs', k_first: '2', k_last: 'min(padded, 1024)', ...models },
    count: 'ceil(pairs / 1024)',
  },
  {
    variable: 'block',
    values: 'each(m, max(0, log2(padded) - 10), 2048 * exp2(m))',
    passes: [
      {
        variable: 'distance',
        values: 'each(m, log2(block) - 10, block / exp2(m + 1))',
        passes: [
          {
            shader: 'topk/exchange',
            params: { couples: 'pairs / 2', k: 'block', j: 'distance', ...models },
            count: 'ceil(pairs / 128)',
          },
        ],
      },
      { shader: 'topk/local', params: { size: 'pairs', k_first: 'block', k_last: 'block', ...models }, count: 'ceil(pairs / 1024)' },
    ],
  },
];
const scratch = tensor('[rows, the power of two from n on]', { element: "'u32'", shape: '[rows, padded]', scratch: true });
const drawRows = (r: Random): number[] => (r.int(0, 5) === 0 ? [r.int(1, 2), r.int(1000, 4200)] : r.shape(r.int(1, 3), 20));
const distinct = tensor('[…, n]', { contents: { kind: 'distinct' } });

export const sortOps: readonly KernelSpec[] = [
  op('topk', {
    kind: 'op',
    summary:
      'The k largest (or smallest) along the last axis in order, and their places; equal elements in the order of their places, NaN as the largest.',
    attributes: { k: int('1 to n'), largest: bool('false takes the smallest') },
    inputs: { x: distinct },
    outputs: {
      y: tensor('[…, k]', { shape: 'y_shape' }),
      index: tensor('[…, k]', { element: "'u32'", shape: 'y_shape' }),
      keys: scratch,
      order: scratch,
    },
    definitions: { ...sortDefinitions, y_shape: 'cat(slice(x.shape, 0, len(x.shape) - 1), [attrs.k])' },
    requires: [hasAxis('x'), ['attrs.k >= 1 and attrs.k <= n', 'k is from 1 to the size of the last axis']],
    variants: {
      bitonic: {
        passes: [
          ...sortPasses('attrs.largest'),
          { shader: 'topk/take', params: { size: 'rows * attrs.k', take: 'attrs.k' }, count: 'ceil(rows * attrs.k / 64)' },
        ],
      },
    },
    choose: [['1', 'bitonic']],
    draw: (r) => {
      const x = drawRows(r);
      return { shapes: { x }, settings: { k: r.int(1, x.at(-1)!), largest: r.bool() } };
    },
    always: [{ shapes: { x: [2, 2500] }, settings: { k: 7, largest: true } }],
    bench: [{ shapes: { x: [64, 4096] }, settings: { k: 16, largest: true } }],
    truth: { kind: 'forward', op: 'topk' },
  }),
  op('argsort', {
    kind: 'op',
    summary: 'Places of the elements in sorted order along the last axis, stable, NaN as the largest.',
    attributes: { descending: bool('largest first') },
    inputs: { x: distinct },
    outputs: { index: tensor('as x', { element: "'u32'", shape: 'x.shape' }), keys: scratch, order: scratch },
    definitions: sortDefinitions,
    requires: [hasAxis('x')],
    variants: {
      bitonic: {
        passes: [
          ...sortPasses('attrs.descending'),
          { shader: 'topk/take_index', params: { size: 'rows * n' }, count: 'ceil(rows * n / 64)' },
        ],
      },
    },
    choose: [['1', 'bitonic']],
    draw: (r) => ({ shapes: { x: drawRows(r) }, settings: { descending: r.bool() } }),
    always: [{ shapes: { x: [2, 2500] }, settings: { descending: false } }],
    bench: [{ shapes: { x: [64, 4096] }, settings: { descending: true } }],
    truth: { kind: 'forward', op: 'argsort' },
  }),
  op('topk_grad', {
    kind: 'gradient',
    summary: "Gradient of topk's values: dx = dy at the chosen places, 0 elsewhere.",
    attributes: { n: int('size of the last axis of x') },
    inputs: { dy: tensor('[…, k]'), index: tensor('[…, k]', { element: "'u32'", contents: { kind: 'integers', below: 'attrs.n' } }) },
    outputs: { dx: tensor('[…, n]', { shape: 'cat(slice(dy.shape, 0, len(dy.shape) - 1), [attrs.n])' }) },
    definitions: { take: 'dy.shape[len(dy.shape) - 1]', size: 'prod(dy.shape) / take * attrs.n' },
    requires: [hasAxis('dy'), same('index', 'dy.shape', 'the shape of dy'), ['attrs.n >= take', 'n is k or more']],
    variants: { naive: single('topk/grad', { n: 'attrs.n' }) },
    choose: [['1', 'naive']],
    draw: (r) => {
      const x = r.shape(r.int(1, 3), 12);
      const dy = x.with(-1, r.int(1, x.at(-1)!));
      return { shapes: { dy, index: dy }, settings: { n: x.at(-1)! } };
    },
    bench: [{ shapes: { dy: [4096, 16], index: [4096, 16] }, settings: { n: 256 } }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes, settings }) => ({
        op: 'topk',
        shapes: { x: shapes.dy!.with(-1, Number(settings.n)) },
        attrs: { k: shapes.dy!.at(-1)!, largest: true },
        contents: { x: { kind: 'distinct' } },
      }),
      gives: { dx: 'x' },
    },
  }),
];
