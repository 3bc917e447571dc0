import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { lineKey, lineName, parseResults, type SweepLine } from '@kindling/figures';
import { makeFolder, syncFolder, writeWhole } from '../datagen/write.js';
import { readJson } from '../run-folder.js';
import { onDisk } from '../terminal.js';
import { lockFolder } from './lock.js';
import { linesOf, type Shard, sweepTrials } from './plan.js';
import { recipeDifference, type SweepRecipe } from './recipe.js';

const CARD = 'sweep.json';
const RESULTS = 'results.jsonl';

/** What the natural data was, so that a folder of the same name with other images is noticed. */
export interface SweepData {
  readonly name: string;
  readonly train: number;
  readonly test: number;
  /** Of images and labels, training half first. */
  readonly sha256: string;
}

/** `sweep.json`: what a folder's results are results of. */
export interface SweepCard {
  readonly kind: 'sweep';
  readonly recipe: SweepRecipe;
  /** Which part of the sweep the folder holds; null for all of it. */
  readonly shard: Shard | null;
  /** Lines that the finished folder holds. */
  readonly lines: number;
  /** By data set, once its first trial began. */
  readonly data: Readonly<Record<string, SweepData>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
  readonly date: string;
}

export interface SweepFolder {
  readonly path: string;
  readonly card: SweepCard;
  readonly lines: readonly SweepLine[];
  readonly notes: readonly string[];
  /** Bytes up to the end of the last whole line: what a writer keeps when it goes on. */
  readonly wholeBytes: number;
}

/** Where a shard's results go: a folder of its own below the sweep's. */
export const shardPath = (out: string, { index, count }: Shard): string =>
  join(out, `shard-${String(index).padStart(String(count - 1).length, '0')}-of-${count}`);

/** The folders of shards that lie in a folder. */
export const shardsIn = (path: string): string[] =>
  existsSync(path) && statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => /^shard-\d+-of-\d+$/.test(name) && existsSync(join(path, name, CARD)))
        .sort()
        .map((name) => join(path, name))
    : [];

export const isSweep = (path: string): boolean => existsSync(join(path, CARD));

/** All lines that a sweep or shard has when it is finished. */
export const expectedLines = (recipe: SweepRecipe, shard: Shard | null) =>
  sweepTrials(recipe, shard ?? undefined).flatMap((trial) => linesOf(recipe, trial));

function cardOf(path: string): SweepCard {
  const file = join(path, CARD);
  const card = readJson(file) as SweepCard;
  if (card?.kind !== 'sweep' || typeof card.recipe !== 'object' || !Array.isArray(card.recipe?.arms) || typeof card.data !== 'object') {
    const next = 'name a folder that `kindling sweep` or `kindling merge` has written';
    throw new InputError({ subject: file, got: 'another kind of JSON', expected: 'the recipe of a sweep', next });
  }
  return card;
}

/** Reads a sweep's folder without changing it. @throws InputError for a folder without a sweep, or a damaged one */
export function readSweep(path: string): SweepFolder {
  if (!isSweep(path)) {
    const shards = shardsIn(path).length;
    const next =
      shards > 0 ? `join its shards first: kindling merge ${path} --out ${path}` : 'name a folder that `kindling sweep` has written';
    const got = existsSync(path) ? `no ${CARD}${shards > 0 ? `, but ${shards} shards` : ''}` : 'no such folder';
    throw new InputError({ subject: path, got, expected: 'the folder of a sweep', next });
  }
  const card = cardOf(path);
  const file = join(path, RESULTS);
  const bytes = existsSync(file) ? onDisk(file, 'a readable file', 'allow reading it', () => readFileSync(file)) : Buffer.alloc(0);
  const results = parseResults(bytes.toString('utf8'), file);
  // Up to the last line end: what follows was cut off.
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  return { path, card, ...results, wholeBytes, notes: results.notes.map((note) => `${file}: ${note}`) };
}

