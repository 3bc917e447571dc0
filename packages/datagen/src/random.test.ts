import { defineProgram, drawWord, STREAM, type Stream, sampleKey, threefry2x32, unitFloat, type Words } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import threefry from '@kindling/shaders/random/threefry';
import { describe, expect, it } from 'vitest';
import { splitIndex } from './family.js';

/** Runs one expression of type vec2u over rows of four words, `a`, on the device: the library's functions, called as kernels call them. */
async function evaluate(kind: string, expression: string, rows: readonly (readonly number[])[]): Promise<Words[]> {
  const device = await testDevice(kind);
  const text = `struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> result: array<vec2u>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.n) { return; }
  let a = rows[id.x];
  result[id.x] = ${expression};
}`;
  const n = rows.length;
  const input = device.upload('rows', Uint32Array.from(rows.flat()));
  const output = device.buffer('result', 8 * n);
  const program = defineProgram({
    name: 'test/random',
    source: { path: 'test/random.wgsl', text },
    libraries: [{ path: 'random/threefry.wgsl', text: threefry }],
    params: { n },
    workgroups: [Math.ceil(n / 64), 1, 1],
  });
  device.run(program, { rows: input, result: output });
  const words = await device.readU32(output);
  input.destroy();
  output.destroy();
  return Array.from({ length: n }, (_, i) => [words[2 * i]!, words[2 * i + 1]!]);
}

/** Rows of four random words from xorshift32, which shares nothing with Threefry. */
function randomRows(n: number, state = 0x9e3779b9): number[][] {
  let x = state;
  const next = (): number => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x >>> 0;
  };
  return Array.from({ length: n }, () => [next(), next(), next(), next()]);
}

describe.each(await testAdapters())('random/threefry.wgsl on %s', (kind) => {
  it('gives the published answers (Random123) and the bits of jax.random.bits(key(0), 3)', async () => {
    const rows = [
      [0, 0, 0, 0],
      [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      [0x13198a2e, 0x03707344, 0x243f6a88, 0x85a308d3],
      [0, 0, 0, 1],
      [0, 0, 0, 2],
    ];
    const words = await evaluate(kind, 'threefry2x32(a.xy, a.zw)', rows);
    expect(words.slice(0, 3)).toEqual([
      [0x6b200159, 0x99ba4efe],
      [0x1cb996fc, 0xbb002be7],
      [0xc4923a9c, 0x483df7a0],
    ]);
    const jax = [words[0]!, words[3]!, words[4]!].map(([a, b]) => ((a ^ b) >>> 0).toString(16));
    expect(jax).toEqual(['f29a4fa7', 'fa843692', '55110e28']);
  });

  it('equals the CPU on 2^16 random (counter, key) pairs', async () => {
    const rows = randomRows(2 ** 16);
    const words = await evaluate(kind, 'threefry2x32(a.xy, a.zw)', rows);
    const wrong = rows.findIndex(([a, b, c, d], i) => {
      const [x, y] = threefry2x32([a!, b!], [c!, d!]);
      return x !== words[i]![0] || y !== words[i]![1];
    });
    expect(wrong, `pair ${wrong}: key, counter ${rows[wrong]} gave ${words[wrong]}`).toBe(-1);
  });

  it('derives keys and draws as the CPU does, in every stream', async () => {
    const rows = randomRows(64, 5);
    for (const [stream, tag] of Object.entries(STREAM)) {
      const keys = await evaluate(kind, `sample_key(a.x, STREAM_${stream.toUpperCase()}, a.y, a.z)`, rows);
      expect(keys, `stream ${tag}`).toEqual(rows.map(([seed, step, high]) => sampleKey(seed!, stream as Stream, step!, high)));
    }
    const pairs = await evaluate(kind, 'draw_pair(a.xy, a.z, a.w >> 24u, a.w & 0xffffffu)', rows);
    expect(pairs).toEqual(
      rows.map(([a, b, low, w]) => [0, 1].map((odd) => drawWord([a!, b!], low!, 2 * (w! & 0xffffff) + odd, w! >>> 24))),
    );
  });

  it('carries from the low to the high word of an index', async () => {
    const starts = [0, 7, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 2 ** 32 - 3];
    const offsets = [0, 1, 2, 3, 2 ** 32 - 1];
    const cases = starts.flatMap((start) => offsets.map((offset) => ({ start, offset })));
    const rows = cases.map(({ start, offset }) => [splitIndex(start).low, splitIndex(start).high, offset, 0]);
    const words = await evaluate(kind, 'sample_index(a.x, a.y, a.z)', rows);
    expect(words.map(([low, high]) => high * 2 ** 32 + low)).toEqual(cases.map(({ start, offset }) => start + offset));
  });

  it('makes the same unit floats, below 1', async () => {
    const rows = [[0], [255], [256], [0xffffffff], [0xffffff00], [0x80000000]].map(([word]) => [word!, 0, 0, 0]);
    const words = await evaluate(kind, 'vec2u(bitcast<u32>(unit_float(a.x)), 0u)', rows);
    const floats = new Float32Array(Uint32Array.from(words, ([bits]) => bits).buffer);
    expect([...floats]).toEqual(rows.map(([word]) => unitFloat(word!)));
  });
});
