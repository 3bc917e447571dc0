import type { Random } from '../random.js';
import type { KernelSpec, Requirement, StepSpec, VariantSpec } from '../spec.js';
import { op, quads, rank, same, subgroups, tensor } from './common.js';

const even: Requirement = ['h % 2 == 0 and w % 2 == 0', 'even H and W'];
const tap = (shape: string, axes = '[N, ⌈K/8⌉, H/2, W/2]: four bits a channel, the winner 0 … 3 of the window, 4 where ReLU cut') =>
  tensor(axes, { element: "'u32'", shape, contents: { kind: 'nibbles', below: 5 } });
const packed = 'tap.shape == [dy.shape[0], ceil(dy.shape[1] / 8), dy.shape[2], dy.shape[3]]';
const few: Requirement = ['windows < 16777216', 'fewer than 2^24 pool windows'];
/** Values whose sums are exact, so that every implementation finds the same winners. */
const exact = { contents: { kind: 'sixteenths' } } as const;
const counts = { windows: 'n * h * w / 4', wide_lanes: 'n * h * ceil(w / 8) / 2', tiles: 'n * ceil(h / 16) * ceil(w / 16)' };

/** Forward pass and data gradient: the same ideas, eight channels `blocked` at a time. */
function variants(
  shader: string,
  blocked: 'k' | 'c',
  groups: Record<'naive' | 'subgroup' | 'wide' | 'tile', string>,
): Record<string, VariantSpec> {
  const eight: Requirement = [`${blocked} % 8 == 0`, `${blocked.toUpperCase()} a multiple of 8`];
  const pass = (name: string, count: string): StepSpec[] => [{ shader: `${shader}.${name}`, count }];
  return {
    naive: { passes: pass('naive', groups.naive) },
    subgroup: { needs: [subgroups, eight, few], passes: pass('subgroup', groups.subgroup) },
    subgroup8: {
      needs: [subgroups, eight, few, ['adapter.subgroup_size >= 8', 'subgroups of eight lanes or more']],
      passes: pass('subgroup8', groups.subgroup),
    },
    wide: { needs: [subgroups, eight, few, quads], passes: pass('wide', groups.wide) },
    tile: { passes: pass('tile', groups.tile) },
  };
}
const choose = [
  ['not adapter.software', 'tile'],
  ['1', 'subgroup8'],
  ['1', 'wide'],
  ['1', 'subgroup'],
  ['1', 'naive'],
  ['1', 'tile'],
] as const;

function draw(r: Random) {
  const [n, c, k] = [r.int(1, 3), r.pick([1, 3, 4, 8, 12]), r.pick([1, 3, 8, 16])];
  const [h, w] = [2 * r.int(1, 3), 2 * r.int(1, 6)];
  return { x: [n, c, h, w], w: [k, c, 3, 3], b: [k], y: [n, k, h / 2, w / 2], tap: [n, Math.ceil(k / 8), h / 2, w / 2] };
}

const weight = (name: string, groups: string, needs: readonly Requirement[] = [], params: Record<string, string> = {}): VariantSpec => ({
  needs,
  passes: [{ shader: `conv_relu_pool/grad_weight.${name}`, params, count: groups }],
});
const channels: Requirement = ['k % 8 == 0 and c % 4 == 0', 'K a multiple of 8 and C of 4'];

