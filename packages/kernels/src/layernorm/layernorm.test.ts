import { MAX_WORKGROUPS } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
/** Rows of one or two elements have a gradient of the order of eps: only a large eps keeps it from cancelling to noise. */
const problem = (x: readonly number[]) => {
  const c = x[x.length - 1]!;
  return { shapes: { x, weight: [c], bias: [c] }, attrs: { eps: c < 3 ? 0.25 : 1e-5 } };
};

describe('layernorm', () => {
  it('matches the reference and its differences', () =>
    checkOp('layernorm', {
      always: [problem([5]), problem([67, 16]), problem([2, 3, 65]), problem([3, 131])],
      problems: fc
        .tuple(fc.array(fc.constantFrom(1, 2, 3, 7), { maxLength: 3 }), fc.constantFrom(1, 2, 4, 13, 64))
        .map(([leading, c]) => problem([...leading, c])),
    }));

  it('refuses empty and clashing shapes', () => {
    const { shapes, attrs } = problem([2, 3, 4]);
    expectZeroSizesRefused('layernorm', shapes, attrs);
    expectRefusal('layernorm', { ...shapes, x: [] }, attrs, 'x');
    expectRefusal('layernorm', { ...shapes, weight: [3] }, attrs, 'weight');
    expectRefusal('layernorm', { ...shapes, bias: [1, 4] }, attrs, 'bias');
    expectZeroSizesRefused('layernorm_grad_input', { dy: [2, 3], x: [2, 3], weight: [3], stats: [2, 2] });
    expectRefusal('layernorm_grad_input', { dy: [3, 2], x: [2, 3], weight: [3], stats: [2, 2] }, {}, 'dy');
    expectZeroSizesRefused('layernorm_grad_weight', { dy: [2, 3], x: [2, 3], stats: [2, 2] });
    expectRefusal('layernorm_grad_weight', { dy: [2, 3], x: [2, 3], stats: [3, 2] }, {}, 'stats');
  });

  describe.each(kinds)('on %s', (kind) => {
    const run = async (x: number[], c: number, variant = 'naive') =>
      runOp(await testDevice(kind), 'layernorm', {
        inputs: {
          x: { shape: [x.length / c, c], data: Float32Array.from(x) },
          weight: { shape: [c], data: new Float32Array(c).fill(1) },
          bias: { shape: [c], data: new Float32Array(c) },
        },
        attrs: { eps: 1e-5 },
        variant,
      });

    it.each(['naive', 'workgroup'])('turns a row with NaN or infinity into NaN, its row only, as PyTorch, in %s', async (variant) => {
      const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
      const { y } = await run([1, nan, 2, inf, 1, 2, -inf, 1, inf, 3, 4, 5], 3, variant);
      expect([...y!.data].map(Number.isNaN)).toEqual([...new Array(9).fill(true), false, false, false]);
    });

    // SwiftShader takes .4 ms for a workgroup with barriers: half a minute here.
    it.skipIf(kind === 'swiftshader')('folds more rows than a dispatch has workgroups a dimension', async () => {
      const rows = MAX_WORKGROUPS + 3;
      const x = Array.from({ length: 2 * rows }, (_, i) => (i % 2) * (1 + (i % 3)));
      const { y } = await run(x, 2, 'workgroup');
      const wrong = y!.data.findIndex((value, i) => Math.abs(value - (i % 2 ? 1 : -1)) > 1e-3);
      expect(wrong).toBe(-1);
    });

    it('gives 0 for a constant row and keeps a small spread on a large mean', async () => {
      const { y } = await run([7, 7, 7, 7, 4096, 4097, 4096, 4097], 4);
      expect([...y!.data.slice(0, 4)]).toEqual([0, 0, 0, 0]);
      for (const [i, sign] of [-1, 1, -1, 1].entries()) expect(y!.data[4 + i]).toBeCloseTo(sign / Math.sqrt(1 + 4e-5), 6);
    });
  });
});
