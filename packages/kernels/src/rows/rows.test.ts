import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { generator, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();

describe('rows', () => {
  it('mean matches the reference and its differences', () =>
    checkOp('mean', {
      always: [{ shapes: { x: [1] } }, { shapes: { x: [64] } }, { shapes: { x: [131] } }],
      problems: fc.integer({ min: 1, max: 300 }).map((size) => ({ shapes: { x: [size] } })),
    }));

  it('refuses empty and clashing shapes', () => {
    expectZeroSizesRefused('mean', { x: [2, 3] });
    expectZeroSizesRefused('sum_parts', { x: [2, 3] }, { parts: 2 });
    expectRefusal('mean_grad', { dy: [1] }, { size: 3 }, 'dy');
  });

  it.each(kinds)('sum_parts adds the parts in order on %s', async (kind) => {
    const [shape, parts] = [[5, 13], 3];
    const data = uniform([parts * 65], generator('sum_parts'));
    const device = await testDevice(kind);
    const expected = Float32Array.from({ length: 65 }, (_, i) => Math.fround(Math.fround(data[i]! + data[65 + i]!) + data[130 + i]!));
    const { y } = await runOp(device, 'sum_parts', { inputs: { x: { shape, data } }, attrs: { parts }, parts: { x: parts } });
    expect(y!.data).toEqual(expected);
  });
});
