import type { OpName } from '@kindling/kernels';
import type { Random } from '../random.js';
import type { KernelSpec, Problem, Requirement } from '../spec.js';
import { bool, float, op, same, tensor } from './common.js';

const hasAxis = (name: string): Requirement => [`len(${name}.shape) >= 1`, `${name} has at least one axis`];

/** Kernels over the last axis, an invocation or a workgroup a row. */
const softmax = (name: OpName, summary: string, log: string): KernelSpec => {
  const gradient = name === 'softmax_grad';
  const from = gradient ? 'y' : 'x';
  const pass = (variant: string, count: string) => ({
    passes: [{ shader: `softmax/${gradient ? 'grad' : 'forward'}.${variant}`, constants: { kind: log }, count }],
  });
  const shapes = (shape: readonly number[]): Problem['shapes'] => (gradient ? { y: shape, dy: shape } : { x: shape });
  return op(name, {
    kind: gradient ? 'gradient' : 'op',
    summary,
    attributes: gradient ? { log: bool('whether y is that of log_softmax') } : {},
    inputs: gradient ? { y: tensor('[…, n]'), dy: tensor('as y') } : { x: tensor('[…, n]') },
    outputs: gradient ? { dx: tensor('as y', { shape: 'y.shape' }) } : { y: tensor('as x', { shape: 'x.shape' }) },
    definitions: { n: `${from}.shape[len(${from}.shape) - 1]`, rows: `prod(${from}.shape) / n` },
    requires: [hasAxis(from), ...(gradient ? [same('dy', 'y.shape', 'the shape of y')] : [])],
    variants: { serial: pass('serial', 'ceil(rows / 64)'), workgroup: pass('workgroup', 'rows') },
    choose: [
      ['n <= 64 or (adapter.software and rows >= 64)', 'serial'],
      ['1', 'workgroup'],
    ],
    draw: (r) => {
      const shape = r.bool() ? [r.int(1, 70), r.int(1, 70)] : r.shape(r.int(1, 3), 9);
      return { shapes: shapes(shape), settings: gradient ? { log: r.bool() } : {} };
    },
    bench: [{ shapes: shapes([4096, 256]), settings: gradient ? { log: false } : {} }],
    truth: gradient
      ? {
          kind: 'gradient',
          forward: (problem) => ({ op: problem.settings.log ? 'log_softmax' : 'softmax', shapes: { x: problem.shapes.y! }, attrs: {} }),
          gives: { dx: 'x' },
        }
      : { kind: 'forward', op: name },
  });
};

const layer = { c: 'x.shape[len(x.shape) - 1]', rows: 'prod(x.shape) / c' };
const layerVariants = (pass: string, params: Record<string, string> = {}) => ({
  naive: { passes: [{ shader: `layernorm/${pass}.naive`, params, count: 'ceil(rows / 8)' }] },
  workgroup: { passes: [{ shader: `layernorm/${pass}.workgroup`, params, count: 'rows' }] },
});
const layerChoice = [
  ['adapter.software', 'naive'],
  ['1', 'workgroup'],
] as const;
const drawLayer = (r: Random) => {
  const x = [...(r.bool() ? [r.int(1, 40)] : r.shape(r.int(0, 2), 8)), r.int(2, 80)];
  const c = x.at(-1)!;
  return { x, c, stats: [x.reduce((a, b) => a * b, 1) / c, 2] };
};
const EPS = 1e-5;
/** A stand-in for eps where the gradient kernel does not know it: the statistics carry it. */
const layerForward = ({ shapes }: Problem) => ({
  op: 'layernorm' as const,
  shapes: { x: shapes.x!, weight: [shapes.x!.at(-1)!], bias: [shapes.x!.at(-1)!] },
  attrs: { eps: EPS },
});
const eps = float('added to the variance', EPS);
const channels = (...names: string[]): Requirement[] => names.map((name) => same(name, '[c]', 'one value a channel of x'));
const layerStats = same('stats', '[rows, 2]', 'two statistics a row of x');

