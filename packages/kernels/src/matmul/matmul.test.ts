import { coreTraits } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ops } from '../registry.js';
import { expectVariantsAgree } from '../testing/agree.js';
import { checkOp } from '../testing/check-op.js';
import { compare } from '../testing/compare.js';
import { generator, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp, variantsFor } from '../testing/run-op.js';
import { toleranceOf } from '../testing/tolerance.js';
import { matmulReference } from './reference.js';

const kinds = await testAdapters();
const size = fc.constantFrom(1, 2, 3, 4, 5, 8, 13, 16, 17, 20);
const problem = (i: number, j: number, k: number, transposeA: boolean, transposeB: boolean, storage?: 'f16') => ({
  shapes: { a: transposeA ? [k, i] : [i, k], b: transposeB ? [j, k] : [k, j] },
  attrs: { transposeA, transposeB, ...(storage ? { storage } : {}) },
});

describe('matmul', () => {
  it('matches the reference and its differences, transposed or not', () =>
    checkOp('matmul', {
      always: [
        problem(3, 5, 7, false, false),
        problem(20, 36, 8, false, false),
        problem(12, 4, 20, true, false),
        problem(17, 40, 12, false, true),
        problem(20, 8, 4, true, true),
        problem(3, 5, 7, false, false, 'f16'),
        problem(13, 7, 9, true, false, 'f16'),
        problem(8, 9, 17, false, true, 'f16'),
        problem(1, 1, 1, true, true, 'f16'),
      ],
      problems: fc.tuple(size, size, size, fc.boolean(), fc.boolean()).map((sizes) => problem(...sizes)),
    }));

  it('refuses empty, clashing and non-matrix shapes', () => {
    expectZeroSizesRefused('matmul', { a: [2, 3], b: [3, 4] });
    expectRefusal('matmul', { a: [2, 3], b: [4, 3] }, {}, 'b');
    expectRefusal('matmul', { a: [2, 3], b: [3, 4] }, { transposeB: true }, 'b');
    expectRefusal('matmul', { a: [6], b: [6, 1] }, {}, 'a');
  });

  it('chooses tiles on a GPU, registers on a software adapter with subgroups, and else the naive kernel', () => {
    const chosen = (j: number, traits: object): string => {
      const info = (...shape: number[]) => ({ shape, dtype: 'f32' as const, modelStride: 4 * j });
      const tensors = { a: info(4, 4), b: info(4, j), y: info(4, j) };
      return ops.matmul.lower({ attrs: {}, models: 1, traits: { ...coreTraits, ...traits }, tensors })[0]!.program.name;
    };
    const software = { software: true, features: ['subgroups'] };
    expect([chosen(8, {}), chosen(8, { features: ['subgroups'] })]).toEqual(['matmul/forward.tile', 'matmul/forward.tile']);
    expect([chosen(8, software), chosen(7, software)]).toEqual(['matmul/forward.subgroup', 'matmul/forward.ragged']);
    expect(chosen(8, { software: true })).toBe('matmul/forward.naive');
    // Enough blocks for a large GPU.
    expect([chosen(128 * 128, {}), chosen(127 * 128, {}), chosen(128 * 128, software)]).toEqual([
      'matmul/forward.block',
      'matmul/forward.tile',
      'matmul/forward.subgroup',
    ]);
  });

  describe.each(kinds)('on %s', (kind) => {
    it.each([
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])('takes several tiles both ways in every variant, transposed %s and %s', async (transposeA, transposeB) => {
      const device = await testDevice(kind);
      for (const [i, j, k] of [
        [132, 68, 36],
        [67, 131, 33],
        [136, 260, 12],
      ] as const) {
        const { shapes, attrs } = problem(i, j, k, transposeA, transposeB);
        const random = generator(`${shapes.a} ${shapes.b}`);
        const inputs = { a: { shape: shapes.a, data: uniform(shapes.a, random) }, b: { shape: shapes.b, data: uniform(shapes.b, random) } };
        const exact = Object.fromEntries(
          Object.entries(inputs).map(([name, { shape, data }]) => [name, { shape, data: Float64Array.from(data) }]),
        );
        const { y: want } = matmulReference({ inputs: exact, attrs });
        for (const variant of variantsFor(device, 'matmul', { inputs, attrs })) {
          const { y } = await runOp(device, 'matmul', { inputs, attrs, variant });
          compare(`matmul.${variant} on ${kind}`, y!.sum, want!, [i, j], toleranceOf('matmul'));
        }
        await expectVariantsAgree(kind, 'matmul', { inputs, attrs: { ...attrs, storage: 'f16' } }, ['naive_f16', 'ragged_f16', 'tile_f16']);
      }
    });

    it('carries a NaN to its row and an infinity to its column, and no further', async () => {
      const device = await testDevice(kind);
      const [i, j, k] = [20, 36, 20];
      const a = new Float32Array(i * k).fill(1);
      const b = new Float32Array(k * j).fill(1);
      a[3 * k + 19] = Number.NaN;
      b[35] = Number.POSITIVE_INFINITY;
      const inputs = { a: { shape: [i, k], data: a }, b: { shape: [k, j], data: b } };
      const want = Array.from({ length: i * j }, (_, at) =>
        Math.floor(at / j) === 3 ? Number.NaN : at % j === 35 ? Number.POSITIVE_INFINITY : k,
      );
      for (const variant of variantsFor(device, 'matmul', { inputs })) {
        const { y } = await runOp(device, 'matmul', { inputs, variant });
        expect([...y!.data], variant).toEqual(want);
      }
    });
  });
});
