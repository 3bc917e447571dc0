import { InputError } from '@kindling/core';
import { PNG } from 'pngjs';
import type { Rgba } from './convert.js';

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Decodes a PNG of any kind to 8-bit RGBA. @throws InputError when it is none, or damaged */
export function decodePng(bytes: Uint8Array, subject: string): Rgba {
  const next = 'name a PNG file; other formats must be converted first';
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) {
    throw new InputError({ subject, got: 'a file that does not begin as a PNG', expected: 'a PNG image', next });
  }
  try {
    const { width, height, data } = PNG.sync.read(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length));
    return { width, height, data };
  } catch (cause) {
    throw new InputError({ subject, got: `a damaged PNG (${(cause as Error).message})`, expected: 'a PNG image', next }, 2, { cause });
  }
}
