import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Attrs } from '../op.js';
import type { OpName } from '../registry.js';
import { checkOp } from '../testing/check-op.js';
import { uniform } from '../testing/draw.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp } from '../testing/run-op.js';
import { geluReference } from './reference.js';

const kinds = await testAdapters();
const shape = fc.array(fc.constantFrom(1, 2, 3, 7, 13), { maxLength: 4 });
const { NaN: nan, POSITIVE_INFINITY: inf } = Number;

/** Every function, its attributes, and the range that it is drawn from. */
const functions: [OpName, Attrs, readonly [number, number]][] = [
  ['gelu', { approximate: 'none' }, [-3, 6]],
  ['gelu', { approximate: 'tanh' }, [-3, 6]],
  ['tanh', {}, [-4, 4]],
  ['sigmoid', {}, [-8, 8]],
  ['exp', {}, [-6, 6]],
  ['log', {}, [0.1, 8]],
  ['neg', {}, [-2, 2]],
  ['square', {}, [-3, 3]],
  ['sqrt', {}, [0.1, 9]],
  ['scale', { factor: -1.5, offset: 0.25 }, [-2, 2]],
];

describe('unary', () => {
  it.each(functions)('%s %j matches the reference and its differences', (op, attrs, [from, to]) =>
    checkOp(op, {
      always: [
        { shapes: { x: [] }, attrs },
        { shapes: { x: [65] }, attrs },
      ],
      problems: shape.map((x) => ({ shapes: { x }, attrs })),
      runs: 3,
      draw: (_, { shapes }, random) => uniform(shapes.x!, random).map((value) => from + ((to - from) * (value + 1)) / 2),
    }),
  );

  it('refuses empty shapes and unknown attributes', () => {
    for (const [op, attrs] of functions) expectZeroSizesRefused(op, { x: [3, 5] }, attrs);
    expectZeroSizesRefused('unary_grad', { v: [3, 5], dy: [3, 5] }, { kind: 'tanh' });
    expectRefusal('unary_grad', { v: [3, 5], dy: [5, 3] }, { kind: 'tanh' }, 'dy');
    expectRefusal('gelu', { x: [3] }, { approximate: 'erf' }, 'approximate');
    expectRefusal('scale', { x: [3] }, { factor: nan, offset: 0 }, 'factor');
  });

  describe.each(kinds)('on %s', (kind) => {
    const run = async (op: OpName, values: readonly number[], attrs: Attrs = {}) => {
      const inputs = { x: { shape: [values.length], data: Float32Array.from(values) } };
      // + 0: the sign of a zero is nobody's business.
      return [...(await runOp(await testDevice(kind), op, { inputs, attrs })).y!.data].map((value) => value + 0);
    };
    const slope = async (of: string, values: readonly number[], dy = values.map(() => 1)) => {
      const inputs = {
        v: { shape: [values.length], data: Float32Array.from(values) },
        dy: { shape: [values.length], data: Float32Array.from(dy) },
      };
      return [...(await runOp(await testDevice(kind), 'unary_grad', { inputs, attrs: { kind: of } })).dx!.data];
    };

    it('treats NaN, infinities and overflow as PyTorch does', async () => {
      expect(await run('gelu', [nan, inf, -inf, 1e30, -1e30, 0], { approximate: 'none' })).toEqual([
        nan,
        inf,
        nan,
        Math.fround(1e30),
        0,
        0,
      ]);
      expect(await run('gelu', [nan, inf, 1e30, -1e30, 0], { approximate: 'tanh' })).toEqual([nan, inf, Math.fround(1e30), 0, 0]);
      expect(await run('tanh', [nan, inf, -inf, 1e30, -1e30, 90, 0])).toEqual([nan, 1, -1, 1, -1, 1, 0]);
      expect(await run('sigmoid', [nan, inf, -inf, 1e30, -1e30, 0])).toEqual([nan, 1, 0, 1, 0, 0.5]);
      expect(await run('exp', [nan, inf, -inf, 89, -200, 0])).toEqual([nan, inf, 0, inf, 0, 1]);
      expect(await run('log', [nan, inf, 0, -0, -1, -inf, 1])).toEqual([nan, inf, -inf, -inf, nan, nan, 0]);
      expect(await run('neg', [nan, inf, 0, 3])).toEqual([nan, -inf, 0, -3]);
      expect(await run('square', [nan, -inf, 1e30, -3])).toEqual([nan, inf, inf, 9]);
      expect(await run('sqrt', [nan, inf, -1, 0, 9])).toEqual([nan, inf, nan, 0, 3]);
      expect(await run('scale', [nan, -inf, 3], { factor: -2, offset: 1 })).toEqual([nan, inf, -5]);
    });

    it('keeps gradients finite where the function has settled, and infinite at its poles', async () => {
      expect(await slope('gelu', [1e10, -1e10, 1e30, nan])).toEqual([1, 0, 1, nan]);
      const [up, down, high, none] = await slope('gelu_tanh', [1e10, -1e10, 1e30, nan]);
      expect([up, Math.abs(down!), high, none]).toEqual([1, expect.closeTo(0, 30), 1, nan]);
      expect(await slope('tanh', [1, -1, 0])).toEqual([0, 0, 1]);
      expect(await slope('log', [0, 2])).toEqual([inf, 0.5]);
      expect(await slope('sqrt', [0, 2])).toEqual([inf, 0.25]);
      expect((await slope('square', [1, 2], [nan, 3])).map((value) => value)).toEqual([nan, 12]);
    });

    it('is right to 3e-7 of each value over the whole range of exp and log', async () => {
      const x = Array.from({ length: 2001 }, (_, i) => Math.fround(-87 + (i * 175) / 2000));
      const exps = await run('exp', x);
      for (const [i, value] of exps.entries()) expect(Math.abs(value / Math.exp(x[i]!) - 1)).toBeLessThan(3e-7);
      const positive = Array.from({ length: 2001 }, (_, i) => Math.fround(2 ** (-140 + (i * 267) / 2000)));
      const logs = await run('log', positive);
      for (const [i, value] of logs.entries()) {
        expect(Math.abs(value - Math.log(positive[i]!))).toBeLessThan(3e-7 * Math.max(1e-3, Math.abs(Math.log(positive[i]!))));
      }
    });

    it('has an erf that is right to 1e-6 of gelu, the lower tail included', async () => {
      const x = Array.from({ length: 4001 }, (_, i) => Math.fround(-12 + (i * 24) / 4000));
      const want = geluReference({ inputs: { x: { shape: [x.length], data: Float64Array.from(x) } }, attrs: { approximate: 'none' } }).y!;
      const got = await run('gelu', x, { approximate: 'none' });
      // Far out, exp(−x²/2) multiplies the rounding of x².
      for (const [i, value] of got.entries()) {
        const share = Math.abs(value - want[i]!) / Math.max(Math.abs(want[i]!), 1e-30);
        expect(share, `gelu(${x[i]})`).toBeLessThan(1e-6 + (x[i]! < -1 ? 1.2e-7 * x[i]! ** 2 : 0));
      }
    });
  });
});