const single = (shader: string, params: Record<string, string> = {}, count = 'ceil(size / 64)') => ({
  passes: [{ shader, params, count }],
});

export const rowOps: readonly KernelSpec[] = [
  softmax('softmax', 'exp(x) over its sum, along the last axis. A row with a NaN or an infinite maximum becomes NaN.', '0'),
  softmax('log_softmax', 'Logarithm of softmax, along the last axis.', '1'),
  softmax('softmax_grad', 'Gradient of softmax, or with log of log_softmax, from its output y.', 'attrs.log'),
  op('layernorm', {
    kind: 'op',
    summary:
      'Each row less its mean, over the root of its biased variance plus eps, times weight plus bias; stats holds mean and 1/√(var + eps) a row.',
    attributes: { eps },
    inputs: { x: tensor('[…, C]'), weight: tensor('[C]'), bias: tensor('[C]') },
    outputs: { y: tensor('as x', { shape: 'x.shape' }), stats: tensor('[rows, 2]', { shape: '[rows, 2]' }) },
    definitions: layer,
    requires: [hasAxis('x'), ...channels('weight', 'bias')],
    variants: layerVariants('forward', { eps: 'attrs.eps' }),
    choose: layerChoice,
    draw: (r) => {
      const { x, c } = drawLayer(r);
      return { shapes: { x, weight: [c], bias: [c] }, settings: { eps: r.pick([1e-5, 1e-3]) } };
    },
    bench: [{ shapes: { x: [4096, 256], weight: [256], bias: [256] }, settings: {} }],
    truth: { kind: 'forward', op: 'layernorm' },
  }),
  op('layernorm_grad_input', {
    kind: 'gradient',
    summary: 'Input gradient of layernorm.',
    attributes: {},
    inputs: { dy: tensor('as x'), x: tensor('[…, C]'), weight: tensor('[C]'), stats: tensor('[rows, 2], of the forward pass') },
    outputs: { dx: tensor('as x', { shape: 'x.shape' }) },
    definitions: layer,
    requires: [hasAxis('x'), same('dy', 'x.shape', 'the shape of x'), ...channels('weight'), layerStats],
    variants: layerVariants('grad_input'),
    choose: layerChoice,
    draw: (r) => {
      const { x, c, stats } = drawLayer(r);
      return { shapes: { dy: x, x, weight: [c], stats }, settings: {} };
    },
    bench: [{ shapes: { dy: [4096, 256], x: [4096, 256], weight: [256], stats: [4096, 2] }, settings: {} }],
    truth: { kind: 'gradient', forward: layerForward, gives: { dx: 'x' } },
  }),
  op('layernorm_grad_weight', {
    kind: 'gradient',
    summary: 'Weight and bias gradients of layernorm, in partial sums over the rows.',
    attributes: {},
    inputs: { dy: tensor('as x'), x: tensor('[…, C]'), stats: tensor('[rows, 2], of the forward pass') },
    outputs: { dweight: tensor('[C]', { shape: '[c]', parts: 'parts' }), dbias: tensor('[C]', { shape: '[c]', parts: 'parts' }) },
    definitions: { ...layer, chunk: 'max(16, ceil(rows / 64))', parts: 'ceil(rows / chunk)' },
    requires: [hasAxis('x'), same('dy', 'x.shape', 'the shape of x'), layerStats],
    variants: { naive: single('layernorm/grad_weight', {}, 'ceil(c * parts / 64)') },
    choose: [['1', 'naive']],
    draw: (r) => {
      const { x, stats } = drawLayer(r);
      return { shapes: { dy: x, x, stats }, settings: {} };
    },
    bench: [{ shapes: { dy: [4096, 256], x: [4096, 256], stats: [4096, 2] }, settings: {} }],
    truth: { kind: 'gradient', forward: layerForward, gives: { dweight: 'weight', dbias: 'bias' } },
  }),
];
