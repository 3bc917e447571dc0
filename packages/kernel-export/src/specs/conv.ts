import type { Random } from '../random.js';
import type { KernelSpec, Problem, Requirement, VariantSpec } from '../spec.js';
import { asF16, asF32, bool, int, op, rank, storage, storageRule, stored, storedAttrs, subgroups, tensor } from './common.js';

/** Sizes of a convolution, from expressions of its image's and its filter's shapes. */
const sizes = ([n, c, h, w]: readonly string[], [k, each, r, s]: readonly string[]) => ({
  n: n!,
  c: c!,
  h: h!,
  w: w!,
  k: k!,
  each_channels: each!,
  r: r!,
  s: s!,
  p: 'floor((h + 2 * attrs.padding - r) / attrs.stride) + 1',
  q: 'floor((w + 2 * attrs.padding - s) / attrs.stride) + 1',
});
const axesOf = (name: string): string[] => [0, 1, 2, 3].map((axis) => `${name}.shape[${axis}]`);

const sizeRules: readonly Requirement[] = [
  ['attrs.stride >= 1 and attrs.padding >= 0 and attrs.groups >= 1', 'stride and groups of 1 or more, padding of 0 or more'],
  [
    'c % attrs.groups == 0 and k % attrs.groups == 0 and each_channels == c / attrs.groups',
    'groups divides C and K, and w has C/groups channels',
  ],
  ['p >= 1 and q >= 1', 'an image at least as large as the kernel once padded'],
];

const attributes = {
  stride: int('1 or more'),
  padding: int('zeros on every side'),
  groups: int('divides C and K'),
  storage,
};
const plain: Requirement = [
  'r == 3 and s == 3 and attrs.stride == 1 and attrs.padding <= 2 and attrs.groups == 1',
  'a 3×3 kernel, stride 1, padding up to 2 and one group',
];
const tilesOf = (rows: string, columns: string): string => `ceil(${rows} / attrs.groups / 32) * ceil(${columns} / 128) * attrs.groups`;
const stripsOf = (n: string, p: string, q: string, channels: string): string =>
  `ceil(${n} * ${p} * ceil(${q} / 8) / 8) * ceil(${channels} / 8)`;
const general = { stride: 'attrs.stride', padding: 'attrs.padding', groups: 'attrs.groups' };

/** A kernel for f32 and its twin for f16. */
const twins = (
  name: string,
  needs: readonly Requirement[],
  pass: (suffix: string) => VariantSpec['passes'][number],
): Record<string, VariantSpec> => ({
  [name]: { needs: [asF32, ...needs], passes: [pass('')] },
  [`${name}_f16`]: { needs: [asF16, ...needs], passes: [pass('_f16')] },
});

/** Best first, for both storages. */
const chosen = (order: readonly (readonly [string, string])[]) =>
  order.flatMap(([when, name]) => [[when, name] as const, ...(name === 'few_channels' ? [] : [[when, `${name}_f16`] as const])]);
const order = chosen([
  ['not adapter.software', 'tile'],
  ['1', 'subgroup'],
  ['1', 'naive'],
  ['1', 'tile'],
]);

interface Drawn {
  readonly x: number[];
  readonly w: number[];
  readonly y: number[];
  readonly settings: { stride: number; padding: number; groups: number; storage: string };
}

function draw(r: Random): Drawn {
  const fast = r.bool();
  const groups = fast ? 1 : r.pick([1, 1, 2, 3]);
  const [c, k] = [groups * r.int(1, fast ? 9 : 3), groups * r.int(1, fast ? 9 : 4)];
  const [stride, padding] = fast ? [1, r.int(0, 2)] : [r.int(1, 2), r.int(0, 2)];
  const [rows, columns] = fast ? [3, 3] : [r.int(1, 4), r.int(1, 4)];
  const x = [r.int(1, 3), c, r.int(Math.max(1, rows - 2 * padding), 9), r.int(Math.max(1, columns - 2 * padding), 11)];
  const along = (size: number, kernel: number): number => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const y = [x[0]!, k, along(x[2]!, rows), along(x[3]!, columns)];
  return { x, w: [k, c / groups, rows, columns], y, settings: { stride, padding, groups, storage: r.pick(['f32', 'f32', 'f16']) } };
}

const timed = { stride: 1, padding: 1, groups: 1 };
const forwardAttrs = ({ settings }: Problem) => ({
  stride: Number(settings.stride),
  padding: Number(settings.padding),
  groups: Number(settings.groups),
  relu: false,
});

const shared = { n: 'n', c: 'c', h: 'h', w: 'w', k: 'k', p: 'p', q: 'q', padding: 'attrs.padding' };

