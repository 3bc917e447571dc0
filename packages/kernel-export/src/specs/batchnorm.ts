import type { Random } from '../random.js';
import type { KernelSpec, Requirement } from '../spec.js';
import { float, op, same, tensor } from './common.js';

/** A stand-in where the gradient kernel does not know eps: the statistics carry it. */
const EPS = 1e-5;
const batch = (from: string) => ({
  n: `${from}.shape[0]`,
  c: `${from}.shape[1]`,
  inner: `prod(slice(${from}.shape, 2, len(${from}.shape)))`,
  size: 'n * c * inner',
});
const images = (from: string): Requirement => [`len(${from}.shape) == 2 or len(${from}.shape) == 4`, `${from} is [N, C, H, W] or [N, C]`];
const channels = (...names: string[]): Requirement[] => names.map((name) => same(name, '[c]', 'one value a channel of x'));
const channelStats = same('stats', '[c, 2]', 'two statistics a channel of x');
const drawBatch = (r: Random) => {
  const x = r.bool() ? [r.int(2, 9), r.int(1, 6)] : [r.int(2, 4), r.int(1, 5), r.int(1, 6), r.int(1, 6)];
  return { x, c: x[1]! };
};
const batchForward = (x: readonly number[]) => ({
  op: 'batchnorm' as const,
  shapes: { x, weight: [x[1]!], bias: [x[1]!], running_mean: [x[1]!], running_var: [x[1]!] },
  attrs: { eps: EPS, momentum: 0.1 },
  contents: { running_var: { kind: 'positive' as const } },
});
const big = { x: [64, 16, 28, 28], c: [16], stats: [16, 2] };
const eps = float('added to the variance', EPS);
const running = { running_mean: tensor('[C]'), running_var: tensor('[C]', { contents: { kind: 'positive' } }) };
const single = (shader: string, params: Record<string, string> = {}, count = 'ceil(size / 64)') => ({
  passes: [{ shader, params, count }],
});

