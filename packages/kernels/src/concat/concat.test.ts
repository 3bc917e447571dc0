import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';

const size = fc.constantFrom(1, 2, 3, 5, 7);

describe('concat', () => {
  it('matches the reference and its differences', () =>
    checkOp('concat', {
      always: [
        { shapes: { a: [1], b: [65] }, attrs: { axis: 0 } },
        { shapes: { a: [2, 3, 4], b: [2, 5, 4] }, attrs: { axis: 1 } },
        { shapes: { a: [2, 3], b: [2, 4] }, attrs: { axis: -1 } },
      ],
      problems: fc.tuple(fc.array(size, { minLength: 1, maxLength: 4 }), fc.nat(3), size, fc.boolean()).map(([a, at, other, right]) => {
        const axis = at % a.length;
        return { shapes: { a, b: a.with(axis, other) }, attrs: { axis: right ? axis - a.length : axis } };
      }),
    }));

  it('refuses empty and clashing shapes, and axes that are not there', () => {
    expectZeroSizesRefused('concat', { a: [2, 3], b: [2, 4] }, { axis: 1 });
    expectRefusal('concat', { a: [2, 3], b: [3, 4] }, { axis: 1 }, 'b');
    expectRefusal('concat', { a: [2, 3], b: [2] }, { axis: 1 }, 'b');
    expectRefusal('concat', { a: [2, 3], b: [2, 3] }, { axis: 2 }, 'axis');
    expectRefusal('concat', { a: [], b: [] }, { axis: 0 }, 'axis');
  });
});
