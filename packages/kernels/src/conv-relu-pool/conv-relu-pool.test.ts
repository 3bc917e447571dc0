import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv2dReference } from '../conv2d/reference.js';
import { checkOp } from '../testing/check-op.js';
import { uniform } from '../testing/draw.js';
import { clearWindows } from '../testing/kinks.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp, variantsFor } from '../testing/run-op.js';

const kinds = await testAdapters();
const problem = (n: number, c: number, k: number, h: number, w: number) => ({ shapes: { x: [n, c, h, w], w: [k, c, 3, 3], b: [k] } });

describe('conv_relu_pool', () => {
  it('matches the reference and its differences in every variant', () =>
    checkOp('conv_relu_pool', {
      always: [problem(2, 8, 16, 6, 4), problem(1, 12, 8, 2, 10), problem(3, 1, 8, 4, 4), problem(2, 4, 16, 4, 2), problem(1, 8, 3, 2, 2)],
      problems: fc
        .tuple(
          fc.constantFrom(1, 2, 3),
          fc.constantFrom(1, 3, 4, 8),
          fc.constantFrom(1, 3, 8, 16),
          fc.constantFrom(2, 4, 6),
          fc.constantFrom(2, 4, 10),
        )
        .map((sizes) => problem(...sizes)),
      draw: (name, { shapes }, random) => uniform(shapes[name]!, random, name === 'x' ? 4 : 1),
      settled(inputs) {
        const conv = conv2dReference({ inputs, attrs: { stride: 1, padding: 1, groups: 1, relu: false } }).y!;
        return clearWindows(conv, inputs.x!.shape[2]!, inputs.x!.shape[3]!);
      },
    }));

  it('refuses empty, odd and clashing shapes', () => {
    const { shapes } = problem(2, 4, 8, 4, 6);
    expectZeroSizesRefused('conv_relu_pool', shapes);
    expectRefusal('conv_relu_pool', { ...shapes, x: [2, 4, 5, 6] }, {}, 'image');
    expectRefusal('conv_relu_pool', { ...shapes, w: [8, 4, 5, 5] }, {}, 'w');
    expectRefusal('conv_relu_pool', { ...shapes, b: [4] }, {}, 'b');
    const pooled = [2, 8, 2, 3];
    expectRefusal('conv_relu_pool_grad_input', { dy: pooled, tap: [2, 8, 3, 2], w: shapes.w }, {}, 'tap');
    expectRefusal('conv_relu_pool_grad_input', { dy: pooled, tap: pooled, w: [4, 4, 3, 3] }, {}, 'w');
    expectRefusal('conv_relu_pool_grad_weight', { dy: pooled, tap: pooled, x: [2, 4, 6, 6] }, {}, 'dy');
    expectRefusal('conv_relu_pool_grad_weight', { dy: pooled, tap: pooled, x: [3, 4, 4, 6] }, {}, 'dy');
  });

  describe.each(kinds)('on %s', (kind) => {
    /** One image of one channel, with a filter that copies it to eight output channels. */
    async function copied(values: readonly number[]): Promise<[string, number[], number[]][]> {
      const device = await testDevice(kind);
      const w = Float32Array.from({ length: 72 }, (_, i) => (i % 9 === 4 ? 1 : 0));
      const x = { shape: [1, 1, 2, values.length / 2], data: Float32Array.from(values) };
      const inputs = { x, w: { shape: [8, 1, 3, 3], data: w }, b: { shape: [8], data: new Float32Array(8) } };
      const runs = variantsFor(device, 'conv_relu_pool', { inputs }).map(async (variant): Promise<[string, number[], number[]]> => {
        const { y, tap } = await runOp(device, 'conv_relu_pool', { inputs, variant });
        return [variant, [...y!.data], [...tap!.data]];
      });
      return Promise.all(runs);
    }

    it('lets NaN win its window', async () => {
      for (const [variant, y] of await copied([Number.NaN, 1, 2, 3])) expect(y, variant).toEqual(new Array(8).fill(Number.NaN));
    });

    it('keeps the first of equal candidates, and cuts 0', async () => {
      const flat = [1, 1, 0, 0, 0, 2, 1, 1, 0, -1, 2, 0]; // windows 1 1 1 1, 0 0 0 -1 and 0 2 2 0
      for (const [variant, y, tap] of await copied(flat)) {
        expect(y.slice(0, 3), variant).toEqual([1, 0, 2]);
        expect(tap.slice(0, 3), variant).toEqual([0, 4, 1]);
      }
    });
  });
});
