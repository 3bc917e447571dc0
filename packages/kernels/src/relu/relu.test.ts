import { MAX_WORKGROUPS } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { distinct } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const shape = fc.array(fc.constantFrom(1, 2, 3, 7, 13), { maxLength: 4 });

describe('relu', () => {
  it('matches the reference and its differences', () =>
    checkOp('relu', {
      always: [{ shapes: { x: [] } }, { shapes: { x: [64] } }, { shapes: { x: [65] } }, { shapes: { x: [65] }, attrs: { storage: 'f16' } }],
      problems: shape.map((x) => ({ shapes: { x } })),
      draw: (_, { shapes }, random) => distinct(shapes.x!, random),
    }));

  it('refuses empty and unequal shapes', () => {
    expectZeroSizesRefused('relu', { x: [3, 5] });
    expectZeroSizesRefused('relu_grad', { y: [3, 5], dy: [3, 5] });
    expectRefusal('relu_grad', { y: [3, 5], dy: [5, 3] }, {}, 'dy');
  });

  describe.each(kinds)('on %s', (kind) => {
    it('keeps NaN and infinities', async () => {
      const x = Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, 0, 2);
      const { y } = await runOp(await testDevice(kind), 'relu', { inputs: { x: { shape: [6], data: x } } });
      expect([...y!.data]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0, 0, 0, 2]);
    });

    it('has gradient 0 at 0, as PyTorch', async () => {
      const inputs = { y: { shape: [3], data: Float32Array.of(0, 1, 0) }, dy: { shape: [3], data: Float32Array.of(3, 4, -5) } };
      const { dx } = await runOp(await testDevice(kind), 'relu_grad', { inputs });
      expect([...dx!.data]).toEqual([0, 4, 0]);
    });

    it('folds a dispatch beyond 65,535 workgroups', async () => {
      const size = 64 * (MAX_WORKGROUPS + 3) + 5;
      const x = Float32Array.from({ length: size }, (_, i) => (i % 3) - 1);
      const { y } = await runOp(await testDevice(kind), 'relu', { inputs: { x: { shape: [size], data: x } } });
      const wrong = y!.data.findIndex((value, i) => value !== Math.max(x[i]!, 0));
      expect(wrong).toBe(-1);
    });
  });
});
