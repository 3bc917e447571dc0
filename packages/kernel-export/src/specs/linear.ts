import type { Random } from '../random.js';
import type { KernelSpec, PassSpec, Problem, Requirement, VariantSpec } from '../spec.js';
import {
  aligned,
  asF16,
  asF32,
  bool,
  float,
  op,
  quads,
  rank,
  same,
  storage,
  storageRule,
  stored,
  storedAttrs,
  subgroups,
  tensor,
  text,
} from './common.js';

const definitions = { n: 'x.shape[0]', i: 'x.shape[1]', o: 'w.shape[0]' };
const matrices: readonly Requirement[] = [
  rank('x', 2, '[N, in]'),
  rank('w', 2, '[out, in]'),
  ['w.shape[1] == x.shape[1]', 'w: as many features a row as x'],
];

/** Variants of linear and of its gradients: `swap` has no f16 kernel. */
function variants(
  shader: string,
  vectors: readonly string[],
  whole: readonly Requirement[],
  pass: (idea: string) => Omit<PassSpec, 'shader'>,
) {
  const fours: Requirement = [`i % 4 == 0 and o % 4 == 0 and ${aligned(...vectors)}`, 'in, out and model strides that are multiples of 4'];
  const variant = (name: string, idea: string, needs: readonly Requirement[]): Record<string, VariantSpec> => ({
    [name]: { needs: [name.endsWith('_f16') ? asF16 : asF32, ...needs], passes: [{ shader: `${shader}.${name}`, ...pass(idea) }] },
  });
  return {
    ...variant('naive', 'naive', []),
    ...variant('subgroup', 'subgroup', [subgroups, fours]),
    ...variant('swap', 'swap', [subgroups, fours, quads, ...whole]),
    ...variant('tile', 'tile', []),
    ...variant('naive_f16', 'naive', []),
    ...variant('subgroup_f16', 'subgroup', [subgroups, fours]),
    ...variant('tile_f16', 'tile', []),
  };
}
const choose = [
  ['not adapter.software', 'tile'],
  ['not adapter.software', 'tile_f16'],
  ['1', 'swap'],
  ['1', 'subgroup'],
  ['1', 'subgroup_f16'],
  ['1', 'naive'],
  ['1', 'naive_f16'],
  ['1', 'tile'],
  ['1', 'tile_f16'],
] as const;
const tilesOf = (rows: string, columns: string, idea: string): string =>
  idea === 'tile' ? `ceil(${rows} / 64) * ceil(${columns} / 64)` : `ceil(${rows} / 16) * ceil(${columns} / 32)`;

function draw(r: Random) {
  const four = r.bool() ? 4 : 1;
  return { n: r.pick([1, 3, 4, 17, 20]), i: four * r.int(1, 20), o: four * r.int(1, 12), storage: r.pick(['f32', 'f32', 'f16']) };
}

const crossEntropy = 'softmax_cross_entropy';
const forwardOf = ({ shapes, settings }: Problem) => ({
  op: 'linear_loss' as const,
  shapes,
  attrs: { kind: String(settings.kind), label_smoothing: Number(settings.label_smoothing ?? 0) },
});