export const convOps: readonly KernelSpec[] = [
  op('conv2d', {
    kind: 'op',
    summary:
      'y = x ⋆ w + b: the cross-correlation that neural networks call convolution, NCHW and KCRS, optional bias and ReLU. P = ⌊(H + 2·padding − R)/stride⌋ + 1.',
    attributes: { ...attributes, relu: bool('whether ReLU follows in the same kernel') },
    inputs: {
      x: tensor('[N, C, H, W]', { element: stored }),
      w: tensor('[K, C/groups, R, S]', { element: stored }),
      b: tensor('[K]', { optional: true }),
    },
    outputs: { y: tensor('[N, K, P, Q]', { element: stored, shape: '[n, k, p, q]' }) },
    definitions: sizes(axesOf('x'), axesOf('w')),
    requires: [
      rank('x', 4, '[N, C, H, W]'),
      rank('w', 4, '[K, C/groups, R, S]'),
      ...sizeRules,
      ['not b.given or b.shape == [k]', 'b: one bias an output channel'],
      storageRule,
    ],
    variants: {
      ...twins('naive', [], (suffix) => ({
        shader: `conv2d/forward.naive${suffix}`,
        params: { ...general, has_bias: 'b.given', relu: 'attrs.relu' },
        instead: { b: 'w' },
        count: 'ceil(n * k * p * q / 64)',
      })),
      ...twins('subgroup', [subgroups, plain], (suffix) => ({
        shader: `conv2d/forward.subgroup${suffix}`,
        params: { ...shared, w_out: '9 * c', w_in: '9', w_first: '0', w_tap: '1', has_bias: 'b.given', relu: 'attrs.relu' },
        instead: { b: 'w' },
        count: stripsOf('n', 'p', 'q', 'k'),
      })),
      ...twins('tile', [], (suffix) => ({
        shader: `conv2d/forward.tile${suffix}`,
        params: { ...general, has_bias: 'b.given', relu: 'attrs.relu' },
        instead: { b: 'w' },
        count: tilesOf('k', 'n * p * q'),
      })),
    },
    choose: order,
    attrsOf: storedAttrs,
    draw: (r) => {
      const { x, w, settings } = draw(r);
      return { shapes: { x, w, ...(r.bool() ? { b: [w[0]!] } : {}) }, settings: { ...settings, relu: r.bool() } };
    },
    bench: [{ shapes: { x: [64, 8, 28, 28], w: [16, 8, 3, 3], b: [16] }, settings: { ...timed, relu: false } }],
    truth: { kind: 'forward', op: 'conv2d' },
  }),
  op('conv2d_grad_input', {
    kind: 'gradient',
    summary: 'Data gradient of conv2d: dx from dy and w. h and width are the sizes of the image, which dy alone does not determine.',
    attributes: { ...attributes, h: int('H of x'), width: int('W of x') },
    inputs: { dy: tensor('[N, K, P, Q]', { element: stored }), w: tensor('[K, C/groups, R, S]', { element: stored }) },
    outputs: { dx: tensor('[N, C, h, width]', { element: stored, shape: '[n, c, h, w]' }) },
    definitions: sizes(['dy.shape[0]', 'w.shape[1] * attrs.groups', 'attrs.h', 'attrs.width'], axesOf('w')),
    requires: [
      rank('dy', 4, '[N, K, P, Q]'),
      rank('w', 4, '[K, C/groups, R, S]'),
      ['attrs.h >= 1 and attrs.width >= 1', 'h and width are 1 or more'],
      ...sizeRules,
      ['dy.shape == [n, k, p, q]', 'dy: the shape of y'],
      storageRule,
    ],
    variants: {
      ...twins('naive', [], (suffix) => ({
        shader: `conv2d/grad_input.naive${suffix}`,
        params: general,
        count: 'ceil(c * n * h * w / 64)',
      })),
      ...twins('subgroup', [subgroups, plain], (suffix) => ({
        shader: `conv2d/forward.subgroup${suffix}`,
        params: {
          ...{ n: 'n', c: 'k', h: 'p', w: 'q', k: 'c', p: 'h', q: 'w', padding: '2 - attrs.padding' },
          ...{ w_out: '9', w_in: '9 * c', w_first: '8', w_tap: '4294967295', has_bias: '0', relu: '0' },
          ...{ x_model: 'dy.model_stride', w_model: 'w.model_stride', b_model: '0', y_model: 'dx.model_stride' },
        },
        tensors: { x: 'dy', b: 'w', y: 'dx' },
        count: stripsOf('n', 'h', 'w', 'c'),
      })),
      ...twins('tile', [], (suffix) => ({
        shader: `conv2d/grad_input.tile${suffix}`,
        params: general,
        count: tilesOf('c', 'n * h * w'),
      })),
    },
    choose: order,
    // The descriptor names the attribute of the forward op too, and does not read it.
    attrsOf: (settings) => ({ ...storedAttrs(settings), relu: false }),
    draw: (r) => {
      const { x, w, y, settings } = draw(r);
      return { shapes: { dy: y, w }, settings: { ...settings, h: x[2]!, width: x[3]! } };
    },
    bench: [{ shapes: { dy: [64, 16, 28, 28], w: [16, 8, 3, 3] }, settings: { ...timed, h: 28, width: 28 } }],
    truth: {
      kind: 'gradient',
      forward: (problem) => {
        const { dy, w } = problem.shapes as Record<string, number[]>;
        const { h, width, groups } = problem.settings;
        return {
          op: 'conv2d',
          shapes: { x: [dy![0]!, w![1]! * Number(groups), Number(h), Number(width)], w: w! },
          attrs: forwardAttrs(problem),
        };
      },
      gives: { dx: 'x' },
    },
  }),
  op('conv2d_grad_weight', {
    kind: 'gradient',
    summary:
      'Weight and bias gradients of conv2d, in partial sums over the batch, f32 with f16 storage too. r and s are the sizes of the kernel.',
    attributes: { ...attributes, r: int('R of w'), s: int('S of w') },
    inputs: { dy: tensor('[N, K, P, Q]', { element: stored }), x: tensor('[N, C, H, W]', { element: stored }) },
    outputs: {
      dw: tensor('[K, C/groups, r, s]', { shape: '[k, each_channels, r, s]', parts: 'parts' }),
      db: tensor('[K]', { shape: '[k]', parts: 'parts' }),
    },
    definitions: {
      ...sizes(axesOf('x'), ['dy.shape[1]', 'x.shape[1] / attrs.groups', 'attrs.r', 'attrs.s']),
      each: 'each_channels * r * s',
      chunk: 'max(1, ceil(n / max(1, min(n, floor(4194304 / (k * each))))))',
      parts: 'ceil(n / chunk)',
    },
    requires: [
      rank('x', 4, '[N, C, H, W]'),
      rank('dy', 4, '[N, K, P, Q]'),
      ['attrs.r >= 1 and attrs.s >= 1', 'r and s are 1 or more'],
      ...sizeRules,
      ['dy.shape == [n, k, p, q]', 'dy: the shape of y'],
      storageRule,
    ],
    variants: {
      ...twins('naive', [], (suffix) => ({
        shader: `conv2d/grad_weight.naive${suffix}`,
        params: general,
        count: 'ceil((k * each + k) * parts / 64)',
      })),
      ...twins('subgroup', [subgroups, plain], (suffix) => ({
        shader: `conv2d/grad_weight.subgroup${suffix}`,
        params: shared,
        count: 'ceil(k / 8) * ceil(c / 8) * parts',
      })),
      few_channels: {
        needs: [asF32, plain],
        passes: [{ shader: 'conv2d/grad_weight.few_channels', params: shared, count: 'ceil(k / 8) * c * parts' }],
      },
      ...twins('tile', [], (suffix) => ({
        shader: `conv2d/grad_weight.tile${suffix}`,
        params: general,
        count: `${tilesOf('k', 'each')} * parts`,
      })),
    },
    choose: chosen([
      ['not adapter.software', 'tile'],
      ['c <= 4', 'few_channels'],
      ['1', 'subgroup'],
      ['1', 'few_channels'],
      ['1', 'naive'],
      ['1', 'tile'],
    ]),
    attrsOf: (settings) => ({ ...storedAttrs(settings), relu: false }),
    draw: (r) => {
      const { x, w, y, settings } = draw(r);
      return { shapes: { dy: y, x }, settings: { ...settings, r: w[2]!, s: w[3]! } };
    },
    bench: [{ shapes: { dy: [64, 16, 28, 28], x: [64, 8, 28, 28] }, settings: { ...timed, r: 3, s: 3 } }],
    truth: {
      kind: 'gradient',
      forward: (problem) => {
        const { dy, x } = problem.shapes as Record<string, number[]>;
        const { r, s, groups } = problem.settings;
        return {
          op: 'conv2d',
          shapes: { x: x!, w: [dy![1]!, x![1]! / Number(groups), Number(r), Number(s)], b: [dy![1]!] },
          attrs: forwardAttrs(problem),
        };
      },
      gives: { dw: 'w', db: 'b' },
    },
  }),
];
