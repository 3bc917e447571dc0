import type { Random } from '../random.js';
import type { KernelSpec, PassSpec, Requirement, VariantSpec } from '../spec.js';
import {
  aligned,
  asF16,
  asF32,
  bool,
  int,
  op,
  padded,
  rank,
  storage,
  storageRule,
  stored,
  storedAttrs,
  strides,
  subgroups,
  tensor,
} from './common.js';

/** Rows and columns of one matrix that a workgroup owns. */
const TILES: Readonly<Record<string, readonly [number, number]>> = {
  subgroup: [16, 32],
  ragged: [16, 32],
  tile: [64, 64],
  block: [128, 128],
  matrix: [64, 128],
};
const fours: Requirement = [
  `j % 4 == 0 and k % 4 == 0 and (not attrs.transposeA or i % 4 == 0) and ${aligned('a', 'b', 'y')}`,
  'J, K, the I of a transposed a, and model strides that are multiples of 4',
];
const matrixUnits: readonly Requirement[] = [
  ["has('chromium-experimental-subgroup-matrix')", 'the feature chromium-experimental-subgroup-matrix'],
  ['adapter.subgroup_size == 32', 'subgroups of 32'],
  ['adapter.subgroup_matrix_f16_f32_16', 'subgroup matrices of 16×16×16 in f16 with sums in f32'],
  [
    `i % 64 == 0 and j % 128 == 0 and k % 16 == 0 and ${aligned('a', 'b', 'y')}`,
    'an I that is a multiple of 64, J of 128, K of 16, strides of 4',
  ],
];

const batchFields = ['batches', 'batch1', 'batch2', 'a_batch0', 'a_batch1', 'a_batch2', 'b_batch0', 'b_batch1', 'b_batch2'];
const termFields = ['terms', 'term1', 'a_term0', 'a_term1', 'b_term0', 'b_term1'];
/** One matrix each. */
const single = Object.fromEntries([...batchFields, ...termFields].map((name) => [name, /^(batch|term)/.test(name) ? '1' : '0']));

function variants(): Record<string, VariantSpec> {
  const pass = (name: string): PassSpec => {
    const tile = TILES[name.replace('_f16', '')];
    return {
      shader: `matmul/forward.${name}`,
      params: { transpose_a: 'attrs.transposeA', transpose_b: 'attrs.transposeB' },
      count: tile ? `batches * ceil(i / ${tile[0]}) * ceil(j / ${tile[1]})` : 'ceil(batches * i * j / 64)',
    };
  };
  const variant = (name: string, ...needs: readonly Requirement[]): Record<string, VariantSpec> => ({
    [name]: { needs: [name.endsWith('_f16') ? asF16 : asF32, ...needs], passes: [pass(name)] },
  });
  return {
    ...variant('naive'),
    ...variant('subgroup', subgroups, fours),
    ...variant('ragged', subgroups),
    ...variant('tile'),
    ...variant('block', fours),
    ...variant('naive_f16'),
    ...variant('ragged_f16', subgroups),
    ...variant('tile_f16'),
    ...variant('matrix_f16', ...matrixUnits),
  };
}
const choose = [
  ['not adapter.software and batches * models * ceil(i / 128) * ceil(j / 128) >= 128', 'block'],
  ['not adapter.software', 'tile'],
  ['not adapter.software', 'tile_f16'],
  ['1', 'subgroup'],
  ['1', 'ragged'],
  ['1', 'ragged_f16'],
  ['1', 'naive'],
  ['1', 'naive_f16'],
  ['1', 'tile'],
  ['1', 'tile_f16'],
  ['1', 'matrix_f16'],
  ['1', 'block'],
] as const;

const attributes = { storage, transposeA: bool('whether A is aᵀ'), transposeB: bool('whether B is bᵀ') };
const sizes = (first: string) => ({
  i: `a.shape[${first} + attrs.transposeA]`,
  k: `a.shape[${first} + 1 - attrs.transposeA]`,
  j: `b.shape[${first} + 1 - attrs.transposeB]`,
});
const inner = (first: string): Requirement => [`b.shape[${first} + attrs.transposeB] == k`, 'b: the inner size K of a'];

function drawSizes(r: Random) {
  const four = r.bool() ? 4 : 1;
  const [i, j, k] = [four * r.int(1, 10), four * r.int(1, 12), four * r.int(1, 10)];
  const [transposeA, transposeB] = [r.bool(), r.bool()];
  const settings = { storage: r.pick(['f32', 'f32', 'f16']), transposeA, transposeB };
  return { a: transposeA ? [k, i] : [i, k], b: transposeB ? [j, k] : [k, j], settings };
}

/** Two batches that broadcast, and axes that are summed. */
function drawBatch(r: Random) {
  const axes = r.int(1, 3);
  const whole = r.shape(axes, 3);
  const part = (): number[] => whole.map((size) => (r.int(0, 2) === 0 ? 1 : size));
  return { left: part(), right: part(), summed: r.bool() ? 0 : r.int(0, 2 ** axes - 1) };
}

