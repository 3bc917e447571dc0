import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expectVariantsAgree } from '../testing/agree.js';
import { checkOp, type Problem } from '../testing/check-op.js';
import { compare } from '../testing/compare.js';
import { generator, uniform } from '../testing/draw.js';
import { clearOf } from '../testing/kinks.js';
import { expectRefusal, expectZeroSizesRefused } from '../testing/refusals.js';
import { runOp, variantsFor } from '../testing/run-op.js';
import { toleranceOf } from '../testing/tolerance.js';
import { conv2dReference } from './reference.js';

const kinds = await testAdapters();
const plain = { stride: 1, padding: 0, groups: 1, relu: false };
const half = { ...plain, storage: 'f16' };
const kernel = fc.constantFrom(1, 2, 3, 5);
const side = fc.constantFrom(1, 3, 5, 7, 8);
const problems: fc.Arbitrary<Problem> = fc
  .record({
    n: fc.constantFrom(1, 2, 3),
    channels: fc.constantFrom(1, 2, 3),
    filters: fc.constantFrom(1, 2, 5),
    groups: fc.constantFrom(1, 1, 2, 3),
    r: kernel,
    s: kernel,
    h: side,
    w: side,
    stride: fc.constantFrom(1, 2, 3),
    padding: fc.constantFrom(0, 1, 2),
    relu: fc.boolean(),
    bias: fc.boolean(),
  })
  .filter(({ r, s, h, w, padding }) => h + 2 * padding >= r && w + 2 * padding >= s)
  .map(({ n, channels, filters, groups, r, s, h, w, stride, padding, relu, bias }) => ({
    shapes: {
      x: [n, channels * groups, h, w],
      w: [filters * groups, channels, r, s],
      ...(bias ? { b: [filters * groups] } : {}),
    },
    attrs: { stride, padding, groups, relu },
  }));

