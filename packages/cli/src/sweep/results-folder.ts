import { closeSync, existsSync, fsyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { parseResults, type SweepLine } from '@kindling/figures';
import { makeFolder, syncFolder, writeWhole } from '../datagen/write.js';
import { lockFolder } from '../folder-lock.js';
import { onDisk } from '../terminal.js';

export const RESULTS = 'results.jsonl';
/** The folder of the state of trials that run, where it is kept. */
export const CHECKPOINTS = 'checkpoints';

/** What the natural data was, so that a folder of the same name with other images is noticed. */
export interface SweepData {
  readonly name: string;
  readonly train: number;
  readonly test: number;
  /** Of images and labels, training half first. */
  readonly sha256: string;
}

/** What every folder of results says of itself: its recipe stands in it too, in a form of its own. */
export interface ResultsCard {
  readonly kind: string;
  /** Lines that the finished folder holds. */
  readonly lines: number;
  /** By data set, once its first trial began. */
  readonly data: Readonly<Record<string, SweepData>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
  readonly date: string;
}

/** A folder as it was read. */
export interface ResultsFolder<Card extends ResultsCard> {
  readonly path: string;
  readonly card: Card;
  readonly lines: readonly SweepLine[];
  readonly notes: readonly string[];
  /** Bytes up to the end of the last whole line: what a writer keeps when it goes on. */
  readonly wholeBytes: number;
}

/** One kind of folder that holds a line a trial. */
export interface FolderKind<Card extends ResultsCard> {
  /** File name of the card. */
  readonly card: string;
  /** What such a folder is called: `sweep`. */
  readonly what: string;
  /** Reads the card. @throws InputError where the file holds something else */
  readCard(path: string): Card;
  /** The first respect in which a card's folder is not the one that another asks for, with both values as text. */
  difference(had: Card, asked: Card): { readonly field: string; readonly a: string; readonly b: string } | undefined;
  /** Keys of all lines that the finished folder holds. */
  keys(card: Card): Iterable<string>;
  /** What a line is the result of: two lines with one key are duplicates. */
  key(line: SweepLine): string;
  /** The same in words. */
  name(line: SweepLine): string;
}

/** Reads a folder's card and lines without changing anything. @throws InputError for damaged ones */
export function readResults<Card extends ResultsCard>(path: string, kind: FolderKind<Card>): ResultsFolder<Card> {
  const card = kind.readCard(path);
  const file = join(path, RESULTS);
  const bytes = existsSync(file) ? onDisk(file, 'a readable file', 'allow reading it', () => readFileSync(file)) : Buffer.alloc(0);
  const results = parseResults(bytes.toString('utf8'), file);
  // Up to the last line end: what follows was cut off.
  const wholeBytes = bytes.lastIndexOf('\n') + 1;
  return { path, card, ...results, wholeBytes, notes: results.notes.map((note) => `${file}: ${note}`) };
}

/** A file's text of results. */
export const encodeLines = (lines: readonly SweepLine[]): string => lines.map((line) => `${JSON.stringify(line)}\n`).join('');

/** The folder of trials that are being run: nobody else writes to it meanwhile, and a kill loses nothing that was appended. */
export class ResultsWriter<Card extends ResultsCard> {
  readonly path: string;
  /** What the folder held when it was opened. */
  readonly found: readonly SweepLine[];
  /** What is odd about the folder, in words. */
  readonly notes: readonly string[];
  readonly #kind: FolderKind<Card>;
  #card: Card;
  readonly #file: number;
  readonly #unlock: () => void;

  /**
   * Creates the folder, or goes on with what it holds: a last line that was cut off is removed.
   * @throws InputError where it holds another recipe's results (naming the first difference), lines that are not of it, or is being written to
   */
  constructor(kind: FolderKind<Card>, path: string, card: Card) {
    this.#kind = kind;
    this.path = path;
    makeFolder(path);
    this.#unlock = lockFolder(path, `a ${kind.what}`);
    try {
      const held = existsSync(join(path, kind.card)) ? readResults(path, kind) : undefined;
      // A recipe without a result, as of a command that named no data that there is, is nothing to protect; a checkpoint is.
      const begun = held && (held.lines.length > 0 || existsSync(join(path, CHECKPOINTS)));
      const before = begun ? held : undefined;
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

  #same(had: Card, asked: Card): void {
    const other = this.#kind.difference(had, asked);
    if (!other) return;
    const subject = `${join(this.path, this.#kind.card)}: ${other.field}`;
    const next = `repeat the command that began this ${this.#kind.what}, or choose another --out`;
    throw new InputError({ subject, got: `${other.a} in the folder`, expected: `${other.b}, as this command asks`, next });
  }

  /** Results without a recipe would be taken for results of this one. */
  #requireNew(): void {
    const results = join(this.path, RESULTS);
    if (!existsSync(results)) return;
    const { card, what } = this.#kind;
    const next = 'choose another --out, or delete that file';
    throw new InputError({ subject: this.path, got: `${RESULTS} without ${card}`, expected: `a ${what}, or a new folder`, next });
  }

  #olderVersions(had: Card, asked: Card): string | undefined {
    const was = had.versions.kindling;
    const is = asked.versions.kindling;
    if (was === is && had.commit === asked.commit) return undefined;
    const name = (version: string | undefined, commit: string | null): string => `${version}${commit ? ` (${commit.slice(0, 7)})` : ''}`;
    return `${this.path} was begun with Kindling ${name(was, had.commit)}, and goes on with ${name(is, asked.commit)}`;
  }

  #check(): void {
    const { what, key, name } = this.#kind;
    const known = new Set(this.#kind.keys(this.#card));
    const seen = new Set<string>();
    for (const line of this.found) {
      const got = seen.has(key(line)) ? 'two lines' : known.has(key(line)) ? undefined : 'a line that the recipe does not have';
      if (got) {
        const next = `delete the line that is too many; the ${what} runs what is missing`;
        const subject = `${join(this.path, RESULTS)}: ${name(line)}`;
        throw new InputError({ subject, got, expected: 'one line for each trial of the recipe', next });
      }
      seen.add(key(line));
    }
  }

  #save(): void {
    writeWhole(join(this.path, this.#kind.card), `${JSON.stringify(this.#card, null, 2)}\n`);
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
      const next = `use the data that the ${this.#kind.what} began with, or choose another --out`;
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
