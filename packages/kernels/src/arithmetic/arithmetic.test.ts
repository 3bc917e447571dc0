import { MAX_WORKGROUPS } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpName } from '../registry.js';
import { checkOp } from '../testing/check-op.js';
import { uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';

const kinds = await testAdapters();
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;
const names: OpName[] = ['add', 'sub', 'mul', 'div'];

/** Two shapes that broadcast: from one shape, axes are dropped on the left and squeezed to 1. */
const pair = fc
  .tuple(
    fc.array(fc.constantFrom(1, 2, 3, 5), { maxLength: 6 }).filter((shape) => shape.reduce((a: number, b) => a * b, 1) <= 300),
    fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
    fc.nat(6),
    fc.boolean(),
  )
  .map(([shape, squeezed, dropped, swapped]) => {
    const left = shape.map((size, axis) => (squeezed[axis] ? 1 : size));
    const right = shape.map((size, axis) => (squeezed[axis + 6] ? 1 : size)).slice(Math.min(dropped, shape.length));
    return { shapes: swapped ? { a: right, b: left } : { a: left, b: right } };
  });

describe('arithmetic', () => {
  it.each(names)('%s matches the reference and its differences, broadcast or not', (op) =>
    checkOp(op, {
      always: [
        { shapes: { a: [], b: [] } },
        { shapes: { a: [65], b: [65] } },
        { shapes: { a: [2, 1, 3, 1, 2, 1], b: [1, 3, 1, 2, 1, 3] } },
        { shapes: { a: [4, 7], b: [7] } },
        { shapes: { a: [], b: [3, 5] } },
      ],
      problems: pair,
      runs: 4,
      // Away from 0, which a division would blow up.
      draw: (name, { shapes }, random) => uniform(shapes[name]!, random).map((value) => value + (value < 0 ? -0.5 : 0.5)),
    }),
  );

  it('refuses empty, clashing and too deep shapes', () => {
    for (const op of names) {
      expectZeroSizesRefused(op, { a: [2, 3], b: [3] });
      expectRefusal(op, { a: [2, 3], b: [2] }, {}, 'b');
      expectRefusal(op, { a: [1, 1, 1, 1, 1, 1, 2], b: [2] }, {}, 'a');
    }
  });

  it.each(kinds)('divides and multiplies to NaN and infinity as PyTorch on %s', async (kind) => {
    const device = await testDevice(kind);
    const run = async (op: OpName, a: number[], b: number[]) => {
      const tensor = (values: number[]) => ({ shape: [values.length], data: Float32Array.from(values) });
      return [...(await runOp(device, op, { inputs: { a: tensor(a), b: tensor(b) } })).y!.data];
    };
    expect(await run('div', [1, -1, 0, inf, nan, 1], [0, 0, 0, inf, 1, inf])).toEqual([inf, -inf, nan, nan, nan, 0]);
    expect(await run('mul', [inf, inf, nan, 2], [0, -1, 0, 3])).toEqual([nan, -inf, nan, 6]);
    expect(await run('add', [inf, nan, 1], [-inf])).toEqual([nan, nan, -inf]);
    expect(await run('sub', [inf, nan, 1], [inf])).toEqual([nan, nan, -inf]);
  });

  it.each(kinds)('folds a dispatch beyond 65,535 workgroups on %s', async (kind) => {
    const size = 64 * (MAX_WORKGROUPS + 3) + 5;
    const a = { shape: [size], data: Float32Array.from({ length: size }, (_, i) => i % 1000) };
    const b = { shape: [1], data: Float32Array.of(2) };
    const { y } = await runOp(await testDevice(kind), 'add', { inputs: { a, b } });
    expect(y!.data.findIndex((value, i) => value !== (i % 1000) + 2)).toBe(-1);
  });
});
