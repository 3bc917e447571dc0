import { describe, expect, it } from 'vitest';
import { decodeNpy, encodeNpy } from './npy.js';

/** The bytes that `numpy.save` (2.4) writes for `numpy.array([1, -2], dtype='<i4')`. */
const header = "{'descr': '<i4', 'fortran_order': False, 'shape': (2,), }".padEnd(117);
const saved = Uint8Array.of(0x93, ...new TextEncoder().encode(`NUMPY\x01\x00\x76\x00${header}\n`), 1, 0, 0, 0, 254, 255, 255, 255);

const edited = (from: string, to: string): Uint8Array => {
  const text = String.fromCharCode(...saved).replace(from, to);
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
};

describe('npy', () => {
  it('writes and reads the bytes of numpy.save', () => {
    const array = { shape: [2], data: Int32Array.of(1, -2) };
    expect(encodeNpy(array)).toEqual(saved);
    expect(decodeNpy(saved)).toEqual(array);
    expect(decodeNpy(Buffer.from(saved))).toEqual(array); // Buffer's slice() is a view
  });

  it.each([
    { shape: [], data: Float32Array.of(0.1) },
    { shape: [2, 3], data: Uint8Array.of(1, 2, 3, 4, 5, 255) },
    { shape: [1, 1, 2], data: Uint32Array.of(0, 4_294_967_295) },
    { shape: [0, 2], data: new Float32Array() },
  ])('returns what was written, shape $shape', (array) => {
    expect(decodeNpy(encodeNpy(array))).toEqual(array);
  });

  it.each([
    ['another file', Uint8Array.of(1, 2, 3), "begins with '01 02 03'"],
    ['version 2', edited('\x01\x00', '\x02\x00'), 'version 1.0'],
    ['a cut header', saved.slice(0, 40), '40 bytes; expected at least the 128'],
    ['a header without shape', edited('shape', 'shap_'), "'shape'"],
    ['another type', edited('<i4', '<f8'), "type '<f8'"],
    ['Fortran order', edited('False', 'True '), 'Fortran'],
    ['a cut file', saved.slice(0, -1), '7 bytes of data; expected 8'],
    ['a wrong shape', edited('(2,)', '(9,)'), '8 bytes of data; expected 36'],
  ])('refuses %s and names the file', (_, bytes, message) => {
    expect(() => decodeNpy(bytes, 'x.npy')).toThrow('x.npy');
    expect(() => decodeNpy(bytes, 'x.npy')).toThrow(message);
  });

  it('refuses a shape that the data does not have', () => {
    expect(() => encodeNpy({ shape: [3], data: Float32Array.of(1) })).toThrow('1 elements; expected 3');
  });
});
