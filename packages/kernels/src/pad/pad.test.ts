import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const axis = fc.record({ size: fc.constantFrom(1, 2, 3, 5), before: fc.nat(3), after: fc.nat(2) });
const axes = fc.array(axis, { minLength: 1, maxLength: 4 });

describe('pad', () => {
  it('matches the reference and its differences', () =>
    checkOp('pad', {
      always: [
        { shapes: { x: [] }, attrs: { before: '', after: '', value: 0 } },
        { shapes: { x: [2, 1, 2, 3, 1, 2] }, attrs: { before: '1,0,0,2,1,0', after: '0,1,0,1,0,2', value: -1.5 } },
      ],
      problems: axes.map((list) => ({
        shapes: { x: list.map(({ size }) => size) },
        attrs: { before: list.map(({ before }) => before).join(), after: list.map(({ after }) => after).join(), value: 0.5 },
      })),
    }));

  it('slice matches the reference and its differences', () =>
    checkOp('slice', {
      always: [{ shapes: { x: [3, 2, 4, 3, 2, 2] }, attrs: { starts: '1,0,2,0,1,0', sizes: '2,1,2,3,1,2' } }],
      problems: axes.map((list) => ({
        shapes: { x: list.map(({ size, before, after }) => before + size + after) },
        attrs: { starts: list.map(({ before }) => before).join(), sizes: list.map(({ size }) => size).join() },
      })),
    }));

  it('refuses empty shapes and lists that do not fit', () => {
    expectZeroSizesRefused('pad', { x: [2, 3] }, { before: '1,0', after: '0,1', value: 0 });
    expectRefusal('pad', { x: [2, 3] }, { before: '1', after: '0,1', value: 0 }, 'before');
    expectRefusal('pad', { x: [2, 3] }, { before: '1,-1', after: '0,1', value: 0 }, 'before');
    expectRefusal('pad', { x: [2, 3] }, { before: '1,1', after: '0,1', value: Number.NaN }, 'value');
    expectRefusal('pad', { x: [1, 1, 1, 1, 1, 1, 1] }, { before: '', after: '', value: 0 }, 'x');
    expectZeroSizesRefused('slice', { x: [2, 3] }, { starts: '0,1', sizes: '2,2' });
    expectRefusal('slice', { x: [2, 3] }, { starts: '0,2', sizes: '2,2' }, 'starts');
    expectRefusal('slice', { x: [2, 3] }, { starts: '0,0', sizes: '2,0' }, 'sizes');
    expectRefusal('slice', { x: [2, 3] }, { starts: '0,0', sizes: '2' }, 'sizes');
  });

  it.each(kinds)('moves NaN and infinities as they are on %s', async (kind) => {
    const x = { shape: [2], data: Float32Array.of(Number.NaN, Number.NEGATIVE_INFINITY) };
    const attrs = { before: '1', after: '1', value: Number.POSITIVE_INFINITY };
    const { y } = await runOp(await testDevice(kind), 'pad', { inputs: { x }, attrs });
    expect([...y!.data]).toEqual([Number.POSITIVE_INFINITY, Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});