export const linearOps: readonly KernelSpec[] = [
  op('linear', {
    kind: 'op',
    summary: 'y = x·wᵀ + b, optional bias and ReLU; torch.nn.Linear.',
    attributes: { storage, relu: bool('whether ReLU follows in the same kernel') },
    inputs: {
      x: tensor('[N, in]', { element: stored }),
      w: tensor('[out, in]', { element: stored }),
      b: tensor('[out]', { optional: true }),
    },
    outputs: { y: tensor('[N, out]', { element: stored, shape: '[n, o]' }) },
    definitions,
    requires: [...matrices, ['not b.given or b.shape == [o]', 'b: one bias an output'], storageRule],
    variants: variants('linear/forward', ['x', 'w', 'y'], [], (idea) => ({
      params: { has_bias: 'b.given', relu: 'attrs.relu' },
      instead: { b: 'w' },
      count: idea === 'naive' ? 'ceil(n * o / 64)' : tilesOf('n', 'o', idea),
    })),
    choose,
    attrsOf: storedAttrs,
    draw: (r) => {
      const { n, i, o, storage: kind } = draw(r);
      return { shapes: { x: [n, i], w: [o, i], ...(r.bool() ? { b: [o] } : {}) }, settings: { storage: kind, relu: r.bool() } };
    },
    bench: [{ shapes: { x: [1024, 784], w: [256, 784], b: [256] }, settings: { relu: false } }],
    truth: { kind: 'forward', op: 'linear' },
  }),
  op('linear_backward', {
    kind: 'gradient',
    summary:
      'All gradients of linear in one dispatch: dx, dw, db from x, w, dy and, after ReLU, y. dx stays unwritten where inputGrad is false; dw and db are f32 with f16 storage too.',
    attributes: { storage, relu: bool('whether the layer ended in ReLU; needs y'), inputGrad: bool('whether dx is wanted') },
    inputs: {
      x: tensor('[N, in]', { element: stored }),
      w: tensor('[out, in]', { element: stored }),
      y: tensor('[N, out]', { element: stored, optional: true }),
      dy: tensor('[N, out]', { element: stored }),
    },
    outputs: {
      dx: tensor('[N, in]', { element: stored, shape: 'x.shape', written: 'attrs.inputGrad' }),
      dw: tensor('[out, in]', { shape: 'w.shape' }),
      db: tensor('[out]', { shape: '[o]' }),
    },
    definitions,
    requires: [
      ...matrices,
      same('dy', '[n, o]', 'the shape of y'),
      ['not y.given or y.shape == [n, o]', 'y: one output a row and weight row'],
      ['not attrs.relu or y.given', 'relu needs y'],
      storageRule,
    ],
    variants: variants(
      'linear/backward',
      ['x', 'w', 'y', 'dy', 'dx', 'dw'],
      [['n % 4 == 0', 'a batch that is a multiple of 4']],
      (idea) => {
        const groups = tilesOf('o', 'i', idea);
        return {
          params: { relu: 'attrs.relu', input_grad: 'attrs.inputGrad', ...(idea === 'naive' ? {} : { weight_groups: groups }) },
          ...(idea === 'subgroup' || idea === 'swap' ? { constants: { maskable: 'attrs.relu' } } : {}),
          instead: { y: 'dy' },
          count:
            idea === 'naive'
              ? 'ceil((o * i + o + if(attrs.inputGrad, n * i, 0)) / 64)'
              : `${groups} + if(attrs.inputGrad, ${tilesOf('n', 'i', idea)}, 0)`,
        };
      },
    ),
    choose,
    attrsOf: storedAttrs,
    draw: (r) => {
      const { n, i, o, storage: kind } = draw(r);
      const relu = r.bool();
      const given = relu || r.int(0, 3) === 0;
      return {
        shapes: { x: [n, i], w: [o, i], ...(given ? { y: [n, o] } : {}), dy: [n, o] },
        settings: { storage: kind, relu, inputGrad: r.int(0, 3) > 0 },
      };
    },
    bench: [{ shapes: { x: [1024, 784], w: [256, 784], dy: [1024, 256] }, settings: { relu: false, inputGrad: true } }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes, settings }) => ({
        op: 'linear',
        shapes: { x: shapes.x!, w: shapes.w!, b: [shapes.w![0]!] },
        attrs: { relu: settings.relu === true },
      }),
      gives: { dx: 'x', dw: 'w', db: 'b' },
    },
  }),
  op('linear_loss', {
    kind: 'op',
    summary:
      'The last linear layer with its loss and all gradients in one dispatch: rows is the loss of each row, dx, dw and db are gradients of the mean of the rows; dw and db in partial sums.',
    attributes: {
      kind: text('the loss', [crossEntropy, 'mse']),
      label_smoothing: float('of the cross-entropy, 0 to 1', 0),
      relu_input: bool('whether x came out of a ReLU, whose mask dx then carries', false),
    },
    inputs: {
      x: tensor('[N, in]'),
      w: tensor('[out, in]'),
      b: tensor('[out]'),
      labels: tensor('[N] classes, or for mse [N, out] targets', {
        element: "if(attrs.kind == 'mse', 'f32', 'u32')",
        contents: { kind: 'integers', below: 'w.shape[0]' },
      }),
    },
    outputs: {
      rows: tensor('[N]', { shape: '[n]' }),
      dx: tensor('[N, in]', { shape: 'x.shape' }),
      dw: tensor('[out, in]', { shape: 'w.shape', parts: 'parts' }),
      db: tensor('[out]', { shape: '[o]', parts: 'parts' }),
    },
    definitions: { ...definitions, parts: 'ceil(n / 4)' },
    requires: [
      ...matrices,
      ["labels.shape == if(attrs.kind == 'mse', [n, o], [n])", 'labels: one class a row, or for mse one target an output'],
      ['o <= 64', 'at most 64 outputs'],
      ['attrs.label_smoothing >= 0 and attrs.label_smoothing <= 1', 'label_smoothing is from 0 to 1'],
      same('b', '[o]', 'one bias an output'),
    ],
    variants: {
      fused: {
        passes: [
          {
            shader: 'linear_loss/fused',
            params: { kind: "attrs.kind == 'mse'", relu_input: 'attrs.relu_input', smoothing: 'attrs.label_smoothing' },
            count: 'parts',
          },
        ],
      },
    },
    choose: [['1', 'fused']],
    draw: (r) => {
      const [n, i, o] = [r.int(1, 13), r.int(1, 20), r.pick([1, 2, 10, 33])];
      const kind = r.pick([crossEntropy, 'mse']);
      return {
        shapes: { x: [n, i], w: [o, i], b: [o], labels: kind === 'mse' ? [n, o] : [n] },
        settings: { kind, label_smoothing: r.pick([0, 0.1]) },
      };
    },
    bench: [{ shapes: { x: [1024, 784], w: [10, 784], b: [10], labels: [1024] }, settings: { kind: crossEntropy } }],
    truth: { kind: 'gradient', forward: forwardOf, gives: { dx: 'x', dw: 'w', db: 'b' } },
  }),
];
