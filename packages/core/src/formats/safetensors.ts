import { InputError } from '../errors.js';
import { formatShape, numel } from '../shape.js';

/** Element types of safetensors that have a typed array in every JavaScript engine, each with that array. */
export interface SafetensorsArrays {
  F64: Float64Array;
  F32: Float32Array;
  I32: Int32Array;
  U32: Uint32Array;
  I16: Int16Array;
  U16: Uint16Array;
  I8: Int8Array;
  U8: Uint8Array;
}
export type SafetensorsDType = keyof SafetensorsArrays;

/** One tensor: row-major `data` of `shape`; `shape` may be `[]` (a scalar) or hold a 0 (no elements). */
export type SafeTensor = {
  [D in SafetensorsDType]: { readonly dtype: D; readonly shape: readonly number[]; readonly data: SafetensorsArrays[D] };
}[SafetensorsDType];

export interface SafetensorsFile {
  readonly tensors: Readonly<Record<string, SafeTensor>>;
  readonly metadata: Readonly<Record<string, string>>;
}

const arrays = {
  F64: Float64Array,
  F32: Float32Array,
  I32: Int32Array,
  U32: Uint32Array,
  I16: Int16Array,
  U16: Uint16Array,
  I8: Int8Array,
  U8: Uint8Array,
} as const;
const METADATA = '__metadata__';
/** The reference implementation's limit on the header, in bytes. */
const MAX_HEADER = 100_000_000;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
const isDType = (value: unknown): value is SafetensorsDType => typeof value === 'string' && Object.hasOwn(arrays, value);

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};
const BROKEN = 'write or download the file again: it is damaged or no safetensors file';

/**
 * Writes tensors as one safetensors file (https://github.com/huggingface/safetensors#format), little-endian, header padded with spaces
 * to a multiple of 8 bytes. Widest elements come first, then names in code-unit order, so that every tensor is aligned to its element
 * and equal input gives equal bytes.
 * @throws InputError when a tensor's data does not have as many elements as its shape says, or is named `__metadata__`.
 */
export function encodeSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(tensors).sort(
    ([nameA, a], [nameB, b]) => b.data.BYTES_PER_ELEMENT - a.data.BYTES_PER_ELEMENT || (nameA < nameB ? -1 : 1),
  );
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA, metadata]] : [];
  let end = 0;
  for (const [name, { dtype, shape, data }] of entries) {
    const subject = `encodeSafetensors: tensor '${name}'`;
    if (name === METADATA) refuse(subject, 'the reserved name', 'any other name', 'rename the tensor');
    if (!(data instanceof arrays[dtype]))
      refuse(subject, `${data.constructor.name} as ${dtype}`, arrays[dtype].name, 'convert the data first');
    if (!shape.every(isCount) || numel(shape) !== data.length) {
      refuse(subject, `${data.length} elements`, `${numel(shape)} for shape ${formatShape(shape)}`, 'pass the shape that the data has');
    }
    header.push([name, { dtype, shape, data_offsets: [end, end + data.byteLength] }]);
    end += data.byteLength;
  }
  // Object.fromEntries defines own properties, so that a tensor named `__proto__` stays a tensor.
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(8 + headerBytes + end);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, 8, 8 + headerBytes);
  bytes.set(json, 8);
  let offset = 8 + headerBytes;
  for (const [, { data }] of entries) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
    offset += data.byteLength;
  }
  return bytes;
}

/** The header as JSON and the offset at which tensor data begins. */
function readHeader(bytes: Uint8Array, subject: string): { header: Record<string, unknown>; start: number } {
  if (bytes.length < 8) refuse(subject, `${bytes.length} bytes`, 'at least the 8 bytes of the header length', BROKEN);
  const declared = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  if (declared > BigInt(Math.min(bytes.length - 8, MAX_HEADER))) {
    refuse(
      subject,
      `a header of ${declared} bytes in a file of ${bytes.length}`,
      `at most ${Math.min(bytes.length - 8, MAX_HEADER)}`,
      BROKEN,
    );
  }
  const start = 8 + Number(declared);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)));
  } catch (cause) {
    const got = `a header that is not JSON (${(cause as Error).message})`;
    throw new InputError({ subject, got, expected: 'a JSON object in UTF-8', next: BROKEN }, 2, { cause });
  }
  if (bytes[8] !== 0x7b || !isRecord(header))
    return refuse(subject, 'a header that is no JSON object', 'a header that begins with {', BROKEN);
  return { header, start };
}

function readMetadata(value: unknown, subject: string): Record<string, string> {
  if (value === undefined) return {};
  if (!isRecord(value) || !Object.values(value).every((item) => typeof item === 'string')) {
    return refuse(subject, `${METADATA} with values that are not strings`, 'strings only', 'store other values as JSON strings');
  }
  return value as Record<string, string>;
}

/** One entry of the header, checked on its own. */
function readEntry(value: unknown, subject: string): { dtype: SafetensorsDType; shape: number[]; begin: number; end: number } {
  const { dtype, shape, data_offsets: offsets } = isRecord(value) ? value : {};
  if (!isDType(dtype)) {
    return refuse(
      subject,
      `dtype ${JSON.stringify(dtype)}`,
      Object.keys(arrays).join(', '),
      'convert the tensor to one of these before saving',
    );
  }
  if (!Array.isArray(shape) || !shape.every(isCount)) return refuse(subject, `shape ${JSON.stringify(shape)}`, 'whole sizes', BROKEN);
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return refuse(subject, `data_offsets ${JSON.stringify(offsets)}`, 'two byte offsets [begin, end]', BROKEN);
  }
  const [begin, end] = offsets as [number, number];
  const size = numel(shape) * arrays[dtype].BYTES_PER_ELEMENT;
  if (end - begin !== size) {
    refuse(subject, `${end - begin} bytes of data`, `${size} for ${dtype} of shape ${formatShape(shape)}`, BROKEN);
  }
  return { dtype, shape, begin, end };
}

/**
 * Reads a safetensors file, strictly: header length, JSON, element types, sizes, and data that is contiguous and ends with the file.
 * Every tensor's data is a copy, so that neither alignment nor the life of `bytes` matters.
 * @param subject names the file in messages
 * @throws InputError naming the file, the tensor and what is wrong.
 */
export function decodeSafetensors(bytes: Uint8Array, subject = 'safetensors'): SafetensorsFile {
  const { header, start } = readHeader(bytes, subject);
  const metadata = readMetadata(Object.hasOwn(header, METADATA) ? header[METADATA] : undefined, subject);
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => ({ name, ...readEntry(value, `${subject}: tensor '${name}'`) }))
    .sort((a, b) => a.begin - b.begin || a.end - b.end);
  let end = 0;
  for (const entry of entries) {
    if (entry.begin !== end) {
      refuse(
        `${subject}: tensor '${entry.name}'`,
        `data that begins at byte ${entry.begin}`,
        `byte ${end}, without gap or overlap`,
        BROKEN,
      );
    }
    end = entry.end;
  }
  if (start + end !== bytes.length) {
    refuse(subject, `${bytes.length} bytes`, `${start + end} (header ${start}, tensors ${end})`, BROKEN);
  }
  const tensors = entries.map(({ name, dtype, shape, begin, end: last }) => {
    // Not bytes.slice(): Node's Buffer overrides it with a view.
    const copy = new Uint8Array(bytes.subarray(start + begin, start + last));
    return [name, { dtype, shape, data: new arrays[dtype](copy.buffer, 0, numel(shape)) }] as [string, SafeTensor];
  });
  return { tensors: Object.fromEntries(tensors), metadata };
}
