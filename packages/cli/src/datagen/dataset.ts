import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { canonicalJson } from '@kindling/datagen';
import { LOCK, lockFolder } from '../folder-lock.js';
import { onDisk } from '../terminal.js';
import { makeFolder, syncFolder, writeWhole } from './write.js';

/** The card of a dataset folder: what it holds, and how much of it is on the disk. */
export const CARD = 'dataset.json';

interface Card {
  readonly [field: string]: unknown;
  /** Samples that are on the disk; the whole dataset is there when this is `count`. */
  readonly finished: number;
  /** Bytes of each stream at that moment: what lies beyond was written for samples that are not finished. */
  readonly bytes: Readonly<Record<string, number>>;
}

const NEXT = 'choose another --out, or delete that folder';

/** The field of an export's identity that says which program writes it. */
export const GENERATOR = 'generator';

/** What to do about a folder whose card differs in a field. */
const nextFor = (field: string): string =>
  field === GENERATOR
    ? 'finish it with the version of Kindling that began it, or delete the folder and export again'
    : 'repeat the command that began this export, or choose another --out';

/**
 * A dataset folder that is being written: streams that only grow, small files beside them, and a card that says how far they got.
 * `checkpoint` syncs the streams first and renames the new card into place afterwards, so whatever moment a process is killed at, the card
 * never claims a sample whose bytes are not on the disk; what was written after it is cut off when the export goes on. Until `close` the
 * folder is locked against other processes.
 */
export class DatasetWriter {
  readonly path: string;
  /** Samples that were finished when the folder was opened. */
  readonly finished: number;
  readonly #identity: Readonly<Record<string, unknown>>;
  readonly #files = new Map<string, { file: number; bytes: number }>();
  /** Small files and folders written since the last checkpoint. */
  readonly #fresh: string[] = [];
  readonly #folders = new Set<string>();
  readonly #unlock: () => void;

  /**
   * Creates the folder, or goes on with the export that it holds.
   * @param identity what makes the bytes what they are: an export can only go on with the same
   * @param headers each stream's first bytes
   * @param files the small files of the first so many samples, which an export can only go on with when they are all there
   * @throws InputError when the folder holds something else, another export, one that is being written, or less than its card says
   */
  constructor(
    path: string,
    identity: Readonly<Record<string, unknown>>,
    headers: Readonly<Record<string, Uint8Array>>,
    files: (finished: number) => Iterable<string> = () => [],
  ) {
    this.path = path;
    this.#identity = identity;
    makeFolder(path);
    // Before the lock, which would be one more file in somebody else's folder.
    this.#refuseForeign();
    this.#unlock = lockFolder(path, 'an export');
    try {
      const card = this.#readCard();
      this.finished = card?.finished ?? 0;
      // Cards that a killed process had begun to write.
      for (const name of readdirSync(path)) if (name.startsWith(`${CARD}.`) && name.endsWith('.tmp')) rmSync(join(path, name));
      this.#requireFiles(files(this.finished));
      // The card comes first, so that a folder killed between here and the next line is still known for what it is.
      if (!card) this.checkpoint(0);
      for (const [name, header] of Object.entries(headers)) this.#open(name, header, card?.bytes[name]);
      if (this.finished === 0) this.checkpoint(0);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** @throws InputError where the folder holds files but no card. */
  #refuseForeign(): void {
    const names = onDisk(this.path, 'a folder to write to', NEXT, () => readdirSync(this.path));
    if (names.includes(CARD)) return;
    const stray = names.find((name) => name !== LOCK && !(name.startsWith(`${CARD}.`) && name.endsWith('.tmp')));
    if (stray === undefined) return;
    throw new InputError({
      subject: this.path,
      got: `a folder that holds ${stray}`,
      expected: `an empty one, or one with ${CARD}`,
      next: NEXT,
    });
  }

  /** @throws InputError where a small file that the card tells of is gone or empty. */
  #requireFiles(files: Iterable<string>): void {
    let missing = 0;
    let first = '';
    for (const file of files) {
      if ((statSync(join(this.path, file), { throwIfNoEntry: false })?.size ?? 0) > 0) continue;
      first ||= file;
      missing++;
    }
    if (missing === 0) return;
    throw new InputError({
      subject: join(this.path, first),
      got: missing === 1 ? 'no such file, or an empty one' : `no such file, or an empty one; ${missing} in all`,
      expected: `the files of all ${this.finished} samples that ${CARD} tells of`,
      next: 'delete the folder, and export again',
    });
  }

