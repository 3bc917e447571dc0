import { MAX_WORKGROUPS } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attrs } from '../op.js';
import type { OpName } from '../registry.js';
import { checkOp } from '../testing/check-op.js';
import { distinct } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const shape = fc.array(fc.constantFrom(1, 2, 3, 5, 7), { maxLength: 6 }).filter((x) => x.reduce((a: number, b) => a * b, 1) <= 400);

/** Any subset of the axes, some counted from the right. */
const problem = fc
  .tuple(shape, fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }), fc.boolean(), fc.boolean())
  .map(([x, picked, right, keepdim]) => ({
    shapes: { x },
    attrs: {
      axes: x.flatMap((_, axis) => (picked[axis] ? [right ? axis - x.length : axis] : [])).join(),
      keepdim,
    } as Attrs,
  }));

const always = [
  { shapes: { x: [1] } },
  { shapes: { x: [] } },
  { shapes: { x: [131] } },
  { shapes: { x: [2, 3] } },
  { shapes: { x: [2, 3, 2, 3, 2, 3] }, attrs: { axes: '0,2,4' } },
  { shapes: { x: [2, 3, 2, 3, 2, 3] }, attrs: { axes: '1,-3,5', keepdim: true } },
  { shapes: { x: [3, 70, 2] }, attrs: { axes: '1' } },
];

describe('reduce', () => {
  it.each<OpName>(['sum', 'mean'])('%s matches the reference and its differences', (op) =>
    checkOp(op, { always, problems: problem, runs: 4 }),
  );

  it.each<OpName>(['max', 'argmax'])('%s matches the reference and its differences', (op) =>
    checkOp(op, { always, problems: problem, runs: 4, draw: (_, { shapes }, random) => distinct(shapes.x!, random) }),
  );

  it('sum_to matches the reference and its differences', () =>
    checkOp('sum_to', {
      always: [
        { shapes: { x: [4, 3] }, attrs: { shape: '' } },
        { shapes: { x: [4, 3] }, attrs: { shape: '4,3' } },
        { shapes: { x: [70, 2, 3] }, attrs: { shape: '1,3' } },
        { shapes: { x: [2, 3, 2, 3] }, attrs: { shape: '1,3,1,3' } },
      ],
    }));

  it('refuses empty shapes and axes that are not there', () => {
    for (const op of ['sum', 'mean', 'max', 'argmax'] as const) {
      expectZeroSizesRefused(op, { x: [2, 3] }, { axes: '0' });
      expectRefusal(op, { x: [2, 3] }, { axes: '2' }, 'axis');
      expectRefusal(op, { x: [2, 3] }, { axes: '0,-2' }, 'axes');
      expectRefusal(op, { x: [2, 3] }, { axes: '0.5' }, 'axes');
      expectRefusal(op, { x: [1, 1, 1, 1, 1, 1, 1] }, {}, 'x');
    }
    expectRefusal('sum_to', { x: [2, 3] }, { shape: '2' }, 'shape');
    expectZeroSizesRefused('sum_grad', { dy: [3] }, { shape: '2,3', reduced: '0', divisor: 1 });
    expectRefusal('sum_grad', { dy: [2] }, { shape: '2,3', reduced: '0', divisor: 1 }, 'dy');
    expectRefusal('max_grad', { dy: [3], index: [4] }, { shape: '2,3', reduced: '0' }, 'index');
  });

  it('keeps the shape of x in the gradient of a mean over all axes', () =>
    checkOp('mean', { always: [{ shapes: { x: [3, 4, 5] } }, { shapes: { x: [300, 2] } }] }));

  describe.each(kinds)('on %s', (kind) => {
    it.each(['serial', 'workgroup'])('max lets NaN win, and the first of equals (%s)', async (variant) => {
      const rows = [
        [nan, 1, 2, nan],
        [1, 2, nan, 3],
        [5, 5, 5, 5],
        [-inf, -inf, -inf, -inf],
        [1, inf, 2, inf],
        [-0, 0, -1, 0],
      ];
      const x = { shape: [rows.length, 4], data: Float32Array.from(rows.flat()) };
      const { y, index } = await runOp(await testDevice(kind), 'max', { inputs: { x }, attrs: { axes: '1' }, variant });
      expect([...y!.data].map((value) => value + 0)).toEqual([nan, nan, 5, -inf, inf, 0]);
      expect([...index!.data]).toEqual([0, 2, 0, 0, 1, 0]);
    });

    it('sums NaN and infinities as PyTorch', async () => {
      const x = { shape: [3, 2], data: Float32Array.of(nan, 1, inf, 1, inf, -inf) };
      const { y } = await runOp(await testDevice(kind), 'sum', { inputs: { x }, attrs: { axes: '1' } });
      expect([...y!.data]).toEqual([nan, inf, nan]);
    });

    it('adds a million terms in a tree: the error stays that of a few', async () => {
      const size = 1_000_003;
      const x = { shape: [size], data: Float32Array.from({ length: size }, (_, i) => 1 + (i % 7) / 8) };
      const want = x.data.reduce((total, value) => total + value, 0);
      const { y } = await runOp(await testDevice(kind), 'sum', { inputs: { x } });
      // 15,626 terms an invocation: √15,626 · 2⁻²⁴ ≈ 7e-6 of the sum.
      expect(Math.abs(y!.data[0]! / want - 1)).toBeLessThan(7e-6);
    });

    // The fold is the same on all; SwiftShader takes 9 s for so many barriers.
    it.skipIf(kind === 'swiftshader')('folds outputs beyond 65,535 workgroups', async () => {
      const rows = MAX_WORKGROUPS + 3;
      const x = { shape: [rows, 2], data: Float32Array.from({ length: 2 * rows }, (_, i) => i % 1000) };
      const { y } = await runOp(await testDevice(kind), 'sum', { inputs: { x }, attrs: { axes: '1' }, variant: 'workgroup' });
      expect(y!.data.findIndex((value, row) => value !== x.data[2 * row]! + x.data[2 * row + 1]!)).toBe(-1);
    });
  });
});
