import { gzipSync } from 'node:zlib';

const text = (value: string): number[] => [...value].map((letter) => letter.charCodeAt(0));

/** A gzipped tar archive of these files, as `npm pack` writes one. */
export function tarball(files: Readonly<Record<string, Uint8Array | string>>): Uint8Array {
  const parts: Uint8Array[] = [];
  for (const [path, contents] of Object.entries(files)) {
    const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
    const header = new Uint8Array(512);
    header.set(text(`package/${path}`));
    header.set(text(bytes.length.toString(8).padStart(11, '0')), 124);
    header.set(text('        0'), 148);
    header.set(text('ustar'), 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.set(text(sum.toString(8).padStart(6, '0')), 148);
    header[154] = 0;
    const padded = new Uint8Array(512 * Math.ceil(bytes.length / 512));
    padded.set(bytes);
    parts.push(header, padded);
  }
  return gzipSync(Buffer.concat([...parts, new Uint8Array(1024)]));
}
