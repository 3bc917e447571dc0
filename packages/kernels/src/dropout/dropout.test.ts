import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { generator, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';
import { type DropoutAttrs, dropoutConstants } from './descriptor.js';
import { dropoutMask } from './reference.js';

const kinds = await testAdapters();
const shapes = (x: readonly number[]) => ({ x, state: [4], seeds: [1] });
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

describe('dropout', () => {
  it('matches the reference and its differences', () =>
    checkOp('dropout', {
      always: [
        { shapes: shapes([]), attrs: { p: 0.5, layer: 0 } },
        { shapes: shapes([5, 13]), attrs: { p: 0.1, layer: 3 } },
        { shapes: shapes([129]), attrs: { p: 0, layer: 0 } },
        { shapes: shapes([129]), attrs: { p: 1, layer: 0 } },
      ],
      problems: fc
        .tuple(fc.array(fc.constantFrom(1, 2, 7, 13), { maxLength: 3 }), fc.constantFrom(0.2, 0.5, 0.9), fc.nat(9))
        .map(([x, p, layer]) => ({ shapes: shapes(x), attrs: { p, layer } })),
      draw: (name, problem, random) =>
        name === 'x'
          ? uniform(problem.shapes.x!, random)
          : Uint32Array.from({ length: problem.shapes[name]![0]! }, () => Math.floor(random() * 2 ** 32)),
    }));

  it('refuses empty shapes and probabilities outside 0 … 1', () => {
    expectZeroSizesRefused('dropout', shapes([2, 3]), { p: 0.5, layer: 0 });
    expectRefusal('dropout', { ...shapes([2]), seeds: [2] }, { p: 0.5, layer: 0 }, 'seeds');
    expectRefusal('dropout', { ...shapes([2]), state: [] }, { p: 0.5, layer: 0 }, 'state');
    for (const p of [-0.1, 1.5, nan]) expectRefusal('dropout', shapes([2]), { p, layer: 0 }, 'p');
    expectRefusal('dropout', shapes([2]), { p: 0.5, layer: -1 }, 'layer');
  });

  describe.each(kinds)('on %s', (kind) => {
    const run = async (x: Float32Array, seed: number, step: number, attrs: DropoutAttrs) => {
      const inputs = {
        x: { shape: [x.length], data: x },
        state: { shape: [1], data: Uint32Array.of(step) },
        seeds: { shape: [1], data: Uint32Array.of(seed) },
      };
      const { bits } = (await runOp(await testDevice(kind), 'dropout', { inputs, attrs })).y!;
      return new Float32Array(bits.buffer, bits.byteOffset, bits.length);
    };

    it('equals its CPU twin bit for bit', async () => {
      const x = uniform([1001], generator('dropout'));
      for (const [seed, step, layer, p] of [
        [0, 0, 0, 0.5],
        [0xffffffff, 0x80000001, 7, 0.3],
      ] as const) {
        const mask = dropoutMask(x.length, seed, step, { p, layer });
        const want = x.map((value, i) => value * mask[i]!);
        expect(await run(x, seed, step, { p, layer })).toEqual(want);
      }
    });

    it('drops a share p, differently in every step, layer and seed', async () => {
      const x = new Float32Array(100_000).fill(1);
      const [p, n] = [0.3, 100_000];
      const runs: Float32Array[] = [];
      for (const [seed, step, layer] of [
        [1, 0, 0],
        [1, 1, 0],
        [1, 0, 1],
        [2, 0, 0],
      ] as const)
        runs.push(await run(x, seed, step, { p, layer }));
      const { scale } = dropoutConstants({ p, layer: 0 });
      for (const y of runs) {
        const dropped = y.filter((value) => value === 0).length;
        expect(y.every((value) => value === 0 || value === scale)).toBe(true);
        // 5 standard deviations: a chance of 6e-7 a run.
        expect(Math.abs(dropped - p * n)).toBeLessThan(5 * Math.sqrt(n * p * (1 - p)));
      }
      for (let a = 0; a < runs.length; a++)
        for (let b = 0; b < a; b++) {
          const both = runs[a]!.filter((value, i) => value === 0 && runs[b]![i] === 0).length;
          expect(Math.abs(both - p * p * n)).toBeLessThan(5 * Math.sqrt(n * p * p * (1 - p * p)));
        }
    });

    it('keeps NaN and infinities in sight', async () => {
      const x = Float32Array.of(nan, inf, -inf, nan);
      expect([...(await run(x, 1, 2, { p: 0, layer: 0 }))]).toEqual([nan, inf, -inf, nan]);
      expect([...(await run(x, 1, 2, { p: 1, layer: 0 }))]).toEqual([nan, nan, nan, nan]);
    });
  });
});
