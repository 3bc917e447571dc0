import { numel } from '@kindling/core';
import type { OpName } from '@kindling/kernels';
import type { AttributeSpec, Contents, Forward, KernelSpec } from '../spec.js';
import { asF16, asF32, float, int, op, rank, same, storage, storageRule, stored, storedAttrs, tensor, text } from './common.js';

/** Functions in the order of the shaders' `kind`. */
const KINDS = ['gelu', 'gelu_tanh', 'tanh', 'sigmoid', 'exp', 'log', 'neg', 'square', 'sqrt', 'scale'];
const MIB = 2 ** 20;

interface Unary {
  readonly summary: string;
  readonly kind: string;
  readonly contents?: Contents;
  readonly attributes?: Readonly<Record<string, AttributeSpec>>;
  readonly params?: Readonly<Record<string, string>>;
}

const unary = (name: OpName, { summary, kind, contents, attributes = {}, params = { factor: '0', offset: '0' } }: Unary): KernelSpec =>
  op(name, {
    kind: 'op',
    summary,
    attributes,
    inputs: { x: tensor('any', contents ? { contents } : {}) },
    outputs: { y: tensor('as x', { shape: 'x.shape' }) },
    definitions: { size: 'prod(x.shape)' },
    requires: [],
    variants: { naive: { passes: [{ shader: 'unary/forward', constants: { kind }, params, count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => ({
      shapes: { x: r.shape(r.int(0, 4), 7) },
      settings: {
        ...(attributes.approximate ? { approximate: r.pick(['none', 'tanh']) } : {}),
        ...(attributes.factor ? { factor: r.pick([0.5, -3, 1e-3]), offset: r.pick([0, 0.25, -2]) } : {}),
      },
    }),
    bench: [{ shapes: { x: [MIB] }, settings: attributes.factor ? { factor: 2, offset: 1 } : {} }],
    truth: { kind: 'forward', op: name },
  });

const place = (name: string): string => String(KINDS.indexOf(name));

const relu = (name: OpName, shader: string, input: 'x' | 'y'): KernelSpec => {
  const inputs =
    name === 'relu'
      ? { x: tensor('any', { element: stored }) }
      : { y: tensor('any', { element: stored }), dy: tensor('as y', { element: stored }) };
  const output = tensor(`as ${input}`, { element: stored, shape: `${input}.shape` });
  return op(name, {
    kind: name === 'relu' ? 'op' : 'gradient',
    summary: name === 'relu' ? 'y = max(x, 0), any shape; NaN stays NaN.' : 'Gradient of relu: dx = dy where y > 0, else 0.',
    attributes: { storage },
    inputs,
    outputs: name === 'relu' ? { y: output } : { dx: output },
    definitions: { size: `prod(${input}.shape)` },
    requires: [...(name === 'relu' ? [] : [same('dy', 'y.shape', 'the shape of y')]), storageRule],
    variants: {
      naive: { needs: [asF32], descriptor: 'naive', passes: [{ shader, count: 'ceil(size / 64)' }] },
      naive_f16: { needs: [asF16], descriptor: 'naive', passes: [{ shader: `${shader}.f16`, count: 'ceil(size / 64)' }] },
    },
    choose: [
      ['1', 'naive'],
      ['1', 'naive_f16'],
    ],
    attrsOf: storedAttrs,
    draw: (r) => {
      const shape = r.shape(r.int(0, 4), 7);
      return { shapes: name === 'relu' ? { x: shape } : { y: shape, dy: shape }, settings: { storage: r.pick(['f32', 'f16']) } };
    },
    bench: [{ shapes: name === 'relu' ? { x: [MIB] } : { y: [MIB], dy: [MIB] }, settings: {} }],
    truth:
      name === 'relu'
        ? { kind: 'forward', op: 'relu' }
        : { kind: 'gradient', forward: ({ shapes }) => ({ op: 'relu', shapes: { x: shapes.y! }, attrs: {} }), gives: { dx: 'x' } },
  });
};

/** The forward op behind a `kind` of unary_grad, and which of its tensors v is. */
function forwardOf(kind: string, shape: readonly number[]): Forward {
  const op = (kind === 'gelu_tanh' ? 'gelu' : kind) as OpName;
  const attrs: Record<string, string> = op === 'gelu' ? { approximate: kind === 'gelu' ? 'none' : 'tanh' } : {};
  const v = ['gelu', 'log', 'square'].includes(op) ? 'x' : 'y';
  const positive = kind === 'log' || kind === 'sqrt';
  return { op, shapes: { x: shape }, attrs, names: { v }, ...(positive ? { contents: { x: { kind: 'positive' } } } : {}) };
}

export const elementwise: readonly KernelSpec[] = [
  unary('gelu', {
    summary: "x·Φ(x), or with approximate 'tanh' its tanh form; torch.nn.functional.gelu.",
    kind: `if(attrs.approximate == 'tanh', ${place('gelu_tanh')}, ${place('gelu')})`,
    attributes: { approximate: text("'none' is the exact form", ['none', 'tanh'], 'none') },
  }),
  unary('tanh', { summary: 'tanh(x).', kind: place('tanh') }),
  unary('sigmoid', { summary: '1/(1 + exp(−x)).', kind: place('sigmoid') }),
  unary('exp', { summary: 'exp(x); infinite beyond 88.73.', kind: place('exp') }),
  unary('log', { summary: 'Natural logarithm: −∞ at 0, NaN below.', kind: place('log'), contents: { kind: 'positive' } }),
  unary('neg', { summary: '−x.', kind: place('neg') }),
  unary('square', { summary: 'x².', kind: place('square') }),
  unary('sqrt', { summary: '√x; NaN below 0.', kind: place('sqrt'), contents: { kind: 'positive' } }),
  unary('scale', {
    summary: 'factor·x + offset.',
    kind: place('scale'),
    attributes: { factor: float('finite'), offset: float('finite') },
    params: { factor: 'attrs.factor', offset: 'attrs.offset' },
  }),
  op('unary_grad', {
    kind: 'gradient',
    summary: "Gradient of a unary function: dx = dy·f'(x). v is x for gelu, gelu_tanh, log and square, and y for the others.",
    attributes: { kind: text('the function', KINDS) },
    inputs: { v: tensor('any', { contents: { kind: 'positive' } }), dy: tensor('as v') },
    outputs: { dx: tensor('as v', { shape: 'v.shape' }) },
    definitions: { size: 'prod(v.shape)', kinds: `[${KINDS.map((kind) => `'${kind}'`).join(', ')}]` },
    requires: [same('dy', 'v.shape', 'the shape of v')],
    variants: { naive: { passes: [{ shader: 'unary/grad', constants: { kind: 'find(kinds, attrs.kind)' }, count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => {
      const shape = r.shape(r.int(0, 4), 7);
      return { shapes: { v: shape, dy: shape }, settings: { kind: r.pick(KINDS.filter((kind) => kind !== 'neg' && kind !== 'scale')) } };
    },
    always: ['gelu', 'gelu_tanh', 'tanh', 'sigmoid', 'exp', 'log', 'square', 'sqrt'].map((kind) => ({
      shapes: { v: [3, 21], dy: [3, 21] },
      settings: { kind },
    })),
    bench: [{ shapes: { v: [MIB], dy: [MIB] }, settings: { kind: 'gelu' } }],
    truth: { kind: 'gradient', forward: ({ shapes, settings }) => forwardOf(String(settings.kind), shapes.v!), gives: { dx: 'x' } },
  }),
  relu('relu', 'relu/forward', 'x'),
  relu('relu_grad', 'relu/grad', 'y'),
  op('cast', {
    kind: 'op',
    summary: 'y = x stored as attrs.to. f32 to f16 rounds to the nearest, ±∞ from 65520 on; f16 to f32 is exact. NaN and infinities stay.',
    attributes: { storage, to: text('how y is stored: not as x', ['f32', 'f16']) },
    inputs: { x: tensor('any', { element: stored }) },
    outputs: { y: tensor('as x', { element: 'attrs.to', shape: 'x.shape' }) },
    definitions: { size: 'prod(x.shape)' },
    requires: [
      ["has('shader-f16')", 'the feature shader-f16'],
      ['attrs.to != attrs.storage', "to is 'f16' for a tensor stored as f32 and 'f32' for one stored as f16"],
    ],
    variants: {
      to_f16: {
        needs: [["attrs.to == 'f16'", "to 'f16'"]],
        descriptor: 'naive',
        passes: [{ shader: 'cast/to_f16', count: 'ceil(size / 1024)' }],
      },
      to_f32: {
        needs: [["attrs.to == 'f32'", "to 'f32'"]],
        descriptor: 'naive',
        passes: [{ shader: 'cast/to_f32', count: 'ceil(size / 1024)' }],
      },
    },
    choose: [
      ['1', 'to_f16'],
      ['1', 'to_f32'],
    ],
    attrsOf: storedAttrs,
    draw: (r) => {
      const to = r.pick(['f16', 'f32']);
      return { shapes: { x: r.shape(r.int(0, 4), 9) }, settings: { to, storage: to === 'f16' ? 'f32' : 'f16' } };
    },
    bench: [{ shapes: { x: [MIB] }, settings: { to: 'f16', storage: 'f32' } }],
    truth: { kind: 'forward', op: 'cast' },
  }),
  op('dropout', {
    kind: 'op',
    summary:
      'y = x/(1 − p) or 0. The mask is a pure function of seed, step, layer and element (Threefry): nothing is stored, and the gradient is the same kernel on dy.',
    attributes: {
      p: float('probability of a zero, 0 to 1; rounded to a multiple of 2^-24'),
      layer: int('tells the masks of several dropouts of one net apart'),
    },
    inputs: {
      x: tensor('any'),
      state: tensor('[1 or more]: state[0] is the step', { element: "'u32'", contents: { kind: 'integers', below: '1000' } }),
      seeds: tensor('[1]: the seed of a model', { element: "'u32'", contents: { kind: 'integers', below: '1000000' } }),
    },
    outputs: { y: tensor('as x', { shape: 'x.shape' }) },
    definitions: { size: 'prod(x.shape)', zero_below: 'round(attrs.p * 16777216)' },
    requires: [
      rank('state', 1, '[1 or more]'),
      same('seeds', '[1]', 'one seed a model'),
      ['attrs.p >= 0 and attrs.p <= 1', 'p is from 0 to 1'],
      ['attrs.layer >= 0 and attrs.layer < 4294967296', 'layer is a whole number from 0, below 2^32'],
    ],
    variants: {
      naive: {
        passes: [
          {
            shader: 'dropout/forward',
            params: { layer: 'attrs.layer', threshold: 'zero_below', scale: 'if(zero_below == 16777216, 0, 1 / (1 - attrs.p))' },
            count: 'ceil(size / 128)',
          },
        ],
      },
    },
    choose: [['1', 'naive']],
    draw: (r) => ({
      shapes: { x: r.shape(r.int(1, 3), 9), state: [r.int(1, 2)], seeds: [1] },
      settings: { p: r.pick([0, 0.25, 0.5, 0.1, 1]), layer: r.int(0, 5) },
    }),
    bench: [{ shapes: { x: [MIB], state: [1], seeds: [1] }, settings: { p: 0.5, layer: 0 } }],
    truth: { kind: 'forward', op: 'dropout' },
  }),
  op('scale_rows', {
    kind: 'op',
    summary: 'y[n,o] = x[n,o]·scale[n].',
    attributes: {},
    inputs: { x: tensor('[N, O]'), scale: tensor('[N]') },
    outputs: { y: tensor('as x', { shape: 'x.shape' }) },
    definitions: { size: 'prod(x.shape)', o: 'x.shape[1]' },
    requires: [rank('x', 2, '[N, O]'), same('scale', '[x.shape[0]]', 'one factor a row')],
    variants: { naive: { passes: [{ shader: 'rows/scale', count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => {
      const x = r.shape(2, 15);
      return { shapes: { x, scale: [x[0]!] }, settings: {} };
    },
    bench: [{ shapes: { x: [1024, 1024], scale: [1024] }, settings: {} }],
    truth: { kind: 'forward', op: 'scale_rows' },
  }),
  op('sum_parts', {
    kind: 'op',
    summary: 'Adds the partial sums that a weight gradient was left in, in order; x holds `parts` blocks of its shape one after another.',
    attributes: { parts: int('number of blocks, 1 or more') },
    inputs: { x: tensor('any', { parts: 'attrs.parts' }) },
    outputs: { y: tensor('as x', { shape: 'x.shape' }) },
    definitions: { size: 'prod(x.shape)' },
    requires: [['attrs.parts >= 1', 'parts is 1 or more']],
    variants: { naive: { passes: [{ shader: 'parts/sum', params: { parts: 'attrs.parts' }, count: 'ceil(size / 64)' }] } },
    choose: [['1', 'naive']],
    draw: (r) => ({ shapes: { x: r.shape(r.int(0, 3), 7) }, settings: { parts: r.int(1, 5) } }),
    bench: [{ shapes: { x: [65536] }, settings: { parts: 16 } }],
    truth: {
      kind: 'own',
      make: ({ shapes, settings }, models, random) => {
        const size = numel(shapes.x!);
        const parts = Number(settings.parts);
        const x = Float64Array.from({ length: models * parts * size }, () => Math.fround(2 * random.unit() - 1));
        const y = new Float64Array(models * size);
        x.forEach((value, i) => {
          y[Math.floor(i / (parts * size)) * size + (i % size)]! += value;
        });
        return { inputs: { x }, outputs: { y } };
      },
    },
  }),
  op('mse', {
    kind: 'op',
    summary: 'rows[n] = mean over O of (pred − label)², dp[n,o] = ∂rows[n]/∂pred[n,o].',
    attributes: {},
    inputs: { pred: tensor('[N, O]'), labels: tensor('[N, O]') },
    outputs: { rows: tensor('[N]', { shape: '[n]' }), dp: tensor('[N, O]', { shape: 'pred.shape' }) },
    definitions: { n: 'pred.shape[0]', o: 'pred.shape[1]' },
    requires: [rank('pred', 2, '[N, outputs]'), same('labels', 'pred.shape', 'one target a prediction')],
    variants: { fused: { passes: [{ shader: 'mse/forward', count: 'ceil(n / 64)' }] } },
    choose: [['1', 'fused']],
    draw: (r) => {
      const shape = r.shape(2, 70);
      return { shapes: { pred: shape, labels: shape }, settings: {} };
    },
    bench: [{ shapes: { pred: [4096, 10], labels: [4096, 10] }, settings: {} }],
    truth: { kind: 'forward', op: 'mse' },
  }),
  op('softmax_cross_entropy', {
    kind: 'op',
    summary:
      'rows[n] = the softmax cross-entropy of row n times its weight, dz = ∂rows/∂logits. A label outside 0 … O−1 makes its row NaN. A mean of the rows is the caller’s division by N.',
    attributes: { label_smoothing: float('0 to 1: share of the uniform distribution in the target', 0) },
    inputs: {
      logits: tensor('[N, O]'),
      labels: tensor('[N]', { element: "'u32'", contents: { kind: 'integers', below: 'logits.shape[1]' } }),
      weights: tensor('[N]', { optional: true }),
    },
    outputs: { rows: tensor('[N]', { shape: '[n]' }), dz: tensor('[N, O]', { shape: 'logits.shape' }) },
    definitions: { n: 'logits.shape[0]', o: 'logits.shape[1]' },
    requires: [
      rank('logits', 2, '[N, classes]'),
      same('labels', '[n]', 'one class a row'),
      ['not weights.given or weights.shape == [n]', 'weights: one weight a row'],
      ['attrs.label_smoothing >= 0 and attrs.label_smoothing <= 1', 'label_smoothing is from 0 to 1'],
    ],
    variants: {
      fused: {
        passes: [
          {
            shader: 'softmax_cross_entropy/forward',
            params: { smoothing: 'attrs.label_smoothing', has_weights: 'weights.given' },
            instead: { weights: 'logits' },
            count: 'ceil(n / 64)',
          },
        ],
      },
    },
    choose: [['1', 'fused']],
    draw: (r) => {
      const logits = [r.int(1, 70), r.int(1, 20)];
      const n = logits[0]!;
      return { shapes: { logits, labels: [n], ...(r.bool() ? { weights: [n] } : {}) }, settings: { label_smoothing: r.pick([0, 0.1, 1]) } };
    },
    bench: [{ shapes: { logits: [4096, 10], labels: [4096] }, settings: {} }],
    truth: { kind: 'forward', op: 'softmax_cross_entropy' },
  }),
];
