import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { batchParams } from './batch.js';

type Batch = readonly (readonly [number, number])[];
/** A batch axis of a and of b. */
const axis = fc.constantFrom([1, 1], [1, 3], [2, 1], [2, 2], [3, 3]) as fc.Arbitrary<readonly [number, number]>;
const size = fc.constantFrom(1, 3, 4, 5, 12, 17);
const problem = (batch: Batch, i: number, j: number, k: number, transposeA = false, transposeB = false, summed = 0) => ({
  shapes: {
    a: [...batch.map(([a]) => a), ...(transposeA ? [k, i] : [i, k])],
    b: [...batch.map(([, b]) => b), ...(transposeB ? [j, k] : [k, j])],
  },
  attrs: { transposeA, transposeB, summed },
});

const half = ({ shapes, attrs }: ReturnType<typeof problem>) => ({ shapes, attrs: { ...attrs, storage: 'f16' } });

describe('batched_matmul', () => {
  it('matches the reference and its differences, broadcast, transposed or summed', () =>
    checkOp('batched_matmul', {
      always: [
        problem([[2, 2]], 5, 7, 3),
        problem([[3, 1]], 4, 8, 4),
        problem(
          [
            [2, 1],
            [1, 2],
            [2, 2],
          ],
          4,
          4,
          8,
          true,
          true,
        ),
        half(problem([[3, 1]], 3, 5, 7)),
        half(problem([[2, 2]], 5, 3, 3, true, true, 1)),
        problem(
          [
            [2, 2],
            [3, 3],
          ],
          4,
          36,
          4,
          false,
          true,
          1,
        ),
      ],
      problems: fc
        .tuple(fc.array(axis, { minLength: 1, maxLength: 3 }), size, size, size, fc.boolean(), fc.boolean(), fc.constantFrom(0, 0, 1))
        .map((sizes) => problem(...sizes)),
    }));

  it('merges neighbours that broadcast alike', () => {
    const axes = (a: number[], b: number[], summed = 0) => batchParams('batched_matmul', [...a, 2, 3], [...b, 3, 4], summed);
    expect(axes([2, 3, 5], [2, 3, 5])).toMatchObject({ batches: 30, batch1: 1, batch2: 30, a_batch2: 6, b_batch2: 12, terms: 1 });
    expect(axes([2, 1, 5], [1, 3, 5])).toMatchObject({ batches: 30, a_batch0: 30, b_batch0: 0, a_batch1: 0, b_batch1: 60, a_batch2: 6 });
    expect(axes([2, 3, 5], [2, 3, 5], 0b001)).toMatchObject({ batches: 15, terms: 2, a_term1: 90, b_term1: 180 });
    expect(() => axes([2, 1, 2, 1], [1, 2, 1, 2])).toThrow(/neighbours/);
  });

  it('refuses empty, clashing and non-batched shapes', () => {
    const attrs = { transposeA: false, transposeB: false, summed: 0 };
    expectZeroSizesRefused('batched_matmul', { a: [2, 2, 3], b: [2, 3, 4] }, attrs);
    expectRefusal('batched_matmul', { a: [2, 2, 3], b: [2, 4, 3] }, attrs, 'b');
    expectRefusal('batched_matmul', { a: [2, 2, 3], b: [3, 3, 4] }, attrs, 'shapes');
    expectRefusal('batched_matmul', { a: [2, 2, 3], b: [3, 4] }, attrs, 'b');
    expectRefusal('batched_matmul', { a: [2, 3], b: [3, 4] }, attrs, 'a');
  });
});
