import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';

const size = fc.constantFrom(1, 2, 3, 5, 8, 13, 17);
const problem = (i: number, j: number, k: number, transposeA: boolean, transposeB: boolean) => ({
  shapes: { a: transposeA ? [k, i] : [i, k], b: transposeB ? [j, k] : [k, j] },
  attrs: { transposeA, transposeB },
});

describe('matmul', () => {
  it('matches the reference and its differences, transposed or not', () =>
    checkOp('matmul', {
      always: [problem(3, 5, 7, false, false), problem(3, 5, 7, true, false), problem(3, 5, 7, false, true), problem(3, 5, 7, true, true)],
      problems: fc.tuple(size, size, size, fc.boolean(), fc.boolean()).map((sizes) => problem(...sizes)),
    }));

  it('refuses empty, clashing and non-matrix shapes', () => {
    expectZeroSizesRefused('matmul', { a: [2, 3], b: [3, 4] });
    expectRefusal('matmul', { a: [2, 3], b: [4, 3] }, {}, 'b');
    expectRefusal('matmul', { a: [2, 3], b: [3, 4] }, { transposeB: true }, 'b');
    expectRefusal('matmul', { a: [6], b: [6, 1] }, {}, 'a');
  });
});
