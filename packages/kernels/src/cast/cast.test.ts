import { coreTraits, decodeF16, encodeF16, InputError, type Traits } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ops } from '../registry.js';
import { withStorage } from '../storage.js';
import { checkOp } from '../testing/check-op.js';
import { runOp, variantsFor } from '../testing/run-op.js';

const kinds = await testAdapters();
const shape = fc.array(fc.constantFrom(1, 2, 3, 7, 13), { maxLength: 4 });
const directions = [{ to: 'f16' }, { to: 'f32', storage: 'f16' }];

/** Numbers whose rounding is easy to get wrong: ties, the ends of the range, subnormals, and all that are no numbers. */
const edges = [
  ...[0, -0, 1 + 2 ** -11, 1 + 3 * 2 ** -11, 1 + 2 ** -11 + 2 ** -20, -2.5],
  ...[65504, 65519, 65520, -65520, 1e30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
  ...[2 ** -14, 2 ** -14 - 2 ** -25, 2 ** -24, 2 ** -25, 1.5 * 2 ** -24, 2 ** -26, -3e-8],
];

describe('cast', () => {
  it('matches the reference and its differences', () =>
    checkOp('cast', {
      always: directions.flatMap((attrs) => [
        { shapes: { x: [] }, attrs },
        { shapes: { x: [65] }, attrs },
        { shapes: { x: [1024] }, attrs },
        { shapes: { x: [5, 411] }, attrs },
      ]),
      problems: fc.tuple(shape, fc.constantFrom(...directions)).map(([x, attrs]) => ({ shapes: { x }, attrs })),
    }));

  it('refuses to change nothing, and an adapter without f16', () => {
    const f16: Traits = { ...coreTraits, features: ['shader-f16'] };
    const infer = (attrs: object, traits = f16) => ops.cast.infer({ x: [3] }, { ...attrs }, traits);
    expect(() => infer({ to: 'f32' })).toThrow(/^cast: got a tensor stored as f32 and to = "f32"/);
    expect(() => infer({ to: 'f16', storage: 'f16' })).toThrow(/^cast: got a tensor stored as f16/);
    expect(() => infer({ to: 'u32' })).toThrow(InputError);
    for (const attrs of directions) expect(() => infer(attrs, coreTraits)).toThrow(/without the feature shader-f16.*f32 storage/s);
    expect(() => ops.cast.infer({ x: [0] }, { to: 'f16' }, f16)).toThrow(/^cast: got x of shape \[0\]/);
  });

  describe.each(kinds)('on %s', (kind) => {
    it('rounds to the nearest, ties to even, and gives every f16 back', async () => {
      const device = await testDevice(kind);
      if (!device.traits.features.includes('shader-f16')) return;
      const x = Float32Array.from([...edges, ...Array.from({ length: 4000 }, (_, i) => Math.sin(i) * 2 ** ((i % 36) - 20))]);
      const { y } = await runOp(device, 'cast', { inputs: { x: { shape: [x.length], data: x } }, attrs: { to: 'f16' } });
      // By way of the host's encoding, which has one NaN; −0 is told from 0.
      expect(encodeF16(decodeF16(Uint16Array.from(y!.bits)))).toEqual(encodeF16(x));
      const all = decodeF16(Uint16Array.from({ length: 0x10000 }, (_, i) => i));
      const back = await runOp(device, 'cast', { inputs: { x: { shape: [all.length], data: all } }, attrs: directions[1]! });
      expect(encodeF16(new Float32Array(back.y!.bits.buffer))).toEqual(encodeF16(all));
    });

    it('sums in f32: infinite only where the result itself is beyond 65504', async () => {
      const device = await testDevice(kind);
      if (!device.traits.features.includes('shader-f16')) return;
      // Products of 9e8 that cancel, and 2·300 · 300 = 180000.
      const [a, b] = [Float32Array.of(30000, 30000, 300, 300), Float32Array.of(30000, -30000, 300, 300)];
      const inputs = { a: { shape: [2, 2], data: a }, b: { shape: [2, 2], data: b } };
      const attrs = { transposeA: false, transposeB: true, storage: 'f16' };
      const variants = variantsFor(device, 'matmul', { inputs, attrs });
      expect(variants).toEqual(expect.arrayContaining(['naive_f16', 'tile_f16']));
      for (const variant of variants) {
        const { y } = await runOp(device, 'matmul', { inputs, attrs, variant });
        expect([...y!.data], variant).toEqual([0, Number.POSITIVE_INFINITY, 0, Number.POSITIVE_INFINITY]);
      }
    });
  });
});

describe('f16 storage', () => {
  const ref = (dtype: 'f16' | 'f32') => ({ shape: [2, 2], dtype });

  it('is an attribute that the inputs bring', () => {
    expect(withStorage(ops.matmul, { a: ref('f32'), b: ref('f32') }, { transposeA: true })).toEqual({ transposeA: true });
    expect(withStorage(ops.matmul, { a: ref('f16'), b: ref('f16') }, {})).toEqual({ storage: 'f16' });
    expect(withStorage(ops.linear, { x: ref('f16'), w: ref('f16'), b: ref('f32') }, {})).toEqual({ storage: 'f16' });
  });

  it('is refused where types mix or the op has no kernel for it', () => {
    const refuse = (op: 'matmul' | 'linear' | 'softmax', inputs: Record<string, 'f16' | 'f32'>) => () =>
      withStorage(ops[op], Object.fromEntries(Object.entries(inputs).map(([name, dtype]) => [name, ref(dtype)])), {});
    expect(refuse('matmul', { a: 'f16', b: 'f32' })).toThrow("got b stored as f32; expected f16, as a is. Next: pass cast(b, 'f16')");
    expect(refuse('linear', { x: 'f16', w: 'f16', b: 'f16' })).toThrow(
      "got b stored as f16; expected f32 beside x, w. Next: pass cast(b, 'f32')",
    );
    expect(refuse('softmax', { x: 'f16' })).toThrow('got x stored as f16; expected f32: this op has no f16 kernel');
    expect(() => ops.matmul.infer({ a: [2, 2], b: [2, 2] }, { storage: 'f8' }, coreTraits)).toThrow(/storage "f8"/);
  });
});
