import { drawWord, STREAM, type Stream, sampleKey, unitFloat } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { splitIndex } from '../family.js';
import { randomSources } from './sources.js';
import { evaluate, RESULT, ROW, rowsOf, xorshift } from './testing/evaluate.js';

const { threefry } = randomSources;

describe.each(await testAdapters())('keys, draws and indices of random/threefry.wgsl on %s', (kind) => {
  /** The first `width` words of each result. */
  const run = async (expression: string, rows: Uint32Array, width: number): Promise<number[][]> => {
    const words = await evaluate(await testDevice(kind), [threefry], expression, rows);
    return Array.from({ length: rows.length / ROW }, (_, i) => [...words.subarray(RESULT * i, RESULT * i + width)]);
  };

  it('derives keys and draws as the CPU does, in every stream', async () => {
    const rows = xorshift(ROW * 64, 5);
    const words = Array.from({ length: 64 }, (_, i) => [...rows.subarray(ROW * i, ROW * i + 4)] as [number, number, number, number]);
    for (const [stream, tag] of Object.entries(STREAM)) {
      const keys = await run(`vec4u(sample_key(a.x, STREAM_${stream.toUpperCase()}, a.y, a.z), 0u, 0u)`, rows, 2);
      expect(keys, `stream ${tag}`).toEqual(words.map(([seed, step, high]) => sampleKey(seed, stream as Stream, step, high)));
    }
    const pairs = await run('vec4u(draw_pair(a.xy, a.z, a.w >> 24u, a.w & 0xffffffu), 0u, 0u)', rows, 2);
    expect(pairs).toEqual(words.map(([a, b, low, w]) => [0, 1].map((odd) => drawWord([a, b], low, 2 * (w & 0xffffff) + odd, w >>> 24))));
  });

  it('carries from the low to the high word of an index', async () => {
    const starts = [0, 7, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 2 ** 32 - 3];
    const cases = starts.flatMap((start) => [0, 1, 2, 3, 2 ** 32 - 1].map((offset) => ({ start, offset })));
    const rows = rowsOf(cases.map(({ start, offset }) => [splitIndex(start).low, splitIndex(start).high, offset]));
    const words = await run('vec4u(sample_index(a.x, a.y, a.z), 0u, 0u)', rows, 2);
    expect(words.map(([low, high]) => high! * 2 ** 32 + low!)).toEqual(cases.map(({ start, offset }) => start + offset));
  });

  it('makes the same unit floats, below 1', async () => {
    const words = [0, 255, 256, 0xffffffff, 0xffffff00, 0x80000000];
    const bits = await run('vec4u(bitcast<u32>(unit_float(a.x)), 0u, 0u, 0u)', rowsOf(words.map((word) => [word])), 1);
    expect([...new Float32Array(Uint32Array.from(bits.flat()).buffer)]).toEqual(words.map(unitFloat));
  });
});
