import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';

describe('mse', () => {
  it('matches the reference and its differences', () =>
    checkOp('mse', {
      always: [{ shapes: { pred: [1, 1], labels: [1, 1] } }, { shapes: { pred: [65, 3], labels: [65, 3] } }],
      problems: fc
        .array(fc.constantFrom(1, 2, 5, 7, 13), { minLength: 2, maxLength: 2 })
        .map((pred) => ({ shapes: { pred, labels: pred } })),
    }));

  it('refuses empty and unequal shapes', () => {
    expectZeroSizesRefused('mse', { pred: [2, 3], labels: [2, 3] });
    expectRefusal('mse', { pred: [2, 3], labels: [2] }, {}, 'labels');
    expectRefusal('mse', { pred: [6], labels: [6] }, {}, 'pred');
    expectZeroSizesRefused('scale_rows', { x: [2, 3], scale: [2] });
    expectRefusal('scale_rows', { x: [2, 3], scale: [3] }, {}, 'scale');
  });
});
