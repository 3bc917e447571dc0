import { InputError } from '../errors.js';

const BLOCK = 512;

/**
 * The regular files of a tar archive (ustar, as `npm pack` writes it) by path; folders, links and extended headers are passed over.
 * The contents are views into `tar`, not copies.
 * @param subject names the archive in messages
 * @throws InputError when a header has no size or checksum of its own, or the archive ends inside a file
 */
export function readTar(tar: Uint8Array, subject: string): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  const refuse = (got: string): never => {
    throw new InputError({ subject, got, expected: 'a whole tar archive', next: 'fetch or copy the file again' });
  };
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const text = (from: number, length: number): string =>
      String.fromCharCode(...tar.subarray(at + from, at + from + length)).split('\0')[0]!;
    if (Number.parseInt(text(148, 8), 8) !== checksum(tar.subarray(at, at + BLOCK))) return refuse(`a damaged header at byte ${at}`);
    const size = Number.parseInt(text(124, 12), 8);
    if (!(size >= 0)) return refuse(`a header without a size at byte ${at}`);
    const [name, prefix] = [text(0, 100), text(257, 5) === 'ustar' ? text(345, 155) : ''];
    const path = (prefix ? `${prefix}/${name}` : name).replace(/^\.\//, '');
    const start = at + BLOCK;
    if (start + size > tar.length) return refuse(`${tar.length} bytes, which end inside ${path}`);
    // Type '0', or NUL in older archives.
    if (['', '0'].includes(text(156, 1))) files.set(path, tar.subarray(start, start + size));
    at = start + BLOCK * Math.ceil(size / BLOCK);
  }
  return files;
}

/** Writes text into a header's field; the rest of the field stays zero. */
function put(header: Uint8Array, at: number, text: string): void {
  header.set(new TextEncoder().encode(text), at);
}

/**
 * Files as a ustar archive (POSIX.1-1988) that every tar opens: not compressed, owned by nobody, dated 0 so that equal files make equal archives.
 * @throws InputError for a path of more than 100 bytes, which the format's short names do not hold
 */
export function writeTar(files: Readonly<Record<string, Uint8Array>>): Uint8Array<ArrayBuffer> {
  const entries = Object.entries(files);
  const blocks = entries.reduce((sum, [, { length }]) => sum + 1 + Math.ceil(length / BLOCK), 0);
  // Two blocks of zeros end the archive.
  const tar = new Uint8Array(BLOCK * (blocks + 2));
  let at = 0;
  for (const [path, bytes] of entries) {
    if (new TextEncoder().encode(path).length > 100) {
      throw new InputError({ subject: 'writeTar', got: path, expected: 'a path of at most 100 bytes', next: 'choose a shorter name' });
    }
    const header = tar.subarray(at, at + BLOCK);
    const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');
    put(header, 0, path);
    put(header, 100, octal(0o644, 7));
    put(header, 108, octal(0, 7));
    put(header, 116, octal(0, 7));
    put(header, 124, octal(bytes.length, 11));
    put(header, 136, octal(0, 11));
    put(header, 156, '0');
    put(header, 257, 'ustar\u000000');
    put(header, 148, `${octal(checksum(header), 6)}\u0000 `);
    tar.set(bytes, at + BLOCK);
    at += BLOCK * (1 + Math.ceil(bytes.length / BLOCK));
  }
  return tar;
}

/** The sum of a header's bytes, its checksum field taken as eight spaces (POSIX.1-1988). */
function checksum(header: Uint8Array): number {
  let sum = 8 * 32;
  header.forEach((byte, i) => {
    if (i < 148 || i >= 156) sum += byte;
  });
  return sum;
}