export const matmulOps: readonly KernelSpec[] = [
  op('matmul', {
    kind: 'op',
    summary: 'y [I,J] = A·B with A = a [I,K] or aᵀ, B = b [K,J] or bᵀ.',
    attributes,
    inputs: {
      a: tensor('[I, K], with transposeA [K, I]', { element: stored }),
      b: tensor('[K, J], with transposeB [J, K]', { element: stored }),
    },
    outputs: { y: tensor('[I, J]', { element: stored, shape: '[i, j]' }) },
    definitions: { ...sizes('0'), ...single },
    requires: [rank('a', 2, '[I, K]'), rank('b', 2, '[K, J]'), inner('0'), storageRule],
    variants: variants(),
    choose,
    attrsOf: storedAttrs,
    draw: (r) => {
      const { a, b, settings } = drawSizes(r);
      return { shapes: { a, b }, settings };
    },
    always: [{ shapes: { a: [64, 32], b: [32, 128] }, settings: { storage: 'f16', transposeA: false, transposeB: false } }],
    bench: [
      { shapes: { a: [256, 256], b: [256, 256] }, settings: { transposeA: false, transposeB: false } },
      { shapes: { a: [1024, 1024], b: [1024, 1024] }, settings: { transposeA: false, transposeB: false } },
    ],
    truth: { kind: 'forward', op: 'matmul' },
  }),
  op('batched_matmul', {
    kind: 'op',
    summary:
      'y […,I,J] = A·B for every matrix of a […,I,K] and b […,K,J], each optionally transposed. Batch axes of size 1 broadcast; those in `summed` are summed to size 1.',
    attributes: { ...attributes, summed: int('bit m is set where batch axis m, from the outermost, is summed', 0) },
    inputs: {
      a: tensor('[…, I, K], with transposeA […, K, I]', { element: stored }),
      b: tensor('[…, K, J], with transposeB […, J, K]; as many axes as a', { element: stored }),
    },
    outputs: {
      y: tensor('[…, I, J]', { element: stored, shape: 'cat(each(m, axes, if(summed[m], 1, batch_sizes[m])), [i, j])' }),
    },
    definitions: {
      axes: 'len(a.shape) - 2',
      ...sizes('axes'),
      summed: 'each(m, axes, floor(attrs.summed / exp2(m)) % 2)',
      batch_sizes: 'each(m, axes, max(a.shape[m], b.shape[m]))',
      a_strides: strides('a.shape'),
      b_strides: strides('b.shape'),
      whole_strides: strides('batch_sizes'),
      // The last two lists keep summed axes and others apart: a stride of 0 beside one that is not never joins.
      joined:
        'join(batch_sizes, each(m, axes, if(a.shape[m] == 1, 0, a_strides[m])), each(m, axes, if(b.shape[m] == 1, 0, b_strides[m])), each(m, axes, if(summed[m], 0, whole_strides[m])), each(m, axes, if(summed[m], whole_strides[m], 0)))',
      kept_sizes: 'keep(joined[0], joined[3])',
      term_sizes: 'keep(joined[0], joined[4])',
      kept: padded('kept_sizes', 1, 3),
      kept_a: padded('keep(joined[1], joined[3])', 0, 3),
      kept_b: padded('keep(joined[2], joined[3])', 0, 3),
      term: padded('term_sizes', 1, 2),
      term_a: padded('keep(joined[1], joined[4])', 0, 2),
      term_b: padded('keep(joined[2], joined[4])', 0, 2),
      batches: 'prod(kept)',
      batch1: 'kept[1]',
      batch2: 'kept[2]',
      ...Object.fromEntries([0, 1, 2].flatMap((m) => [`a_batch${m}`, `b_batch${m}`].map((name) => [name, `kept_${name[0]}[${m}]`]))),
      terms: 'prod(term)',
      term1: 'term[1]',
      ...Object.fromEntries([0, 1].flatMap((m) => [`a_term${m}`, `b_term${m}`].map((name) => [name, `term_${name[0]}[${m}]`]))),
    },
    requires: [
      ['len(a.shape) >= 3', 'a is a batch of matrices […, I, K]'],
      ['len(b.shape) == len(a.shape)', 'b has as many axes as a'],
      inner('axes'),
      ['all(each(m, axes, a.shape[m] == b.shape[m] or a.shape[m] == 1 or b.shape[m] == 1))', 'batch axes that are equal or 1'],
      [
        'len(kept_sizes) <= 3 and len(term_sizes) <= 2',
        'at most 3 batch axes, and 2 that are summed, once neighbours that broadcast alike are joined',
      ],
      storageRule,
    ],
    variants: variants(),
    choose,
    attrsOf: storedAttrs,
    draw: (r) => {
      const { a, b, settings } = drawSizes(r);
      const { left, right, summed } = drawBatch(r);
      return { shapes: { a: [...left, ...a], b: [...right, ...b] }, settings: { ...settings, summed } };
    },
    always: [
      { shapes: { a: [2, 64, 16], b: [1, 16, 128] }, settings: { storage: 'f16', transposeA: false, transposeB: false, summed: 0 } },
    ],
    bench: [{ shapes: { a: [64, 128, 64], b: [64, 64, 128] }, settings: { transposeA: false, transposeB: false } }],
    truth: { kind: 'forward', op: 'batched_matmul' },
  }),
];
