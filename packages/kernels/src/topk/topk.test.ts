import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { distinct, generator } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';
import { sortedPlaces } from './reference.js';

const kinds = await testAdapters();
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const leading = fc.array(fc.constantFrom(1, 2, 3), { maxLength: 2 });
const row = fc.constantFrom(1, 2, 3, 7, 16, 33, 100);
const draw = (_: string, { shapes }: { shapes: Readonly<Record<string, readonly number[]>> }, random: () => number) =>
  distinct(shapes.x!, random);

describe('topk', () => {
  it('matches the reference and its differences', () =>
    checkOp('topk', {
      always: [
        { shapes: { x: [1] }, attrs: { k: 1, largest: true } },
        { shapes: { x: [2, 3, 70] }, attrs: { k: 5, largest: false } },
        { shapes: { x: [3, 401] }, attrs: { k: 401, largest: true } },
      ],
      problems: fc
        .tuple(leading, row, fc.nat(99), fc.boolean())
        .map(([first, n, k, largest]) => ({ shapes: { x: [...first, n] }, attrs: { k: 1 + (k % n), largest } })),
      runs: 4,
      draw,
    }));

  it('argsort matches the reference, with equal elements in the order of their places', () =>
    checkOp('argsort', {
      always: [
        { shapes: { x: [1] }, attrs: { descending: false } },
        { shapes: { x: [3, 700] }, attrs: { descending: true } },
        { shapes: { x: [2, 2100] }, attrs: { descending: false } },
      ],
      problems: fc
        .tuple(leading, row, fc.boolean())
        .map(([first, n, descending]) => ({ shapes: { x: [...first, n] }, attrs: { descending } })),
      runs: 4,
      draw: (...given) => draw(...given).map((value) => Math.round(value * 5) / 5),
    }));

  it('refuses empty shapes, scalars and a k that is too large', () => {
    expectZeroSizesRefused('topk', { x: [2, 3] }, { k: 1, largest: true });
    expectZeroSizesRefused('argsort', { x: [2, 3] }, { descending: false });
    expectRefusal('topk', { x: [] }, { k: 1, largest: true }, 'x');
    expectRefusal('argsort', { x: [] }, { descending: false }, 'x');
    expectRefusal('topk', { x: [2, 3] }, { k: 4, largest: true }, 'k');
    expectRefusal('topk', { x: [2, 3] }, { k: 0, largest: true }, 'k');
    expectZeroSizesRefused('topk_grad', { dy: [2, 3], index: [2, 3] }, { n: 5 });
    expectRefusal('topk_grad', { dy: [2, 3], index: [2, 4] }, { n: 5 }, 'index');
  });

  describe.each(kinds)('on %s', (kind) => {
    it('orders NaN above infinity, zeros as equal, denormals apart', async () => {
      const values = [3, nan, -inf, 0, -0, inf, -nan, -1e-40, 1e-40, -2, 2e-40];
      const x = { shape: [values.length], data: Float32Array.from(values) };
      const device = await testDevice(kind);
      const { index } = await runOp(device, 'argsort', { inputs: { x }, attrs: { descending: false } });
      expect([...index!.data]).toEqual([2, 9, 7, 3, 4, 8, 10, 0, 5, 1, 6]);
      const { index: down } = await runOp(device, 'argsort', { inputs: { x }, attrs: { descending: true } });
      expect([...down!.data]).toEqual([1, 6, 5, 0, 10, 8, 3, 4, 7, 9, 2]);
      const { y, index: top } = await runOp(device, 'topk', { inputs: { x }, attrs: { k: 4, largest: true } });
      expect([...y!.data]).toEqual([nan, nan, inf, 3]);
      expect([...top!.data]).toEqual([1, 6, 5, 0]);
    });

    it('sorts rows of 65,536 and 70,000 with many equals, stably', async () => {
      for (const n of [65_536, 70_000]) {
        const random = generator(`argsort ${n}`);
        const data = Float32Array.from({ length: n }, () => Math.floor(random() * 5000) / 8 - 300);
        const { index } = await runOp(await testDevice(kind), 'argsort', {
          inputs: { x: { shape: [n], data } },
          attrs: { descending: true },
        });
        expect(index!.data).toEqual(Uint32Array.from(sortedPlaces(Float64Array.from(data), true)));
      }
    });
  });
});
