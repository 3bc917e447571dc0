import { InputError } from '../errors.js';
import { decodeSafetensors, encodeSafetensors, type SafeTensor, type SafetensorsFile } from './safetensors.js';

/** What a sealed file begins with after the 8 bytes of its header length: the hash has a place that no damage can move. */
const LEAD = '{"__metadata__":{"sha256":"';
/** Where the hash stands: behind eight bytes of length and LEAD. Literal, so that a bundle without this file's functions drops it. */
const AT = 35;
const DIGITS = 64;
const ZEROS = /* @__PURE__ */ '0'.repeat(DIGITS);

/** SHA-256 of the file with zeros where the hash stands, in hexadecimal. */
async function hashOf(bytes: Uint8Array): Promise<string> {
  // Not bytes.slice(): Node's Buffer overrides it with a view.
  const blank = new Uint8Array(bytes);
  blank.fill(0x30, AT, AT + DIGITS);
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', blank));
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

const textAt = (bytes: Uint8Array, begin: number, end: number): string => String.fromCharCode(...bytes.subarray(begin, end));

/**
 * A safetensors file that carries a SHA-256 of itself as its metadata's `sha256`: over header and data, every byte but those of the hash,
 * which count as the digit 0. Any reader of safetensors opens it; `openSealed` also notices a flipped bit, wherever it is.
 * @throws InputError as `encodeSafetensors` does, and for metadata that has a `sha256` already or a whole number as a name
 */
export async function sealSafetensors(
  tensors: Readonly<Record<string, SafeTensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = encodeSafetensors(tensors, { sha256: ZEROS, ...metadata });
  // A JavaScript object lists whole numbers first, whatever the order in which they were set.
  if (Object.hasOwn(metadata, 'sha256') || textAt(bytes, 8, AT) !== LEAD) {
    const got = `metadata named ${Object.keys(metadata).join(', ')}`;
    throw new InputError({ subject: 'sealSafetensors', got, expected: 'no sha256 and no whole numbers', next: 'choose other names' });
  }
  bytes.set(new TextEncoder().encode(await hashOf(bytes)), AT);
  return bytes;
}

/**
 * Reads what `sealSafetensors` wrote.
 * @param subject names the file in messages
 * @throws InputError when a single bit is not as it was written, or the file is not sealed
 */
export async function openSealed(bytes: Uint8Array, subject = 'safetensors'): Promise<SafetensorsFile> {
  if (textAt(bytes, 8, AT) !== LEAD) {
    const next = 'use another copy: the file is damaged, or no checkpoint';
    throw new InputError({ subject, got: 'a header that does not begin with a hash', expected: LEAD, next });
  }
  const stated = textAt(bytes, AT, AT + DIGITS);
  const found = await hashOf(bytes);
  if (stated !== found) {
    const next = 'use another copy: bytes were changed since the file was written, or some are missing';
    throw new InputError({ subject, got: `content of SHA-256 ${found.slice(0, 12)}…`, expected: `${stated.slice(0, 12)}…`, next });
  }
  return decodeSafetensors(bytes, subject);
}
