import { InputError } from '../errors.js';
import { formatShape, numel } from '../shape.js';

/** Arrays that the NPY functions carry: float32, uint8, int32 and uint32. */
export type NpyData = Float32Array | Uint8Array | Int32Array | Uint32Array;

export interface NpyArray {
  readonly shape: readonly number[];
  /** Row-major (C order). */
  readonly data: NpyData;
}

const kinds = [
  { descr: '<f4', array: Float32Array },
  { descr: '|u1', array: Uint8Array },
  { descr: '<i4', array: Int32Array },
  { descr: '<u4', array: Uint32Array },
] as const;
const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0];

/**
 * Writes an array as NPY version 1.0, as `numpy.save` does: little-endian, C order, data aligned to 64 bytes.
 * @throws InputError when `data` does not have as many elements as `shape` says.
 */
export function encodeNpy({ shape, data }: NpyArray): Uint8Array<ArrayBuffer> {
  if (numel(shape) !== data.length) {
    const got = `${data.length} elements`;
    throw new InputError({
      subject: 'encodeNpy',
      got,
      expected: `${numel(shape)} for shape ${formatShape(shape)}`,
      next: 'pass the real shape',
    });
  }
  const { descr } = kinds.find(({ array }) => data instanceof array)!;
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const start = Math.ceil((10 + text.length + 1) / 64) * 64;
  const bytes = new Uint8Array(start + data.byteLength);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint16(8, start - 10, true);
  bytes.set(new TextEncoder().encode(`${text.padEnd(start - 11)}\n`), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return bytes;
}

/**
 * Reads an NPY 1.0 file of float32, uint8, int32 or uint32 in C order. The data is a copy.
 * @param subject names the file in messages
 * @throws InputError for another version, type or order, a header that does not parse, or a length that does not match the shape.
 */
export function decodeNpy(bytes: Uint8Array, subject = 'npy'): NpyArray {
  const refuse = (got: string, expected: string, next = 'save the array again with numpy.save'): never => {
    throw new InputError({ subject, got, expected, next });
  };
  if (bytes.length < 10 || MAGIC.some((byte, index) => bytes[index] !== byte)) {
    const first = [...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    refuse(`a file of ${bytes.length} bytes that begins with '${first}'`, 'an NPY file of version 1.0 (93 4e 55 4d 50 59 01 00)');
  }
  const start = 10 + new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  if (start > bytes.length) refuse(`${bytes.length} bytes`, `at least the ${start} bytes of the header`);
  const text = String.fromCharCode(...bytes.subarray(10, start));
  const descr = /'descr'\s*:\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order'\s*:\s*(True|False)/.exec(text)?.[1];
  const tuple = /'shape'\s*:\s*\(((?:\s*\d+\s*,?)*)\s*\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || tuple === undefined) {
    return refuse(`header ${JSON.stringify(text.trim())}`, "a dict with 'descr', 'fortran_order' and 'shape'");
  }
  const kind = kinds.find((candidate) => candidate.descr === descr);
  if (!kind) return refuse(`type '${descr}'`, kinds.map((item) => `'${item.descr}'`).join(', '), 'convert with .astype before numpy.save');
  if (order === 'True') refuse('Fortran order', 'C order', 'save numpy.ascontiguousarray(array)');
  const shape = (tuple.match(/\d+/g) ?? []).map(Number);
  const size = numel(shape) * kind.array.BYTES_PER_ELEMENT;
  if (start + size !== bytes.length) {
    refuse(`${bytes.length - start} bytes of data`, `${size} for '${descr}' of shape ${formatShape(shape)}`);
  }
  // Not bytes.slice(): Node's Buffer overrides it with a view.
  return { shape, data: new kind.array(new Uint8Array(bytes.subarray(start)).buffer, 0, numel(shape)) };
}
