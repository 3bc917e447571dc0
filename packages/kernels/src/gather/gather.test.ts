import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkOp } from '../testing/check-op.js';
import { integers, uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const size = fc.constantFrom(1, 2, 3, 7, 13);
const { NaN: nan } = Number;

describe('gather', () => {
  it('matches the reference and its differences, with rows taken twice and never', () =>
    checkOp('gather', {
      always: [{ shapes: { x: [4], index: [9] } }, { shapes: { x: [5, 2, 3], index: [65] } }, { shapes: { x: [3, 2], index: [2, 4] } }],
      problems: fc
        .tuple(fc.array(size, { minLength: 1, maxLength: 3 }), fc.array(size, { minLength: 1, maxLength: 2 }))
        .map(([x, index]) => ({ shapes: { x, index } })),
      draw: (name, { shapes }, random) =>
        name === 'index' ? integers(shapes.index!, random, shapes.x![0]!) : uniform(shapes[name]!, random),
    }));

  it('embedding matches the reference and its differences', () =>
    checkOp('embedding', {
      always: [{ shapes: { weight: [11, 3], index: [2, 5] } }, { shapes: { weight: [2, 65], index: [7] } }],
      draw: (name, { shapes }, random) =>
        name === 'index' ? integers(shapes.index!, random, shapes.weight![0]!) : uniform(shapes[name]!, random),
    }));

  it('one_hot matches the reference', () =>
    checkOp('one_hot', {
      always: [
        { shapes: { index: [13] }, attrs: { classes: 7 } },
        { shapes: { index: [2, 3] }, attrs: { classes: 1 } },
      ],
      draw: (_, { shapes, attrs }, random) => integers(shapes.index!, random, attrs!.classes as number),
    }));

  it('refuses empty and clashing shapes', () => {
    expectZeroSizesRefused('gather', { x: [2, 3], index: [4] });
    expectRefusal('gather', { x: [], index: [4] }, {}, 'x');
    expectZeroSizesRefused('embedding', { weight: [2, 3], index: [4] });
    expectRefusal('embedding', { weight: [2], index: [4] }, {}, 'weight');
    expectZeroSizesRefused('gather_grad', { dy: [4, 3], index: [4] }, { rows: 2 });
    expectRefusal('gather_grad', { dy: [4, 3], index: [5] }, { rows: 2 }, 'index');
    expectZeroSizesRefused('one_hot', { index: [4] }, { classes: 3 });
    expectRefusal('one_hot', { index: [4] }, { classes: 0 }, 'classes');
  });

  it.each(kinds)('makes an index outside a row of NaN without a gradient on %s', async (kind) => {
    const device = await testDevice(kind);
    const index = { shape: [3], data: Uint32Array.of(1, 2, 0xffffffff) };
    const x = { shape: [2, 2], data: Float32Array.of(1, 2, Number.POSITIVE_INFINITY, nan) };
    const { y } = await runOp(device, 'gather', { inputs: { x, index } });
    expect([...y!.data]).toEqual([Number.POSITIVE_INFINITY, nan, nan, nan, nan, nan]);
    const dy = { shape: [3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6) };
    const { dx } = await runOp(device, 'gather_grad', { inputs: { dy, index }, attrs: { rows: 2 } });
    expect([...dx!.data]).toEqual([0, 0, 1, 2]);
    const { y: hot } = await runOp(device, 'one_hot', { inputs: { index }, attrs: { classes: 2 } });
    expect([...hot!.data]).toEqual([0, 1, nan, nan, nan, nan]);
  });
});
