import { coreTraits, type Traits } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conv2dReference } from '../conv2d/reference.js';
import { ops } from '../registry.js';
import { expectVariantsAgree } from '../testing/agree.js';
import { checkOp } from '../testing/check-op.js';
import { compare } from '../testing/compare.js';
import { generator, integers, uniform } from '../testing/draw.js';
import { clearWindows } from '../testing/kinks.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp, variantsFor } from '../testing/run-op.js';
import { toleranceOf } from '../testing/tolerance.js';
import { packTaps } from './reference.js';

const kinds = await testAdapters();
const problem = (n: number, c: number, k: number, h: number, w: number) => ({ shapes: { x: [n, c, h, w], w: [k, c, 3, 3], b: [k] } });

describe('conv_relu_pool', () => {
  it('matches the reference and its differences in every variant', () =>
    checkOp('conv_relu_pool', {
      always: [
        problem(2, 8, 16, 6, 4),
        problem(1, 12, 8, 2, 10),
        problem(3, 1, 8, 4, 4),
        problem(2, 4, 16, 4, 2),
        problem(1, 8, 3, 2, 2),
        problem(1, 8, 8, 2, 14),
      ],
      problems: fc
        .tuple(
          fc.constantFrom(1, 2, 3),
          fc.constantFrom(1, 3, 4, 8),
          fc.constantFrom(1, 3, 8, 16),
          fc.constantFrom(2, 4, 6),
          fc.constantFrom(2, 4, 10),
        )
        .map((sizes) => problem(...sizes)),
      draw: (name, { shapes }, random) => uniform(shapes[name]!, random, name === 'x' ? 4 : 1),
      settled(inputs) {
        const conv = conv2dReference({ inputs, attrs: { stride: 1, padding: 1, groups: 1, relu: false } }).y!;
        return clearWindows(conv, inputs.x!.shape[2]!, inputs.x!.shape[3]!);
      },
    }));

  it('refuses empty, odd and clashing shapes', () => {
    const { shapes } = problem(2, 4, 8, 4, 6);
    expectZeroSizesRefused('conv_relu_pool', shapes);
    expectRefusal('conv_relu_pool', { ...shapes, x: [2, 4, 5, 6] }, {}, 'image');
    expectRefusal('conv_relu_pool', { ...shapes, w: [8, 4, 5, 5] }, {}, 'w');
    expectRefusal('conv_relu_pool', { ...shapes, b: [4] }, {}, 'b');
    const pooled = [2, 8, 2, 3];
    expectRefusal('conv_relu_pool_grad_input', { dy: pooled, tap: [2, 1, 3, 2], w: shapes.w }, {}, 'tap');
    expectRefusal('conv_relu_pool_grad_input', { dy: pooled, tap: [2, 1, 2, 3], w: [4, 4, 3, 3] }, {}, 'w');
    expectRefusal('conv_relu_pool_grad_weight', { dy: pooled, tap: [2, 1, 2, 3], x: [2, 4, 6, 6] }, {}, 'dy');
    expectRefusal('conv_relu_pool_grad_weight', { dy: pooled, tap: [2, 1, 2, 3], x: [3, 4, 4, 6] }, {}, 'dy');
  });

  it('prefers the tiles on a GPU, whatever else it has, and never on a software adapter', () => {
    const [n, c, h, w, k] = [2, 8, 14, 14, 16];
    const shapes = { x: [n, c, h, w], w: [k, c, 3, 3], b: [k], dy: [n, k, h / 2, w / 2], tap: [n, k / 8, h / 2, w / 2] };
    const given = { ...shapes, y: shapes.dy, dx: shapes.x, dw: shapes.w, db: shapes.b };
    const tensors = Object.fromEntries(
      Object.entries(given).map(([name, shape]) => [
        name,
        { shape, dtype: name === 'tap' ? ('u32' as const) : ('f32' as const), modelStride: 0 },
      ]),
    );
    const names = ['conv_relu_pool', 'conv_relu_pool_grad_input', 'conv_relu_pool_grad_weight'] as const;
    const chosen = (traits: Traits) =>
      names.map((name) => ops[name].lower({ attrs: {}, models: 1, tensors, traits })[0]!.program.name.replace(/^.*\./, ''));
    expect(chosen(coreTraits)).toEqual(['tile', 'tile', 'tile']);
    expect(chosen({ ...coreTraits, features: ['subgroups'], subgroupSize: 32 })).toEqual(['tile', 'tile', 'tile']);
    expect(chosen({ ...coreTraits, features: ['subgroups'], subgroupSize: 8, software: true })).not.toContain('tile');
    expect(chosen({ ...coreTraits, software: true })).toEqual(['naive', 'naive', 'naive']);
  });

  describe.each(kinds)('on %s', (kind) => {
    it.each([
      // Several tiles of 8×8 windows, the last ones cut; slabs and blocks of channels, the last ones cut; images of more than one part.
      [2, 11, 36, 18, 20],
      [3, 2, 16, 34, 8],
    ])('agrees with the naive kernel in every variant for %i×%i×%i×%i and %i filters', async (n, c, h, w, k) => {
      const random = generator('tiles');
      const draw = (...shape: number[]) => ({ shape, data: uniform(shape, random) });
      const winners = integers([n, k, h / 2, w / 2], random, 5);
      const tap = { shape: [n, Math.ceil(k / 8), h / 2, w / 2], data: Uint32Array.from(packTaps(winners, n, k)) };
      const [x, dy, filters] = [draw(n, c, h, w), draw(n, k, h / 2, w / 2), draw(k, c, 3, 3)];
      await expectVariantsAgree(kind, 'conv_relu_pool', { inputs: { x, w: filters, b: draw(k) } }, ['naive', 'tile']);
      await expectVariantsAgree(kind, 'conv_relu_pool_grad_input', { inputs: { dy, tap, w: filters } }, ['naive', 'tile']);
      await expectVariantsAgree(kind, 'conv_relu_pool_grad_weight', { inputs: { dy, tap, x } }, ['naive', 'few_channels', 'tile']);
    });

    /** One image of one channel and some rows, with a filter that copies it to eight output channels. */
    async function copied(values: readonly number[], rows = 2): Promise<[string, number[], number[]][]> {
      const device = await testDevice(kind);
      const w = Float32Array.from({ length: 72 }, (_, i) => (i % 9 === 4 ? 1 : 0));
      const x = { shape: [1, 1, rows, values.length / rows], data: Float32Array.from(values) };
      const inputs = { x, w: { shape: [8, 1, 3, 3], data: w }, b: { shape: [8], data: new Float32Array(8) } };
      const runs = variantsFor(device, 'conv_relu_pool', { inputs }).map(async (variant): Promise<[string, number[], number[]]> => {
        const { y, tap } = await runOp(device, 'conv_relu_pool', { inputs, variant });
        return [variant, [...y!.data], [...tap!.data]];
      });
      return Promise.all(runs);
    }

    it.each([
      [1, 2],
      [2, 1],
      [2, 2],
    ])('lets a NaN at %i, %i win all four windows that the filter carries it to', async (row, column) => {
      const values = Array.from({ length: 16 }, (_, i) => (i === 4 * row + column ? Number.NaN : i));
      for (const [variant, y] of await copied(values, 4)) expect(y, variant).toEqual(new Array(32).fill(Number.NaN));
    });

    it('sums several images into a part where the parts would take too much memory', async () => {
      const device = await testDevice(kind);
      const [n, c, k] = [5, 400, 400];
      const random = generator('parts');
      const dy = { shape: [n, k, 1, 1], data: uniform([n, k], random) };
      const winners = integers([n, k], random, 5);
      const inputs = {
        dy,
        tap: { shape: [n, k / 8, 1, 1], data: Uint32Array.from(packTaps(winners, n, k)) },
        x: { shape: [n, c, 2, 2], data: uniform([n, c, 4], random) },
      };
      // One window an image: tap (a, b) sends dy to x[a + r − 1, b + s − 1], where that is inside.
      const dw = new Float64Array(k * c * 9);
      for (let i = 0; i < n * k; i++) {
        const winner = winners[i]!;
        for (let j = 0; j < 9 * c && winner < 4; j++) {
          const row = Math.floor(winner / 2) + Math.floor((j % 9) / 3) - 1;
          const column = (winner % 2) + (j % 3) - 1;
          if (row < 0 || row > 1 || column < 0 || column > 1) continue;
          const x = inputs.x.data[(Math.floor(i / k) * c + Math.floor(j / 9)) * 4 + 2 * row + column]!;
          dw[(i % k) * c * 9 + j]! += inputs.dy.data[i]! * x;
        }
      }
      for (const variant of variantsFor(device, 'conv_relu_pool_grad_weight', { inputs })) {
        const results = await runOp(device, 'conv_relu_pool_grad_weight', { inputs, variant });
        expect(results.dw!.parts).toBe(2);
        compare(`conv_relu_pool_grad_weight.${variant} on ${kind}`, results.dw!.sum, dw, [k, c, 3, 3], toleranceOf('conv_relu_pool'));
      }
    });

    it('keeps the first of equal candidates, and cuts 0', async () => {
      const flat = [1, 1, 0, 0, 0, 2, 1, 1, 0, -1, 2, 0]; // windows 1 1 1 1, 0 0 0 -1 and 0 2 2 0
      for (const [variant, y, tap] of await copied(flat)) {
        expect(y.slice(0, 3), variant).toEqual([1, 0, 2]);
        // The same winner in all eight channels of the word.
        expect(tap.slice(0, 3), variant).toEqual([0, 0x44444444, 0x11111111]);
      }
    });
  });
});
