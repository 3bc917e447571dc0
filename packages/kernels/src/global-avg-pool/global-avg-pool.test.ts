import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const side = fc.constantFrom(1, 2, 3, 7, 13);

describe('global_avg_pool', () => {
  it('matches the reference and its differences', () =>
    checkOp('global_avg_pool', {
      always: [{ shapes: { x: [1, 1, 1, 1] } }, { shapes: { x: [13, 5, 2, 3] } }],
      problems: fc.tuple(fc.constantFrom(1, 2), fc.constantFrom(1, 3), side, side).map((x) => ({ shapes: { x } })),
    }));

  it('refuses empty shapes', () => {
    expectZeroSizesRefused('global_avg_pool', { x: [2, 3, 4, 5] });
    expectRefusal('global_avg_pool', { x: [2, 3, 4] }, {}, 'x');
    expectZeroSizesRefused('global_avg_pool_grad', { dy: [2, 3] }, { h: 4, width: 5 });
    expectRefusal('global_avg_pool_grad', { dy: [2, 3] }, { h: 0, width: 5 }, 'dx');
  });

  it.each(kinds)('spreads NaN and infinity over their plane only, on %s', async (kind) => {
    const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
    const x = { shape: [1, 4, 1, 2], data: Float32Array.of(nan, 1, inf, 1, inf, -inf, 1, 2) };
    const { y } = await runOp(await testDevice(kind), 'global_avg_pool', { inputs: { x } });
    expect([...y!.data]).toEqual([nan, inf, nan, 1.5]);
  });
});