export const convReluPoolOps: readonly KernelSpec[] = [
  op('conv_relu_pool', {
    kind: 'op',
    summary: '3×3 convolution (stride 1, padding 1) + bias + ReLU + 2×2 max-pool in one pass; tap keeps the winners for the gradients.',
    attributes: {},
    inputs: { x: tensor('[N, C, H, W]', exact), w: tensor('[K, C, 3, 3]', exact), b: tensor('[K]', exact) },
    outputs: { y: tensor('[N, K, H/2, W/2]', { shape: '[n, k, h / 2, w / 2]' }), tap: tap('[n, ceil(k / 8), h / 2, w / 2]') },
    definitions: { n: 'x.shape[0]', c: 'x.shape[1]', h: 'x.shape[2]', w: 'x.shape[3]', k: 'w.shape[0]', words: 'ceil(k / 8)', ...counts },
    requires: [
      rank('x', 4, '[N, C, H, W]'),
      rank('w', 4, '[K, C, 3, 3]'),
      ['w.shape == [k, c, 3, 3]', 'w: a 3×3 kernel over all C input channels'],
      even,
      same('b', '[k]', 'one bias an output channel'),
    ],
    variants: variants('conv_relu_pool/forward', 'k', {
      naive: 'ceil(windows * words / 64)',
      subgroup: 'ceil(windows / 8) * words',
      wide: 'ceil(wide_lanes / 8) * words',
      tile: 'tiles * words',
    }),
    choose,
    draw: (r) => {
      const { x, w, b } = draw(r);
      return { shapes: { x, w, b }, settings: {} };
    },
    bench: [{ shapes: { x: [64, 8, 28, 28], w: [16, 8, 3, 3], b: [16] }, settings: {} }],
    truth: { kind: 'forward', op: 'conv_relu_pool' },
  }),
  op('conv_relu_pool_grad_input', {
    kind: 'gradient',
    summary: 'Data gradient of conv_relu_pool: dx from dy, its packed winners and w.',
    attributes: {},
    inputs: { dy: tensor('[N, K, H/2, W/2]'), tap: tap('', '[N, ⌈K/8⌉, H/2, W/2]'), w: tensor('[K, C, 3, 3]') },
    outputs: { dx: tensor('[N, C, H, W]', { shape: '[n, c, h, w]' }) },
    definitions: {
      n: 'dy.shape[0]',
      c: 'w.shape[1]',
      h: '2 * dy.shape[2]',
      w: '2 * dy.shape[3]',
      k: 'w.shape[0]',
      blocks: 'ceil(c / 8)',
      ...counts,
    },
    requires: [
      rank('dy', 4, '[N, K, H/2, W/2]'),
      [packed, 'tap: four bits a channel of dy'],
      rank('w', 4, '[K, C, 3, 3]'),
      ['w.shape == [dy.shape[1], c, 3, 3]', 'w: the K channels of dy, 3×3'],
    ],
    variants: variants('conv_relu_pool/grad_input', 'c', {
      naive: 'ceil(windows * 4 * c / 64)',
      subgroup: 'ceil(windows / 16) * blocks',
      wide: 'ceil(wide_lanes / 8) * blocks',
      tile: 'tiles * blocks',
    }),
    choose,
    draw: (r) => {
      const { y, tap: winners, w } = draw(r);
      return { shapes: { dy: y, tap: winners, w }, settings: {} };
    },
    bench: [{ shapes: { dy: [64, 16, 14, 14], tap: [64, 2, 14, 14], w: [16, 8, 3, 3] }, settings: {} }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes }) => {
        const { dy, w } = shapes as Record<string, number[]>;
        return {
          op: 'conv_relu_pool',
          shapes: { x: [dy![0]!, w![1]!, 2 * dy![2]!, 2 * dy![3]!], w: w!, b: [w![0]!] },
          attrs: {},
        };
      },
      gives: { dx: 'x' },
    },
  }),
  op('conv_relu_pool_grad_weight', {
    kind: 'gradient',
    summary: 'Weight and bias gradients of conv_relu_pool, in partial sums over the batch, from dy, its packed winners and x.',
    attributes: {},
    inputs: { dy: tensor('[N, K, H/2, W/2]'), tap: tap('', '[N, ⌈K/8⌉, H/2, W/2]'), x: tensor('[N, C, H, W]') },
    outputs: { dw: tensor('[K, C, 3, 3]', { shape: '[k, c, 3, 3]', parts: 'parts' }), db: tensor('[K]', { shape: '[k]', parts: 'parts' }) },
    definitions: {
      n: 'x.shape[0]',
      c: 'x.shape[1]',
      h: 'x.shape[2]',
      w: 'x.shape[3]',
      k: 'dy.shape[1]',
      chunk: 'max(1, ceil(n / max(1, min(n, floor(4194304 / (k * c * 9))))))',
      parts: 'ceil(n / chunk)',
      block: 'min(8, exp2(ceil(log2(c))))',
    },
    requires: [
      rank('dy', 4, '[N, K, H/2, W/2]'),
      [packed, 'tap: four bits a channel of dy'],
      rank('x', 4, '[N, C, H, W]'),
      even,
      ['dy.shape == [n, k, h / 2, w / 2]', 'dy: the pooled shape of x'],
    ],
    variants: {
      naive: weight('naive', 'ceil((k * c * 9 + k) * parts / 64)'),
      subgroup: weight('subgroup', 'k / 8 * ceil(c / 8) * parts', [subgroups, channels]),
      swap: weight('swap', 'k / 8 * ceil(c / 8) * parts', [subgroups, quads, channels]),
      few_channels: weight('few_channels', 'ceil(k / 8) * c * parts', [subgroups]),
      few_channels_swap: weight('few_channels_swap', 'ceil(k / 8) * c * parts', [subgroups, quads]),
      tile: weight('tile', 'ceil(k / 8) * ceil(c / block) * parts'),
    },
    choose: [
      ['not adapter.software', 'tile'],
      ['1', 'swap'],
      ['1', 'subgroup'],
      ['1', 'few_channels_swap'],
      ['1', 'few_channels'],
      ['1', 'naive'],
      ['1', 'tile'],
    ],
    draw: (r) => {
      const { y, tap: winners, x } = draw(r);
      return { shapes: { dy: y, tap: winners, x }, settings: {} };
    },
    bench: [{ shapes: { dy: [64, 16, 14, 14], tap: [64, 2, 14, 14], x: [64, 8, 28, 28] }, settings: {} }],
    truth: {
      kind: 'gradient',
      forward: ({ shapes }) => {
        const { dy, x } = shapes as Record<string, number[]>;
        return { op: 'conv_relu_pool', shapes: { x: x!, w: [dy![1]!, x![1]!, 3, 3], b: [dy![1]!] }, attrs: {} };
      },
      gives: { dw: 'w', db: 'b' },
    },
  }),
];
