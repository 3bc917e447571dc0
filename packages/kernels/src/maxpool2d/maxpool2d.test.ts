import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { distinct } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const side = fc.constantFrom(1, 2, 3, 5, 8, 9);

describe('maxpool2d', () => {
  it('matches the reference and its differences, windows apart, touching and overlapping', () =>
    checkOp('maxpool2d', {
      always: [
        { shapes: { x: [2, 3, 8, 6] }, attrs: { kernel: 2, stride: 2 } },
        { shapes: { x: [1, 2, 7, 9] }, attrs: { kernel: 3, stride: 2 } },
        { shapes: { x: [1, 1, 7, 5] }, attrs: { kernel: 2, stride: 3 } },
        { shapes: { x: [2, 1, 7, 5] }, attrs: { kernel: 3, stride: 2, padding: 1 } },
        { shapes: { x: [1, 2, 1, 2] }, attrs: { kernel: 2, stride: 1, padding: 1 } },
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
      draw: (_, { shapes }, random) => distinct(shapes.x!, random),
    }));

  it('refuses empty shapes and windows that do not fit', () => {
    const attrs = { kernel: 2, stride: 2 };
    expectZeroSizesRefused('maxpool2d', { x: [1, 2, 4, 4] }, attrs);
    expectRefusal('maxpool2d', { x: [2, 4, 4] }, attrs, 'x');
    expectRefusal('maxpool2d', { x: [1, 2, 4, 4] }, { kernel: 5, stride: 1 }, 'kernel');
    expectRefusal('maxpool2d', { x: [1, 2, 4, 4] }, { kernel: 2, stride: 0 }, 'stride');
    expectRefusal('maxpool2d', { x: [1, 2, 4, 4] }, { kernel: 3, stride: 1, padding: 2 }, 'padding');
    expectRefusal('maxpool2d_grad', { dy: [1, 2, 3, 2], tap: [1, 2, 3, 2] }, { ...attrs, h: 4, width: 4 }, 'dy');
    expectRefusal('maxpool2d_grad', { dy: [1, 2, 2, 2], tap: [1, 2, 2, 1] }, { ...attrs, h: 4, width: 4 }, 'tap');
  });

  it.each(kinds)('lets NaN win, and the first of equals, on %s', async (kind) => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: low } = Number;
    const windows = [
      [nan, 1, 2, 3],
      [1, 2, nan, 3],
      [5, 5, 5, 5],
      [low, low, low, low],
      [1, inf, 2, inf],
    ];
    const x = { shape: [windows.length, 1, 2, 2], data: Float32Array.from(windows.flat()) };
    const { y, tap } = await runOp(await testDevice(kind), 'maxpool2d', { inputs: { x }, attrs: { kernel: 2, stride: 2 } });
    expect([...y!.data]).toEqual([nan, nan, 5, low, inf]);
    expect([...tap!.data]).toEqual([0, 2, 0, 0, 1]);
  });
});
