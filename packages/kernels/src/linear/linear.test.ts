import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectVariantsAgree } from '../testing/agree.js';
import { checkOp } from '../testing/check-op.js';
import { generator, uniform } from '../testing/draw.js';
import { POISON } from '../testing/guarded.js';
import { clearOf } from '../testing/kinks.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp, variantsFor } from '../testing/run-op.js';
import { linearReference } from './reference.js';

const kinds = await testAdapters();
const size = fc.constantFrom(1, 3, 4, 5, 12, 36);
const problem = (n: number, i: number, o: number, bias: boolean, relu: boolean, storage?: 'f16') => ({
  shapes: { x: [n, i], w: [o, i], ...(bias ? { b: [o] } : {}) },
  attrs: { relu, ...(storage ? { storage } : {}) },
});

describe('linear', () => {
  it('matches the reference and its differences', () =>
    checkOp('linear', {
      always: [
        problem(9, 36, 12, true, true),
        problem(3, 4, 36, false, false),
        problem(17, 40, 4, true, false),
        problem(15, 8, 8, true, true),
        problem(20, 8, 20, true, true),
        problem(5, 7, 3, true, true, 'f16'),
        problem(9, 36, 12, false, false, 'f16'),
        problem(1, 1, 1, false, true, 'f16'),
      ],
      problems: fc.tuple(fc.constantFrom(1, 3, 7, 8, 9), size, size, fc.boolean(), fc.boolean()).map((sizes) => problem(...sizes)),
      draw: (_, { shapes }, random) => uniform(shapes[_]!, random, 2),
      settled: (inputs, { relu }) => !relu || clearOf(linearReference({ inputs, attrs: { relu: false } }).y!),
    }));

  it('refuses empty and clashing shapes', () => {
    expectZeroSizesRefused('linear', { x: [2, 3], w: [4, 3], b: [4] }, { relu: false });
    expectRefusal('linear', { x: [2, 3], w: [3, 4] }, { relu: false }, 'w');
    expectRefusal('linear', { x: [2, 3], w: [4, 3], b: [3] }, { relu: false }, 'b');
    expectRefusal('linear', { x: [2, 3, 1], w: [4, 3] }, { relu: false }, 'x');
    const backward = { x: [2, 3], w: [4, 3], dy: [2, 4] };
    expectRefusal('linear_backward', { ...backward, dy: [4, 2] }, { relu: false, inputGrad: true }, 'dy');
    expectRefusal('linear_backward', { ...backward, y: [4, 2] }, { relu: true, inputGrad: true }, 'y');
  });

  describe.each(kinds)('on %s', (kind) => {
    const random = generator('linear');
    const tensor = (...shape: number[]) => ({ shape, data: uniform(shape, random) });

    it('keeps NaN and infinities through ReLU in every variant', async () => {
      const device = await testDevice(kind);
      const x = Float32Array.of(Number.NaN, 1, 1, 1, Number.POSITIVE_INFINITY, 1, 1, 1, Number.NEGATIVE_INFINITY, 1, 1, 1);
      const inputs = { x: { shape: [3, 4], data: x }, w: { shape: [4, 4], data: new Float32Array(16).fill(1) } };
      for (const variant of variantsFor(device, 'linear', { inputs })) {
        const { y } = await runOp(device, 'linear', { inputs, attrs: { relu: true }, variant });
        expect([y!.data[0], y!.data[4], y!.data[8]], variant).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0]);
      }
    });

    it('takes several tiles both ways in every variant', async () => {
      for (const [n, i, o, variants] of [
        [70, 132, 68, ['naive', 'subgroup', 'tile']],
        [36, 132, 68, ['naive', 'subgroup', 'tile']],
        [131, 67, 33, ['naive', 'tile']],
      ] as const) {
        const [x, w, b, dy] = [tensor(n, i), tensor(o, i), tensor(o), tensor(n, o)];
        const halves = variants.map((name) => `${name}_f16`);
        await expectVariantsAgree(kind, 'linear', { inputs: { x, w, b }, attrs: { relu: true } }, variants);
        await expectVariantsAgree(kind, 'linear', { inputs: { x, w, b }, attrs: { relu: true, storage: 'f16' } }, halves);
        await expectVariantsAgree(
          kind,
          'linear_backward',
          { inputs: { x, w, y: dy, dy }, attrs: { relu: true, inputGrad: true, storage: 'f16' } },
          halves,
        );
        await expectVariantsAgree(
          kind,
          'linear_backward',
          { inputs: { x, w, y: dy, dy }, attrs: { relu: true, inputGrad: true } },
          variants,
        );
      }
    });

    it('leaves dx alone where nobody wants it, and the other gradients as they were', async () => {
      const device = await testDevice(kind);
      const inputs = { x: tensor(9, 12), w: tensor(20, 12), dy: tensor(9, 20) };
      for (const variant of variantsFor(device, 'linear_backward', { inputs })) {
        const run = { inputs, variant };
        const all = await runOp(device, 'linear_backward', { ...run, attrs: { relu: false, inputGrad: true } });
        const some = await runOp(device, 'linear_backward', { ...run, attrs: { relu: false, inputGrad: false }, optional: ['dx'] });
        expect(
          some.dx!.bits.every((bits) => bits === POISON),
          variant,
        ).toBe(true);
        expect([some.dw!.bits, some.db!.bits], variant).toEqual([all.dw!.bits, all.db!.bits]);
      }
    });
  });
});
