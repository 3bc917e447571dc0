import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { packPass, packTwin } from './pack.js';

const SENTINEL = 0xdeadbeef;

describe('packTwin', () => {
  it('puts four bytes a word, lowest first, and pads the last with zeros', () => {
    expect([...packTwin(Float32Array.of(0, 1, 0.5, 1 / 255, 2 / 255))]).toEqual([0x0180ff00, 2]);
    // 127.5 and 128.5 lie between two bytes: both go to 128. Values beyond the range are clamped.
    expect([...packTwin(Float32Array.of(127.5 / 255, 128.5 / 255, -3, 7))]).toEqual([0xff008080]);
  });

  it('keeps every byte that f32 pixels came from', () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect([...new Uint8Array(packTwin(Float32Array.from(bytes, (byte) => byte / 255)).buffer)]).toEqual([...bytes]);
  });
});

describe('packPass', () => {
  it.each([0, -4, 1.5, Number.NaN, 2 ** 32])('refuses %d values', (values) => {
    expect(() => packPass({ values })).toThrow('M·B·C·H·W');
  });

  it('takes the names of its buffers', () => {
    expect(packPass({ values: 5 }).resources).toEqual({ x: 'x', words: 'packed' });
    expect(packPass({ values: 5, from: 'a', to: 'b' }).resources).toEqual({ x: 'a', words: 'b' });
  });
});

describe.each(await testAdapters())('packPass on %s', (kind) => {
  it.each([1, 3, 4, 7, 1000, 12_545, 300_000, 300_001])('equals the twin in every byte of %i values', async (values) => {
    const device = await testDevice(kind);
    // Halves between two bytes, their neighbours, values out of range, and everything between.
    const odd = [0.5 / 255, 1.5 / 255, 127.5 / 255, 254.5 / 255, -0.25, 1.25, 1, 0, 0.49999997, 2 ** -130];
    const x = Float32Array.from({ length: values }, (_, i) => (i % 3 === 0 ? odd[(i / 3) % odd.length]! : (i * 0.61803398875) % 1));
    const want = packTwin(x);
    for (const traits of [device.traits, undefined]) {
      const { program } = packPass(traits ? { values, traits } : { values });
      const source = device.upload('x', x);
      const words = device.upload('words', new Uint32Array(want.length + 16).fill(SENTINEL));
      device.run(program, { x: source, words });
      const got = await device.readU32(words);
      const wrong = want.findIndex((word, i) => word !== got[i]);
      expect(wrong < 0 ? 'equal' : `words[${wrong}] is ${got[wrong]}, not ${want[wrong]}`).toBe('equal');
      expect(
        [...got.subarray(want.length)].every((word) => word === SENTINEL),
        'wrote past the end',
      ).toBe(true);
      source.destroy();
      words.destroy();
    }
  });
});
