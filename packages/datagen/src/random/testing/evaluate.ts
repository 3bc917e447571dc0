import { defineProgram, type Source } from '@kindling/core';
import type { Device } from '@kindling/device';

/** Words of one row of input, as two vec4u `a` and `b`, and of one row of results. */
export const ROW = 8;
export const RESULT = 4;

/**
 * Runs one expression of type vec4u over rows of eight words on the device: the library's functions, called as kernels call them.
 * @returns four words a row
 */
export async function evaluate(
  device: Device,
  libraries: readonly Source[],
  expression: string,
  rows: Uint32Array,
): Promise<Uint32Array<ArrayBuffer>> {
  const n = rows.length / ROW;
  const text = `struct Params { n: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4u>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.n) { return; }
  let a = rows[2u * id.x];
  let b = rows[2u * id.x + 1u];
  result[id.x] = ${expression};
}`;
  const input = device.upload('rows', rows);
  const output = device.buffer('result', 4 * RESULT * n);
  const program = defineProgram({
    name: 'test/evaluate',
    source: { path: 'test/evaluate.wgsl', text },
    libraries,
    params: { n },
    workgroups: [Math.ceil(n / 64), 1, 1],
  });
  device.run(program, { rows: input, result: output });
  const words = await device.readU32(output);
  input.destroy();
  output.destroy();
  return words;
}

/** Rows of eight words each: the given ones, filled up with zeros. */
export function rowsOf(rows: readonly (readonly number[])[]): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(ROW * rows.length);
  rows.forEach((row, i) => {
    words.set(row, ROW * i);
  });
  return words;
}

/** Words from Marsaglia's xorshift32, which shares nothing with the generators that are tested. */
export function xorshift(n: number, state = 0x9e3779b9): Uint32Array<ArrayBuffer> {
  let x = state | 0;
  return Uint32Array.from({ length: n }, () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return x;
  });
}

export const hex = (words: Iterable<number>): string => [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ');
