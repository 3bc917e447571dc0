import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { generator, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();

describe('rows', () => {
  it('scale_rows matches the reference and its differences', () =>
    checkOp('scale_rows', {
      always: [{ shapes: { x: [5, 13], scale: [5] } }],
      problems: fc.tuple(fc.constantFrom(1, 3, 8), fc.constantFrom(1, 7, 65)).map(([n, o]) => ({ shapes: { x: [n, o], scale: [n] } })),
      runs: 3,
    }));

  it('refuses empty and clashing shapes', () => {
    expectZeroSizesRefused('sum_parts', { x: [2, 3] }, { parts: 2 });
    expectZeroSizesRefused('scale_rows', { x: [2, 3], scale: [2] });
    expectRefusal('scale_rows', { x: [2, 3], scale: [3] }, {}, 'scale');
  });

  it.each(kinds)('sum_parts adds the parts in order on %s', async (kind) => {
    const [shape, parts, models] = [[5, 13], 3, 2];
    const data = uniform([models, parts, 65], generator('sum_parts'));
    const at = (model: number, part: number, i: number): number => data[(model * parts + part) * 65 + i]!;
    const expected = Float32Array.from({ length: models * 65 }, (_, j) => {
      const [model, i] = [Math.floor(j / 65), j % 65];
      return Math.fround(at(model, 0, i) + at(model, 1, i)) + at(model, 2, i);
    });
    const run = { inputs: { x: { shape, data } }, attrs: { parts }, parts: { x: parts }, models };
    const { y } = await runOp(await testDevice(kind), 'sum_parts', run);
    expect(y!.data).toEqual(expected);
  });
});
