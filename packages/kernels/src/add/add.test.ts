import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';

describe('add', () => {
  it('matches the reference and its differences', () =>
    checkOp('add', {
      always: [{ shapes: { a: [], b: [] } }, { shapes: { a: [65], b: [65] } }],
      problems: fc.array(fc.constantFrom(1, 2, 3, 7, 13), { maxLength: 4 }).map((a) => ({ shapes: { a, b: a } })),
    }));

  it('refuses empty and unequal shapes', () => {
    expectZeroSizesRefused('add', { a: [2, 3], b: [2, 3] });
    expectRefusal('add', { a: [2, 3], b: [3] }, {}, 'b');
  });
});
