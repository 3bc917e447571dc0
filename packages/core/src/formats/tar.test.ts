import { describe, expect, it } from 'vitest';
import { readTar, writeTar } from './tar.js';

/** One entry: a header with a right checksum, the contents padded to 512 bytes. */
function entry(name: string, contents: string, { type = '0', prefix = '' } = {}): number[] {
  const header = new Uint8Array(512);
  const put = (text: string, at: number): void =>
    header.set(
      [...text].map((letter) => letter.charCodeAt(0)),
      at,
    );
  put(name, 0);
  put(`${contents.length.toString(8).padStart(11, '0')} `, 124);
  put(type, 156);
  put('ustar\x0000', 257);
  put(prefix, 345);
  put('        ', 148);
  put(
    `${header
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, '0')}\0 `,
    148,
  );
  const body = new Uint8Array(512 * Math.ceil(contents.length / 512));
  body.set([...contents].map((letter) => letter.charCodeAt(0)));
  return [...header, ...body];
}
const end = new Array<number>(1024).fill(0);
const read = (bytes: number[]) =>
  Object.fromEntries([...readTar(Uint8Array.from(bytes), 'a.tar')].map(([path, body]) => [path, String.fromCharCode(...body)]));

describe('readTar', () => {
  it('gives files by path and passes over folders and links', () => {
    const long = 'x'.repeat(513);
    const tar = [
      ...entry('package/', '', { type: '5' }),
      ...entry('./package/a', 'one'),
      ...entry('link', '', { type: '2' }),
      ...entry('b', long, { prefix: 'package/deep' }),
      ...entry('empty', ''),
      ...end,
    ];
    expect(read(tar)).toEqual({ 'package/a': 'one', 'package/deep/b': long, empty: '' });
  });

  it('names an archive that ends early, and a damaged header', () => {
    const tar = entry('a', 'x'.repeat(600));
    expect(() => read(tar.slice(0, 1000))).toThrow('a.tar: got 1000 bytes, which end inside a');
    expect(() => read([0x62, ...tar.slice(1)])).toThrow('a damaged header at byte 0');
  });
});

describe('writeTar', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);

  it('writes what readTar reads, whatever the lengths, in order', () => {
    const files = { 'run/a': text('{}'), 'run/empty': text(''), 'run/block': new Uint8Array(512).fill(7), b: new Uint8Array(513).fill(9) };
    const tar = writeTar(files);
    const back = readTar(tar, 'archive');
    expect([...back.keys()]).toEqual(Object.keys(files));
    for (const [path, bytes] of Object.entries(files)) expect([...back.get(path)!]).toEqual([...bytes]);
    expect([...tar.subarray(-1024)].every((byte) => byte === 0)).toBe(true);
  });

  it('puts the fields where POSIX has them', () => {
    const tar = writeTar({ a: text('hi') });
    const at = (from: number, length: number): string => new TextDecoder().decode(tar.subarray(from, from + length));
    expect([at(0, 2), at(100, 8), at(124, 12), at(156, 1), at(257, 8)]).toEqual(['a\0', '0000644\0', '00000000002\0', '0', 'ustar\x0000']);
  });

  it('refuses a name that is too long', () => {
    expect(() => writeTar({ ['x'.repeat(101)]: text('') })).toThrow('at most 100 bytes');
  });
});