export const batchnormOps: readonly KernelSpec[] = [
  op('batchnorm', {
    kind: 'op',
    summary:
      'Each channel less its mean over the batch, over the root of its biased variance plus eps, times weight plus bias. stats holds mean and 1/√(var + eps) a channel; new_mean and new_var are the running statistics moved by momentum, the variance unbiased.',
    attributes: { eps, momentum: float('share of the batch in the new running statistics', 0.1) },
    inputs: { x: tensor('[N, C, H, W] or [N, C]'), weight: tensor('[C]'), bias: tensor('[C]'), ...running },
    outputs: {
      y: tensor('as x', { shape: 'x.shape' }),
      stats: tensor('[C, 2]', { shape: '[c, 2]' }),
      new_mean: tensor('[C]', { shape: '[c]' }),
      new_var: tensor('[C]', { shape: '[c]' }),
    },
    definitions: batch('x'),
    requires: [
      images('x'),
      ...channels('weight', 'bias', 'running_mean', 'running_var'),
      ['n * inner >= 2', 'at least two values a channel'],
    ],
    variants: {
      workgroup: {
        passes: [
          { shader: 'batchnorm/statistics', params: { eps: 'attrs.eps', momentum: 'attrs.momentum' }, count: 'c' },
          { shader: 'batchnorm/apply', count: 'ceil(size / 64)' },
        ],
      },
    },
    choose: [['1', 'workgroup']],
    draw: (r) => {
      const { x, c } = drawBatch(r);
      return {
        shapes: { x, weight: [c], bias: [c], running_mean: [c], running_var: [c] },
        settings: { eps: r.pick([1e-5, 1e-3]), momentum: r.pick([0.1, 0.5]) },
      };
    },
    bench: [{ shapes: { x: big.x, weight: big.c, bias: big.c, running_mean: big.c, running_var: big.c }, settings: {} }],
    truth: { kind: 'forward', op: 'batchnorm' },
  }),
  op('batchnorm_inference', {
    kind: 'op',
    summary: 'batchnorm by the running statistics, which stay as they are; stats [C,2] = running_mean, 1/√(running_var + eps).',
    attributes: { eps },
    inputs: { x: tensor('[N, C, H, W] or [N, C]'), weight: tensor('[C]'), bias: tensor('[C]'), ...running },
    outputs: { y: tensor('as x', { shape: 'x.shape' }), stats: tensor('[C, 2]', { shape: '[c, 2]' }) },
    definitions: batch('x'),
    requires: [images('x'), ...channels('weight', 'bias', 'running_mean', 'running_var')],
    variants: { naive: single('batchnorm/inference', { eps: 'attrs.eps' }) },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { x, c } = drawBatch(r);
      return { shapes: { x, weight: [c], bias: [c], running_mean: [c], running_var: [c] }, settings: { eps: r.pick([1e-5, 1e-3]) } };
    },
    bench: [{ shapes: { x: big.x, weight: big.c, bias: big.c, running_mean: big.c, running_var: big.c }, settings: {} }],
    truth: { kind: 'forward', op: 'batchnorm_inference' },
  }),
  op('batchnorm_grad_weight', {
    kind: 'gradient',
    summary: 'Weight and bias gradients of batchnorm, in training and in inference.',
    attributes: {},
    inputs: { dy: tensor('as x'), x: tensor('[N, C, H, W] or [N, C]'), stats: tensor('[C, 2], of the forward pass') },
    outputs: { dweight: tensor('[C]', { shape: '[c]' }), dbias: tensor('[C]', { shape: '[c]' }) },
    definitions: batch('x'),
    requires: [images('x'), same('dy', 'x.shape', 'the shape of x'), channelStats],
    variants: { workgroup: single('batchnorm/grad_weight', {}, 'c') },
    choose: [['1', 'workgroup']],
    draw: (r) => {
      const { x, c } = drawBatch(r);
      return { shapes: { dy: x, x, stats: [c, 2] }, settings: {} };
    },
    bench: [{ shapes: { dy: big.x, x: big.x, stats: big.stats }, settings: {} }],
    truth: { kind: 'gradient', forward: ({ shapes }) => batchForward(shapes.x!), gives: { dweight: 'weight', dbias: 'bias' } },
  }),
  op('batchnorm_grad_input', {
    kind: 'gradient',
    summary:
      "Input gradient of batchnorm in training, through the batch's mean and variance. dweight and dbias are those of batchnorm_grad_weight.",
    attributes: {},
    inputs: {
      dy: tensor('as x'),
      x: tensor('[N, C, H, W] or [N, C]'),
      weight: tensor('[C]'),
      stats: tensor('[C, 2], of the forward pass'),
      dweight: tensor('[C]'),
      dbias: tensor('[C]'),
    },
    outputs: { dx: tensor('as x', { shape: 'x.shape' }) },
    definitions: batch('x'),
    requires: [images('x'), same('dy', 'x.shape', 'the shape of x'), channelStats, ...channels('weight', 'dweight', 'dbias')],
    variants: { naive: single('batchnorm/grad_input') },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { x, c } = drawBatch(r);
      return { shapes: { dy: x, x, weight: [c], stats: [c, 2], dweight: [c], dbias: [c] }, settings: {} };
    },
    bench: [{ shapes: { dy: big.x, x: big.x, weight: big.c, stats: big.stats, dweight: big.c, dbias: big.c }, settings: {} }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes }) => batchForward(shapes.x!),
      gives: { dx: 'x' },
      takes: { dweight: 'weight', dbias: 'bias' },
    },
  }),
  op('batchnorm_inference_grad_input', {
    kind: 'gradient',
    summary: 'Input gradient of batchnorm_inference.',
    attributes: {},
    inputs: { dy: tensor('[N, C, H, W] or [N, C]'), weight: tensor('[C]'), stats: tensor('[C, 2], of the forward pass') },
    outputs: { dx: tensor('as dy', { shape: 'dy.shape' }) },
    definitions: batch('dy'),
    requires: [images('dy'), ...channels('weight'), channelStats],
    variants: { naive: single('batchnorm/inference_grad_input') },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { x, c } = drawBatch(r);
      return { shapes: { dy: x, weight: [c], stats: [c, 2] }, settings: {} };
    },
    bench: [{ shapes: { dy: big.x, weight: big.c, stats: big.stats }, settings: {} }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes }) => ({ ...batchForward(shapes.dy!), op: 'batchnorm_inference', attrs: { eps: EPS } }),
      gives: { dx: 'x' },
    },
  }),
];