describe('conv2d', () => {
  it('matches the reference and its differences', () =>
    checkOp('conv2d', {
      always: [
        { shapes: { x: [2, 3, 7, 5], w: [5, 3, 3, 3], b: [5] }, attrs: { ...plain, padding: 1 } },
        { shapes: { x: [1, 6, 6, 7], w: [4, 3, 2, 3] }, attrs: { stride: 2, padding: 2, groups: 2, relu: true } },
        { shapes: { x: [2, 5, 3, 9], w: [9, 5, 3, 3], b: [9] }, attrs: { ...plain, padding: 1, relu: true } },
        { shapes: { x: [1, 9, 1, 1], w: [1, 9, 3, 3] }, attrs: { ...plain, padding: 1 } },
        { shapes: { x: [3, 1, 11, 2], w: [8, 1, 3, 3], b: [8] }, attrs: { ...plain, padding: 1 } },
        { shapes: { x: [2, 3, 12, 11], w: [5, 3, 3, 3], b: [5] }, attrs: plain },
        { shapes: { x: [1, 2, 3, 3], w: [9, 2, 3, 3] }, attrs: { ...plain, relu: true } },
        { shapes: { x: [2, 9, 3, 8], w: [3, 9, 3, 3], b: [3] }, attrs: { ...plain, padding: 2 } },
        { shapes: { x: [1, 1, 1, 1], w: [2, 1, 3, 3] }, attrs: { ...plain, padding: 2 } },
        { shapes: { x: [3, 3, 7, 5], w: [5, 3, 3, 3], b: [5] }, attrs: { ...half, padding: 1, relu: true } },
        { shapes: { x: [2, 3, 4, 10], w: [5, 3, 3, 3], b: [5] }, attrs: half },
        { shapes: { x: [1, 6, 6, 7], w: [4, 3, 2, 3] }, attrs: { ...half, stride: 2, padding: 2, groups: 2 } },
        { shapes: { x: [1, 1, 1, 1], w: [1, 1, 1, 1] }, attrs: half },
      ],
      problems,
      runs: 10,
      draw: (name, { shapes }, random) => uniform(shapes[name]!, random, 2),
      settled: (inputs, attrs) => !attrs.relu || clearOf(conv2dReference({ inputs, attrs: { ...attrs, relu: false } }).y!),
    }));

  it('refuses empty and clashing shapes', () => {
    const shapes = { x: [2, 4, 5, 5], w: [6, 4, 3, 3], b: [6] };
    expectZeroSizesRefused('conv2d', shapes, plain);
    expectRefusal('conv2d', { ...shapes, w: [6, 3, 3, 3] }, plain, 'w');
    expectRefusal('conv2d', { ...shapes, b: [4] }, plain, 'b');
    expectRefusal('conv2d', { ...shapes, x: [4, 5, 5] }, plain, 'x');
    expectRefusal('conv2d', { ...shapes, w: [6, 4, 7, 3] }, plain, 'kernel');
    expectRefusal('conv2d', shapes, { ...plain, groups: 3 }, 'groups');
    expectRefusal('conv2d', shapes, { ...plain, stride: 0 }, 'stride');
    expectRefusal('conv2d_grad_input', { dy: [2, 6, 4, 3], w: shapes.w }, { ...plain, h: 5, width: 5 }, 'dy');
    expectRefusal('conv2d_grad_weight', { dy: [2, 6, 3, 4], x: shapes.x }, { ...plain, r: 3, s: 3 }, 'dy');
  });

  it.each(kinds)('sums several images into a part where the parts would take too much memory, on %s', async (kind) => {
    const [n, c, k] = [3, 1024, 2048];
    const random = generator('parts');
    const dy = { shape: [n, k, 1, 1], data: uniform([n, k], random) };
    const x = { shape: [n, c, 1, 1], data: uniform([n, c], random) };
    const sum = (term: (image: number) => number): number => term(0) + term(1) + term(2);
    const bias = Float64Array.from({ length: k }, (_, i) => sum((image) => dy.data[image * k + i]!));
    const weight = Float64Array.from({ length: k * c }, (_, i) =>
      sum((image) => dy.data[image * k + Math.floor(i / c)]! * x.data[image * c + (i % c)]!),
    );
    for (const variant of ['naive', 'tile']) {
      const { dw, db } = await runOp(await testDevice(kind), 'conv2d_grad_weight', {
        inputs: { dy, x },
        attrs: { ...plain, r: 1, s: 1 },
        variant,
      });
      expect([dw!.parts, db!.parts]).toEqual([2, 2]);
      compare(`conv2d_grad_weight.${variant} on ${kind}: dw`, dw!.sum, weight, [k, c, 1, 1], toleranceOf('conv2d'));
      compare(`conv2d_grad_weight.${variant} on ${kind}: db`, db!.sum, bias, [k], toleranceOf('conv2d'));
    }
  });

  it.each(kinds)('takes several blocks of channels and pixels in every variant, on %s', async (kind) => {
    const random = generator('blocks');
    const tensor = (...shape: number[]) => ({ shape, data: uniform(shape, random) });
    for (const [x, w, y, attrs, variants] of [
      [tensor(3, 17, 9, 19), tensor(41, 17, 3, 3), tensor(3, 41, 9, 19), { ...plain, padding: 1 }, ['naive', 'subgroup', 'tile']],
      [tensor(2, 11, 9, 19), tensor(13, 11, 3, 3), tensor(2, 13, 7, 17), plain, ['naive', 'subgroup', 'tile']],
      [
        tensor(3, 26, 9, 19),
        tensor(82, 13, 3, 4),
        tensor(3, 82, 6, 10),
        { stride: 2, padding: 2, groups: 2, relu: false },
        ['naive', 'tile'],
      ],
    ] as const) {
      const [, , h, width] = x.shape as [number, number, number, number];
      const [k, , r, s] = w.shape as [number, number, number, number];
      await expectVariantsAgree(kind, 'conv2d', { inputs: { x, w, b: tensor(k) }, attrs }, variants);
      await expectVariantsAgree(kind, 'conv2d_grad_input', { inputs: { dy: y, w }, attrs: { ...attrs, h, width } }, variants);
      await expectVariantsAgree(kind, 'conv2d_grad_weight', { inputs: { dy: y, x }, attrs: { ...attrs, r, s } }, variants);
      const [stored, halves] = [{ ...attrs, storage: 'f16' }, variants.map((name) => `${name}_f16`)];
      await expectVariantsAgree(kind, 'conv2d', { inputs: { x, w, b: tensor(k) }, attrs: stored }, halves);
      await expectVariantsAgree(kind, 'conv2d_grad_input', { inputs: { dy: y, w }, attrs: { ...stored, h, width } }, halves);
      await expectVariantsAgree(kind, 'conv2d_grad_weight', { inputs: { dy: y, x }, attrs: { ...stored, r, s } }, halves);
    }
  });

  it.each(kinds)('keeps NaN and infinities on %s', async (kind) => {
    const x = { shape: [3, 1, 1, 1], data: Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) };
    const inputs = { x, w: { shape: [1, 1, 1, 1], data: Float32Array.of(1) } };
    const { y } = await runOp(await testDevice(kind), 'conv2d', { inputs, attrs: { ...plain, relu: true } });
    expect([...y!.data]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 0]);
  });

  it.each(kinds)('carries a NaN to the pixels whose kernel covers it, and no further, on %s', async (kind) => {
    const device = await testDevice(kind);
    const [h, width, row, column] = [9, 11, 4, 8];
    const data = Float32Array.from({ length: 2 * h * width }, (_, i) => (i === row * width + column ? Number.NaN : 1));
    const inputs = { x: { shape: [2, 1, h, width], data }, w: { shape: [2, 1, 3, 3], data: new Float32Array(18).fill(1) } };
    for (const padding of [0, 1]) {
      const attrs = { ...plain, padding, relu: true };
      const [p, q, up] = [h + 2 * padding - 2, width + 2 * padding - 2, 1 - padding];
      const covered = (i: number) =>
        i < 2 * p * q && Math.abs((Math.floor(i / q) % p) + up - row) < 2 && Math.abs((i % q) + up - column) < 2;
      for (const variant of variantsFor(device, 'conv2d', { inputs, attrs })) {
        const { y } = await runOp(device, 'conv2d', { inputs, attrs, variant });
        expect([...y!.data].map(Number.isNaN), `${variant}, padding ${padding}`).toEqual(Array.from(y!.data, (_, i) => covered(i)));
      }
    }
  });
});
