import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const side = fc.constantFrom(1, 2, 3, 5, 8, 9);

describe('avgpool2d', () => {
  it('matches the reference and its differences, windows apart, touching, overlapping and padded', () =>
    checkOp('avgpool2d', {
      always: [
        { shapes: { x: [2, 3, 8, 6] }, attrs: { kernel: 2, stride: 2, padding: 0 } },
        { shapes: { x: [1, 2, 7, 9] }, attrs: { kernel: 3, stride: 2, padding: 1 } },
        { shapes: { x: [1, 1, 7, 5] }, attrs: { kernel: 2, stride: 3, padding: 1 } },
      ],
      problems: fc
        .tuple(
          fc.constantFrom(1, 2),
          fc.constantFrom(1, 3),
          side,
          side,
          fc.constantFrom(1, 2, 3),
          fc.constantFrom(1, 2, 3),
          fc.constantFrom(0, 1),
        )
        .filter(([, , h, w, kernel, , padding]) => 2 * padding <= kernel && kernel <= Math.min(h, w) + 2 * padding)
        .map(([n, c, h, w, kernel, stride, padding]) => ({ shapes: { x: [n, c, h, w] }, attrs: { kernel, stride, padding } })),
    }));

  it('refuses empty shapes and windows that do not fit', () => {
    const attrs = { kernel: 2, stride: 2, padding: 0 };
    expectZeroSizesRefused('avgpool2d', { x: [1, 2, 4, 4] }, attrs);
    expectRefusal('avgpool2d', { x: [2, 4, 4] }, attrs, 'x');
    expectRefusal('avgpool2d', { x: [1, 2, 4, 4] }, { ...attrs, kernel: 5 }, 'kernel');
    expectRefusal('avgpool2d', { x: [1, 2, 4, 4] }, { ...attrs, stride: 0 }, 'stride');
    expectRefusal('avgpool2d', { x: [1, 2, 4, 4] }, { ...attrs, padding: 2 }, 'padding');
    expectRefusal('avgpool2d_grad', { dy: [1, 2, 3, 2] }, { ...attrs, h: 4, width: 4 }, 'dy');
    expectZeroSizesRefused('avgpool2d_grad', { dy: [1, 2, 2, 2] }, { ...attrs, h: 4, width: 4 });
  });

  it.each(kinds)('spreads NaN and infinity over their windows only, on %s', async (kind) => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const x = { shape: [1, 1, 2, 8], data: Float32Array.of(nan, 1, inf, 1, inf, -inf, 1, 2, 1, 1, 1, 1, 1, 1, 3, 4) };
    const { y } = await runOp(await testDevice(kind), 'avgpool2d', { inputs: { x }, attrs: { kernel: 2, stride: 2, padding: 0 } });
    expect([...y!.data]).toEqual([nan, inf, nan, 2.5]);
  });
});
