import type { WorkRule } from '@kindling/core';
import { boundElements, none, type P, type RuleParts, rule } from './rule.js';

const pooling = ({ planes, h, w, p, q, kernel }: P) => ({
  x: planes! * h! * w!,
  y: planes! * p! * q!,
  taps: planes! * p! * q! * kernel! ** 2,
});

/** Rows of `size` read and written whole. */
const rows = (flops: RuleParts['flops'], reads: readonly string[], written: string): WorkRule =>
  rule({
    flops,
    reads: (p) => Object.fromEntries(reads.map((name) => [name, p.rows! * p.n!])),
    writes: (p) => ({ [written]: p.rows! * p.n! }),
  });

const batch = ({ n, c, inner }: P): number => n! * c! * inner!;

/** Sums, normalisations, pools and sorting. Comparisons are no floating-point operations here. */
export const reductionWork: Readonly<Record<string, WorkRule>> = {
  'avgpool2d/forward': rule({
    flops: (p) => pooling(p).taps,
    reads: (p) => ({ x: pooling(p).x }),
    writes: (p) => ({ y: pooling(p).y }),
  }),
  'avgpool2d/grad': rule({
    flops: (p) => pooling(p).taps,
    reads: (p) => ({ dy: pooling(p).y }),
    writes: (p) => ({ dx: pooling(p).x }),
  }),
  'maxpool2d/forward': rule({
    flops: none,
    reads: (p) => ({ x: pooling(p).x }),
    writes: (p) => ({ y: pooling(p).y, tap: pooling(p).y }),
  }),
  'maxpool2d/grad': rule({
    flops: none,
    reads: (p) => ({ dy: pooling(p).y, tap: pooling(p).y }),
    writes: (p) => ({ dx: pooling(p).x }),
  }),
  'global_avg_pool/forward': rule({
    flops: ({ planes, inner }) => planes! * inner!,
    reads: ({ planes, inner }) => ({ x: planes! * inner! }),
    writes: ({ planes }) => ({ y: planes! }),
  }),
  'global_avg_pool/grad': rule({
    flops: ({ planes }) => planes!,
    reads: ({ planes }) => ({ dy: planes! }),
    writes: ({ planes, inner }) => ({ dx: planes! * inner! }),
  }),
  // Mean 1, variance 3: subtract, square, add.
  'batchnorm/statistics': rule({
    flops: (p) => 4 * batch(p),
    reads: (p) => ({ x: batch(p), running_mean: p.c!, running_var: p.c! }),
    writes: (p) => ({ stats: 2 * p.c!, new_mean: p.c!, new_var: p.c! }),
  }),
  // (x − mean) · 1/σ · weight + bias.
  'batchnorm/apply': rule({
    flops: ({ size }) => 4 * size!,
    reads: ({ size, c }) => ({ x: size!, weight: c!, bias: c!, stats: 2 * c! }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'batchnorm/inference': rule({
    flops: ({ size }) => 4 * size!,
    reads: ({ size, c }) => ({ x: size!, weight: c!, bias: c!, running_mean: c!, running_var: c! }),
    writes: ({ size, c }) => ({ y: size!, stats: 2 * c! }),
  }),
  // x̂ 2, its product with dy 1, two sums.
  'batchnorm/grad_weight': rule({
    flops: (p) => 5 * batch(p),
    reads: (p) => ({ dy: batch(p), x: batch(p), stats: 2 * p.c! }),
    writes: (p) => ({ dweight: p.c!, dbias: p.c! }),
  }),
  // x̂ 2, times dweight/N, two subtractions, times weight/σ.
  'batchnorm/grad_input': rule({
    flops: ({ size }) => 6 * size!,
    reads: ({ size, c }) => ({ dy: size!, x: size!, weight: c!, stats: 2 * c!, dweight: c!, dbias: c! }),
    writes: ({ size }) => ({ dx: size! }),
  }),
  'batchnorm/inference_grad_input': rule({
    flops: ({ size }) => 2 * size!,
    reads: ({ size, c }) => ({ dy: size!, weight: c!, stats: 2 * c! }),
    writes: ({ size }) => ({ dx: size! }),
  }),
  // As batchnorm: statistics 4, normalisation 4.
  'layernorm/forward': rule({
    flops: (p) => 8 * p.rows! * p.c!,
    reads: (p) => ({ x: p.rows! * p.c!, weight: p.c!, bias: p.c! }),
    writes: (p) => ({ y: p.rows! * p.c!, stats: 2 * p.rows! }),
  }),
  // x̂ 2, dy·weight 1, two means of it and of its product with x̂ 3, and their combination 4.
  'layernorm/grad_input': rule({
    flops: (p) => 10 * p.rows! * p.c!,
    reads: (p) => ({ dy: p.rows! * p.c!, x: p.rows! * p.c!, weight: p.c!, stats: 2 * p.rows! }),
    writes: (p) => ({ dx: p.rows! * p.c! }),
  }),
  'layernorm/grad_weight': rule({
    flops: (p) => 5 * p.rows! * p.c!,
    reads: (p) => ({ dy: p.rows! * p.c!, x: p.rows! * p.c!, stats: 2 * p.rows! }),
    writes: (p) => ({ dweight: p.parts! * p.c!, dbias: p.parts! * p.c! }),
  }),
  'parts/sum': rule({
    flops: ({ size, parts }) => size! * (parts! - 1),
    reads: ({ size, parts }) => ({ x: size! * parts! }),
    writes: ({ size }) => ({ y: size! }),
  }),
  // Subtract, exp, add, divide or subtract; the gradient: multiply, add, subtract, multiply.
  'softmax/forward': rows(({ rows: r, n }, { program }) => 4 * r! * n! + (program.name.endsWith('.log') ? r! : 0), ['x'], 'y'),
  'softmax/grad': rows(({ rows: r, n }) => 4 * r! * n!, ['y', 'dy'], 'dx'),
  'reduce/sum_grad': rule({
    flops: ({ size, divisor }) => (divisor === 1 ? 0 : size!),
    reads: (_, facts) => ({ dy: boundElements(facts, 'dy') }),
    writes: ({ size }) => ({ dx: size! }),
  }),
  'reduce/max_grad': rule({
    flops: none,
    reads: (_, facts) => ({ dy: boundElements(facts, 'dy'), index: boundElements(facts, 'index') }),
    writes: ({ size }) => ({ dx: size! }),
  }),
  reduce: rule({
    // Only sums have a divisor.
    flops: ({ outputs, length, divisor }) => (divisor === undefined ? 0 : outputs! * (length! - 1 + (divisor === 1 ? 0 : 1))),
    reads: ({ outputs, length }) => ({ x: outputs! * length! }),
    writes: ({ outputs }, { program }) =>
      Object.fromEntries(program.bindings.filter(({ name }) => name === 'y' || name === 'index').map(({ name }) => [name, outputs!])),
  }),
  'topk/keys': rule({
    flops: none,
    reads: ({ size, n, padded }) => ({ x: (size! / padded!) * n! }),
    writes: ({ size }) => ({ keys: size!, order: size! }),
  }),
  'topk/local': rule({
    flops: none,
    reads: ({ size }) => ({ keys: size!, order: size! }),
    writes: ({ size }) => ({ keys: size!, order: size! }),
  }),
  'topk/exchange': rule({
    flops: none,
    reads: ({ couples }) => ({ keys: 2 * couples!, order: 2 * couples! }),
    writes: ({ couples }) => ({ keys: 2 * couples!, order: 2 * couples! }),
  }),
  'topk/take': rule({
    flops: none,
    reads: ({ size }) => ({ x: size!, order: size! }),
    writes: ({ size }) => ({ y: size!, index: size! }),
  }),
  'topk/take_index': rule({
    flops: none,
    reads: ({ size }) => ({ order: size! }),
    writes: ({ size }) => ({ index: size! }),
  }),
  'topk/grad': rule({
    flops: none,
    reads: ({ size, n, take }) => ({ dy: (size! / n!) * take!, index: (size! / n!) * take! }),
    writes: ({ size }) => ({ dx: size! }),
  }),
};