/** A file's text of results. */
export const encodeLines = (lines: readonly SweepLine[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** Writes a whole sweep at once. */
export function writeSweep(path: string, card: SweepCard, lines: readonly SweepLine[]): void {
  makeFolder(path);
  writeWhole(join(path, RESULTS), encodeLines(lines));
  writeWhole(join(path, CARD), `${JSON.stringify(card, null, 2)}\n`);
}

/** The folder of a sweep that is being run. */
export class SweepWriter {
  readonly path: string;
  /** What the folder held when it was opened. */
  readonly found: readonly SweepLine[];
  /** What is odd about the folder, in words. */
  readonly notes: readonly string[];
  #card: SweepCard;
  readonly #file: number;
  readonly #unlock: () => void;

  /**
   * Creates the folder, or goes on with the sweep that it holds: a last line that was cut off is removed.
   * @throws InputError where it holds another sweep (naming the first difference), lines that are not of it, or is being written to
   */
  constructor(path: string, card: SweepCard) {
    this.path = path;
    makeFolder(path);
    this.#unlock = lockFolder(path);
    try {
      const held = isSweep(path) ? readSweep(path) : undefined;
      // A recipe without a result, as of a command that named no data that there is, is nothing to protect.
      const before = held && held.lines.length > 0 ? held : undefined;
      if (before) this.#same(before.card, card);
      else if (!held) this.#requireNew();
      this.#card = before?.card ?? card;
      this.found = before?.lines ?? [];
      const versions = before && this.#olderVersions(before.card, card);
      this.notes = [...(before?.notes ?? []), ...(versions ? [versions] : [])];
      this.#check();
      if (!before) this.#save();
      const file = join(path, RESULTS);
      this.#file = onDisk(file, 'a file to append to', 'choose another --out', () => openSync(file, 'a'));
      ftruncateSync(this.#file, before?.wholeBytes ?? 0);
      fsyncSync(this.#file);
      syncFolder(path);
    } catch (error) {
      this.#unlock();
      throw error;
    }
  }

  #same(had: SweepCard, asked: SweepCard): void {
    const subject = join(this.path, CARD);
    const next = 'repeat the command that began this sweep, or choose another --out';
    const other = recipeDifference(had.recipe, asked.recipe);
    if (other) {
      const got = `${other.a} in the folder`;
      throw new InputError({ subject: `${subject}: ${other.field}`, got, expected: `${other.b}, as this command asks`, next });
    }
    const part = ({ shard }: SweepCard): string => (shard ? `shard ${shard.index}/${shard.count}` : 'the whole sweep');
    if (part(had) !== part(asked)) throw new InputError({ subject, got: `${part(had)} in the folder`, expected: part(asked), next });
  }

  /** Results without a recipe would be taken for results of this one. */
  #requireNew(): void {
    const results = join(this.path, RESULTS);
    if (!existsSync(results)) return;
    const next = 'choose another --out, or delete that file';
    throw new InputError({ subject: this.path, got: `${RESULTS} without ${CARD}`, expected: 'a sweep, or a new folder', next });
  }

  #olderVersions(had: SweepCard, asked: SweepCard): string | undefined {
    const was = had.versions.kindling;
    const is = asked.versions.kindling;
    if (was === is && had.commit === asked.commit) return undefined;
    const name = (version: string | undefined, commit: string | null): string => `${version}${commit ? ` (${commit.slice(0, 7)})` : ''}`;
    return `${this.path} was begun with Kindling ${name(was, had.commit)}, and goes on with ${name(is, asked.commit)}`;
  }

  #check(): void {
    const { recipe, shard } = this.#card;
    const known = new Set(expectedLines(recipe, shard).map((line) => lineKey(line as SweepLine)));
    const seen = new Set<string>();
    for (const line of this.found) {
      const got = seen.has(lineKey(line)) ? 'two lines' : known.has(lineKey(line)) ? undefined : 'a line that the recipe does not have';
      if (got) {
        const next = 'delete the line that is too many; the sweep runs what is missing';
        const subject = `${join(this.path, RESULTS)}: ${lineName(line)}`;
        throw new InputError({ subject, got, expected: 'one line for each trial of the recipe', next });
      }
      seen.add(lineKey(line));
    }
  }

  #save(): void {
    writeWhole(join(this.path, CARD), `${JSON.stringify(this.#card, null, 2)}\n`);
  }

  /** Records what a data set is, or checks that it still is the same. @throws InputError */
  requireData(dataSet: string, data: SweepData): void {
    const had = this.#card.data[dataSet];
    if (!had) {
      this.#card = { ...this.#card, data: { ...this.#card.data, [dataSet]: data } };
      this.#save();
    } else if (had.sha256 !== data.sha256) {
      const say = ({ train, test, sha256 }: SweepData): string =>
        `${train} training and ${test} test images, SHA-256 ${sha256.slice(0, 12)}…`;
      const next = 'use the data that the sweep began with, or choose another --out';
      throw new InputError({ subject: `data set ${dataSet}`, got: say(data), expected: `${say(had)}, as in ${this.path}`, next });
    }
  }

  /** Adds lines in one write, which is on the disk when this returns. */
  append(lines: readonly SweepLine[]): void {
    if (lines.length === 0) return;
    const file = join(this.path, RESULTS);
    onDisk(file, 'a file to append to', 'free some space, and repeat the command', () => {
      const bytes = new TextEncoder().encode(encodeLines(lines));
      const written = writeSync(this.#file, bytes);
      // A full disk takes part of it, or refuses the rest: what is cut off is dropped at the next start.
      if (written < bytes.length) writeSync(this.#file, bytes, written);
      fsyncSync(this.#file);
    });
  }

  close(): void {
    closeSync(this.#file);
    this.#unlock();
  }
}
