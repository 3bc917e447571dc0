import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { integers, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const problem = (n: number, o: number, smoothing = 0, weighted = false) => ({
  shapes: { logits: [n, o], labels: [n], ...(weighted ? { weights: [n] } : {}) },
  attrs: smoothing > 0 ? { label_smoothing: smoothing } : {},
});

describe('softmax_cross_entropy', () => {
  it('matches the reference and its differences', () =>
    checkOp('softmax_cross_entropy', {
      always: [problem(1, 1), problem(65, 10), problem(13, 10, 0.1), problem(9, 3, 0, true), problem(5, 7, 1, true)],
      problems: fc
        .tuple(fc.constantFrom(1, 3, 8, 13), fc.constantFrom(1, 2, 7, 10, 33), fc.constantFrom(0, 0.1, 0.5), fc.boolean())
        .map((sizes) => problem(...sizes)),
      draw: (name, { shapes }, random) =>
        name === 'labels'
          ? integers(shapes.labels!, random, shapes.logits![1]!)
          : uniform(shapes[name]!, random, name === 'logits' ? 4 : 1).map((value) => (name === 'weights' ? Math.abs(value) : value)),
    }));

  it('refuses empty and clashing shapes', () => {
    expectZeroSizesRefused('softmax_cross_entropy', problem(2, 3).shapes);
    expectZeroSizesRefused('softmax_cross_entropy', problem(2, 3, 0.1, true).shapes, { label_smoothing: 0.1 });
    expectRefusal('softmax_cross_entropy', { logits: [2, 3], labels: [3] }, {}, 'labels');
    expectRefusal('softmax_cross_entropy', { logits: [2, 3], labels: [2], weights: [3] }, {}, 'weights');
    expectRefusal('softmax_cross_entropy', { logits: [2, 3], labels: [2] }, { label_smoothing: -0.1 }, 'label_smoothing');
    expectRefusal('softmax_cross_entropy', { logits: [6], labels: [6] }, {}, 'logits');
  });

  describe.each(kinds)('on %s', (kind) => {
    const run = async (logits: readonly number[], labels: readonly number[]) =>
      runOp(await testDevice(kind), 'softmax_cross_entropy', {
        inputs: {
          logits: { shape: [labels.length, logits.length / labels.length], data: Float32Array.from(logits) },
          labels: { shape: [labels.length], data: Uint32Array.from(labels) },
        },
      });

    it('stays finite for logits of ±1e4', async () => {
      const { rows, dz } = await run([1e4, -1e4, 0, 1e4, -1e4, 0, -1e4, -1e4, -1e4], [0, 1, 2]);
      expect([rows!.data[0], rows!.data[1]]).toEqual([0, 2e4]);
      expect(rows!.data[2]).toBeCloseTo(Math.log(3), 6);
      expect([...dz!.data.slice(0, 6)]).toEqual([0, 0, 0, 1, -1, 0]);
    });

    it('gives the class of an infinite negative logit no share and no gradient', async () => {
      const { rows, dz } = await run([0, Number.NEGATIVE_INFINITY, 0], [0]);
      expect(rows!.data[0]).toBeCloseTo(Math.log(2), 6);
      expect([...dz!.data].map((value) => Number(value.toFixed(6)))).toEqual([-0.5, 0, 0.5]);
    });

    it('turns NaN logits and labels out of range into NaN, their row only', async () => {
      const { rows, dz } = await run([0, Number.NaN, Number.NaN, 0, 0, 0, 0, 0], [0, 0, 2, 1]);
      expect([...rows!.data].map(Number.isNaN)).toEqual([true, true, true, false]);
      expect([...dz!.data].map(Number.isNaN)).toEqual([true, true, true, true, true, true, false, false]);
    });
  });
});
