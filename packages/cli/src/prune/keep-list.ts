import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { indexBytes } from '@kindling/pruning';
import type { KeptItems } from '@kindling/warmup';
import { describeData } from '../describe-data.js';
import { writeWhole } from '../run-folder.js';
import { onDisk } from '../terminal.js';

/** A keep list that was read from a file, its hash checked; not yet against any data. */
export interface KeepListFile extends KeptItems {
  /** Absolute. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** What the list says of the data that its indices count; undefined where it says nothing. */
  readonly dataSet: string | undefined;
  readonly sha256: string | undefined;
  readonly total: number | undefined;
}

/** Its copy in a run folder or a sweep's. */
export const KEEP_LIST = 'keep-list.json';

/** What the header of a record says. */
export interface KeepFacts {
  readonly path: string;
  readonly hash: string;
  readonly count: number;
  readonly copy: string;
}

export const keepFacts = ({ path, hash, indices }: KeepListFile): KeepFacts => ({ path, hash, count: indices.length, copy: KEEP_LIST });

/** SHA-256 of ascending indices, as a keep list names them. */
export const hashIndices = (indices: ArrayLike<number>): string => createHash('sha256').update(indexBytes(indices)).digest('hex');

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const MAKE = 'make a list with `kindling prune select`';

/** Indices of a list, ascending. @throws InputError for a list without any, for one that is no index, or one that is there twice */
function indicesOf(list: Record<string, unknown>, path: string): Uint32Array<ArrayBuffer> {
  const { indices } = list;
  const subject = `${path}: indices`;
  if (!Array.isArray(indices) || indices.length === 0) {
    const got = Array.isArray(indices) ? 'an empty list' : indices === undefined ? 'nothing' : typeof indices;
    throw new InputError({ subject, got, expected: 'the numbers of the examples that stay, from 0', next: MAKE });
  }
  const odd = indices.findIndex((index) => !(Number.isInteger(index) && index >= 0 && index < 2 ** 32));
  if (odd >= 0) {
    const got = `${JSON.stringify(indices[odd])} at place ${odd}`;
    throw new InputError({ subject, got, expected: 'whole numbers from 0', next: MAKE });
  }
  const sorted = Uint32Array.from(indices as number[]).sort();
  const twice = sorted.findIndex((index, at) => at > 0 && sorted[at - 1] === index);
  if (twice < 0) return sorted;
  const next = 'leave the second out, and hash what is left';
  throw new InputError({ subject, got: `${sorted[twice]} twice`, expected: 'each example at most once', next });
}

/**
 * Reads a keep list: {indices, hash, recipe, …} as `kindling prune select` writes it, or another program.
 * @throws InputError for a file that is none, indices that are none or there twice, or a hash that is not theirs
 */
export function readKeepList(given: string, option = '--keep-list'): KeepListFile {
  const path = resolve(given);
  const bytes = onDisk(path, 'a readable file', MAKE, () => readFileSync(path));
  let list: unknown;
  try {
    list = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new InputError({ subject: given, got: (cause as Error).message, expected: 'JSON', next: MAKE }, 2, { cause });
  }
  if (!isObject(list)) throw new InputError({ subject: `${option} ${given}`, got: 'no object', expected: 'a keep list', next: MAKE });
  const indices = indicesOf(list, given);
  const hash = hashIndices(indices);
  if (list.hash !== hash) {
    const got = list.hash === undefined ? 'nothing' : JSON.stringify(list.hash);
    const next = 'use the list as it was written; the hash is the SHA-256 of the ascending indices as little-endian u32';
    throw new InputError({ subject: `${given}: hash`, got, expected: `${hash}, which its ${indices.length} indices have`, next });
  }
  const recipe = isObject(list.recipe) ? list.recipe : {};
  const data = isObject(recipe.data) ? recipe.data : {};
  const total = typeof list.total === 'number' ? list.total : undefined;
  return { path, bytes, indices, hash, dataSet: text(recipe.dataSet), sha256: text(data.sha256), total };
}

/**
 * Checks a list against the data that is to be trained on.
 * @throws InputError for a list of another data set, or an index beyond the training half
 */
export function requireKeepFits({ path, indices, dataSet, sha256, total }: KeepListFile, natural: NaturalData): void {
  const { name, train } = natural;
  const subject = `--keep-list ${path}`;
  const next = 'use a list that was made from the data which is trained on: name it with --data-set or --data';
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject, got, expected, next });
  };
  const last = indices.at(-1)!;
  if (last >= train.count) refuse(`index ${last}`, `0 to ${train.count - 1}, the ${train.count} training images of ${name}`);
  if (total !== undefined && total !== train.count) refuse(`a list of ${total} training images`, `${train.count}, which ${name} has`);
  const own = sha256 === undefined ? undefined : describeData(natural).sha256;
  if (own !== sha256) refuse(`a list of ${dataSet ?? 'data'} (SHA-256 ${sha256!.slice(0, 12)}…)`, `one of ${name} (${own!.slice(0, 12)}…)`);
  // A name says less than the bytes: a folder of one's own may be called anything.
  if (sha256 === undefined && dataSet !== undefined && dataSet !== name) refuse(`a list of ${dataSet}`, `one of ${name}`);
}

/** Puts the copy into a folder. */
export const keepKeepList = (folder: string, { bytes }: KeepListFile): void => writeWhole(join(folder, KEEP_LIST), bytes);

/**
 * The list of a recipe: what --keep-list names, else the copy beside the recipe's file or in the run folder.
 * @param beside the recipe's file, or a folder
 * @throws InputError where the recipe has a hash and no list of that hash is there; what `readKeepList` throws
 */
export function keepListOf(hash: string | undefined, given: string | undefined, beside: string | undefined): KeepListFile | undefined {
  const copy = beside === undefined ? undefined : join(beside.endsWith('.json') ? dirname(beside) : beside, KEEP_LIST);
  const path = given ?? (hash !== undefined && copy !== undefined && existsSync(copy) ? copy : undefined);
  const list = path === undefined ? undefined : readKeepList(path);
  if (list?.hash === hash) return list;
  throw new InputError({
    subject: 'recipe.keepList',
    got: hash === undefined ? 'nothing' : `${hash.slice(0, 12)}…, and ${list ? `a list of hash ${list.hash.slice(0, 12)}…` : 'no list'}`,
    expected: list && hash === undefined ? `the hash of ${list.path}` : 'a keep list of that hash',
    next: `name it with --keep-list; the folder of a run that used it has a copy, ${KEEP_LIST}`,
  });
}
