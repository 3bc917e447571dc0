import fc from 'fast-check';
import { describe, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';

const problem = fc
  .array(fc.constantFrom(1, 2, 3, 5), { maxLength: 6 })
  .filter((x) => x.reduce((a: number, b) => a * b, 1) <= 400)
  .chain((x) =>
    fc.shuffledSubarray([...x.keys()], { minLength: x.length }).map((order) => ({ shapes: { x }, attrs: { order: order.join() } })),
  );

describe('permute', () => {
  it('matches the reference and its differences', () =>
    checkOp('permute', {
      always: [
        { shapes: { x: [] }, attrs: { order: '' } },
        { shapes: { x: [5, 13] }, attrs: { order: '1,0' } },
        { shapes: { x: [2, 3, 2, 3, 2, 3] }, attrs: { order: '5,3,1,0,2,4' } },
        { shapes: { x: [2, 3, 4] }, attrs: { order: '-1,0,-2' } },
      ],
      problems: problem,
    }));

  it('refuses empty shapes and orders that are none', () => {
    expectZeroSizesRefused('permute', { x: [2, 3] }, { order: '1,0' });
    expectRefusal('permute', { x: [2, 3] }, { order: '0,0' }, 'order');
    expectRefusal('permute', { x: [2, 3] }, { order: '0' }, 'order');
    expectRefusal('permute', { x: [2, 3] }, { order: '0,2' }, 'axis');
    expectRefusal('permute', { x: [1, 1, 1, 1, 1, 1, 1] }, { order: '' }, 'x');
  });
});
