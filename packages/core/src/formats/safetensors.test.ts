import { describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from './safetensors.js';

const tensors = {
  bias: { dtype: 'F32', shape: [2], data: Float32Array.of(0.5, Number.NaN) },
  weight: { dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, -2, 3, -4, Number.POSITIVE_INFINITY, 6) },
  step: { dtype: 'U32', shape: [], data: Uint32Array.of(4_000_000_000) },
  labels: { dtype: 'I32', shape: [3], data: Int32Array.of(-1, 0, 2_147_483_647) },
  bytes: { dtype: 'U8', shape: [3], data: Uint8Array.of(1, 2, 255) },
  none: { dtype: 'F32', shape: [0, 4], data: new Float32Array() },
} as const;

/** A file from a header that may be wrong. */
function file(header: unknown, data = new Uint8Array(0)): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

describe('safetensors', () => {
  it('returns what was written', () => {
    const decoded = decodeSafetensors(encodeSafetensors(tensors, { note: 'ü "quoted"' }));
    expect(decoded.metadata).toEqual({ note: 'ü "quoted"' });
    expect(decoded.tensors).toEqual(tensors);
  });

  it('reads at any alignment and copies', () => {
    const bytes = encodeSafetensors(tensors);
    const shifted = new Uint8Array(bytes.length + 3).subarray(3);
    shifted.set(bytes);
    const { weight } = decodeSafetensors(shifted).tensors;
    shifted.fill(0);
    expect(weight).toEqual(tensors.weight);
  });

  it("reads Node's Buffer, whose slice() is a view", () => {
    expect(decodeSafetensors(Buffer.from(encodeSafetensors(tensors))).tensors).toEqual(tensors);
  });

  it('pads the header, aligns the data and does not depend on the order of keys', () => {
    const bytes = encodeSafetensors(tensors);
    expect(new DataView(bytes.buffer).getUint32(0, true) % 8).toBe(0);
    expect(encodeSafetensors(Object.fromEntries(Object.entries(tensors).reverse()))).toEqual(bytes);
    expect(decodeSafetensors(encodeSafetensors({}))).toEqual({ tensors: {}, metadata: {} });
  });

  it('keeps a tensor named __proto__ a tensor', () => {
    const odd = Object.fromEntries([['__proto__', tensors.bias]]);
    expect(Object.keys(decodeSafetensors(encodeSafetensors(odd)).tensors)).toEqual(['__proto__']);
  });

  it('refuses data that does not fit its shape, and the reserved name', () => {
    expect(() => encodeSafetensors({ w: { ...tensors.bias, shape: [3] } })).toThrow("tensor 'w': got 2 elements; expected 3 for shape [3]");
    expect(() => encodeSafetensors({ __metadata__: tensors.bias })).toThrow('reserved');
  });

  const f32 = (begin: number, end: number, shape = [1], dtype = 'F32') => ({ dtype, shape, data_offsets: [begin, end] });
  it.each([
    ['an empty file', new Uint8Array(0), '0 bytes'],
    ['a header longer than the file', Uint8Array.of(255, 255, 0, 0, 0, 0, 0, 0, 123, 125), 'a header of 65535 bytes'],
    ['a huge header', new Uint8Array(16).fill(255), 'a header of 18446744073709551615 bytes'],
    ['broken JSON', file('{"a":'), 'not JSON'],
    ['invalid UTF-8', Uint8Array.of(3, 0, 0, 0, 0, 0, 0, 0, 123, 255, 125), 'not JSON'],
    ['an array', file('[]'), 'no JSON object'],
    ['an unknown type', file({ a: f32(0, 4, [1], 'Q7') }, new Uint8Array(4)), 'tensor \'a\': got dtype "Q7"'],
    ['a negative size', file({ a: f32(0, 4, [-1]) }, new Uint8Array(4)), 'shape [-1]'],
    ['a missing offset', file({ a: { dtype: 'F32', shape: [1] } }, new Uint8Array(4)), 'data_offsets undefined'],
    ['a wrong size', file({ a: f32(0, 4, [2]) }, new Uint8Array(4)), '4 bytes of data; expected 8'],
    ['a gap', file({ a: f32(0, 4), b: f32(8, 12) }, new Uint8Array(12)), "tensor 'b': got data that begins at byte 8; expected byte 4"],
    ['an overlap', file({ a: f32(0, 8, [2]), b: f32(4, 8) }, new Uint8Array(8)), 'begins at byte 4'],
    ['a truncated file', encodeSafetensors(tensors).slice(0, -1), 'bytes; expected'],
    ['trailing bytes', file({ a: f32(0, 4) }, new Uint8Array(5)), 'bytes; expected'],
    ['metadata that is no text', file({ __metadata__: { a: 1 } }), 'not strings'],
  ])('refuses %s and names the file', (_, bytes, message) => {
    expect(() => decodeSafetensors(bytes, 'model.safetensors')).toThrow('model.safetensors');
    expect(() => decodeSafetensors(bytes, 'model.safetensors')).toThrow(message);
  });
});
