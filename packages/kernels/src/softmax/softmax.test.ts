import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpName } from '../registry.js';
import { checkOp } from '../testing/check-op.js';
import { uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const names: OpName[] = ['softmax', 'log_softmax'];

describe('softmax', () => {
  it.each(names)('%s matches the reference and its differences', (op) =>
    checkOp(op, {
      always: [{ shapes: { x: [1] } }, { shapes: { x: [3, 65] } }, { shapes: { x: [2, 3, 10] } }, { shapes: { x: [2, 300] } }],
      problems: fc
        .tuple(fc.array(fc.constantFrom(1, 2, 5), { maxLength: 3 }), fc.constantFrom(1, 2, 7, 13, 64, 67))
        .map(([leading, n]) => ({ shapes: { x: [...leading, n] } })),
      runs: 4,
      draw: (_, { shapes }, random) => uniform(shapes.x!, random, 4),
    }),
  );

  it('refuses empty shapes and scalars', () => {
    for (const op of names) {
      expectZeroSizesRefused(op, { x: [2, 3] });
      expectRefusal(op, { x: [] }, {}, 'x');
    }
    expectZeroSizesRefused('softmax_grad', { y: [2, 3], dy: [2, 3] }, { log: false });
    expectRefusal('softmax_grad', { y: [2, 3], dy: [3, 2] }, { log: false }, 'dy');
  });

  describe.each(kinds)('on %s', (kind) => {
    it.each(['serial', 'workgroup'])('treats NaN and infinities as PyTorch, their row only (%s)', async (variant) => {
      const rows = [
        [1, nan, 2],
        [inf, 0, 1],
        [-inf, -inf, -inf],
        [-inf, 1, -inf],
        [1e30, 0, -1e30],
      ];
      const inputs = { x: { shape: [rows.length, 3], data: Float32Array.from(rows.flat()) } };
      const device = await testDevice(kind);
      const none = [nan, nan, nan];
      const { y } = await runOp(device, 'softmax', { inputs, variant });
      expect([...y!.data]).toEqual([none, none, none, [0, 1, 0], [1, 0, 0]].flat());
      const { y: logs } = await runOp(device, 'log_softmax', { inputs, variant });
      const far = [0, -Math.fround(1e30), -2 * Math.fround(1e30)];
      expect([...logs!.data]).toEqual([none, none, none, [-inf, 0, -inf], far].flat());
    });
  });
});