  #readCard(): Card | undefined {
    const path = join(this.path, CARD);
    if (!existsSync(path)) return undefined;
    let card: Card;
    try {
      card = JSON.parse(readFileSync(path, 'utf8'));
    } catch (cause) {
      throw new InputError({ subject: path, got: (cause as Error).message, expected: 'the card of an export', next: NEXT }, 2, { cause });
    }
    const whole = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;
    const object = (value: unknown): value is object => typeof value === 'object' && value !== null;
    if (!object(card) || !whole(card.finished) || !object(card.bytes) || !Object.values(card.bytes).every(whole)) {
      throw new InputError({ subject: path, got: 'JSON without finished and bytes', expected: 'the card of an export', next: NEXT });
    }
    for (const [field, value] of Object.entries(this.#identity)) {
      if (canonicalJson(card[field]) === canonicalJson(value)) continue;
      const [got, expected] = [canonicalJson(card[field]) ?? 'nothing', canonicalJson(value)];
      throw new InputError({
        subject: `${path}: ${field}`,
        got: `${got} in the folder`,
        expected: `${expected}, as this command asks`,
        next: nextFor(field),
      });
    }
    return card;
  }

  #open(name: string, header: Uint8Array, finishedBytes: number | undefined): void {
    const path = join(this.path, name);
    onDisk(path, 'a file to write to', 'free some space, and repeat the command', () => {
      if (finishedBytes === undefined) {
        this.#files.set(name, { file: openSync(path, 'w'), bytes: 0 });
        this.append(name, header);
        return;
      }
      const size = existsSync(path) ? statSync(path).size : 0;
      if (size < finishedBytes) {
        const expected = `at least the ${finishedBytes} bytes that ${CARD} tells of`;
        throw new InputError({ subject: path, got: `${size} bytes`, expected, next: 'delete the folder, and export again' });
      }
      const file = openSync(path, 'r+');
      ftruncateSync(file, finishedBytes);
      this.#files.set(name, { file, bytes: finishedBytes });
    });
  }

  /** Adds bytes to a stream. */
  append(name: string, data: Uint8Array): void {
    const stream = this.#files.get(name)!;
    onDisk(join(this.path, name), 'a file to write to', 'free some space, and repeat the command', () => {
      for (let at = 0; at < data.byteLength; ) at += writeSync(stream.file, data, at, data.byteLength - at, stream.bytes + at);
    });
    stream.bytes += data.byteLength;
  }

  /** Writes a small file of its own, which is on the disk at the next checkpoint. */
  file(folder: string, name: string, data: Uint8Array): void {
    if (!this.#folders.has(folder)) makeFolder(join(this.path, folder));
    this.#folders.add(folder);
    const path = join(this.path, folder, name);
    onDisk(path, 'a file to write to', 'free some space, and repeat the command', () => writeFileSync(path, data));
    this.#fresh.push(path);
  }

  /** Makes all samples before `finished` survive a power cut, and says so on the card. */
  checkpoint(finished: number): void {
    for (const { file } of this.#files.values()) fsyncSync(file);
    // All were written before the first is synced: the disk then takes them together.
    for (const path of this.#fresh.splice(0)) {
      const file = openSync(path, 'r+');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    }
    for (const folder of this.#folders) syncFolder(join(this.path, folder));
    this.#folders.clear();
    syncFolder(this.path);
    const bytes = Object.fromEntries([...this.#files].map(([name, stream]) => [name, stream.bytes]));
    writeWhole(join(this.path, CARD), `${JSON.stringify({ ...this.#identity, finished, bytes }, null, 2)}\n`);
  }

  /** Closes the streams and frees the folder. */
  close(): void {
    for (const { file } of this.#files.values()) closeSync(file);
    this.#files.clear();
    this.#unlock();
  }
}
