import {
  appendFileSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawRun, parseRecord, type RunRecord, toPng } from '@kindling/figures';
import type { KeepFacts } from './prune/keep-list.js';
import { onDisk } from './terminal.js';
import type { ModelFacts } from './user-model.js';

/** First line of a run record. */
export interface HeaderLine {
  readonly type: 'header';
  readonly recipe: Readonly<Record<string, unknown>>;
  /** SHA-256 of the generator's recipe, where the run generates data. */
  readonly recipeHash?: string | undefined;
  readonly versions: Readonly<Record<string, string>>;
  readonly adapter: string;
  /** The natural data; `folder` is null for the npm package. */
  readonly data: DataFacts;
  readonly commit: string | null;
  /** Whether tracked files of the clone differed from the commit. */
  readonly modified?: boolean;
  readonly date: string;
  /** Steps between two checkpoints, where the run makes them; 0: only before a stop. */
  readonly checkpointEvery?: number;
  /** The module of the model, where it is not a built-in one. */
  readonly model?: ModelFacts;
  /** The list to which natural training was limited. */
  readonly keepList?: KeepFacts;
}

export interface DataFacts {
  readonly name: string;
  readonly folder: string | null;
  readonly train: number;
  readonly test: number;
}

/** Names of the files in a run's folder; `RUN_FILES` of warmup, which figures and reports do without. */
export const RECIPE = 'recipe.json';
export const RECORD = 'metrics.jsonl';
export const MODEL = 'model.safetensors';

/** `2026-11-21T21-36-08Z`: sorts by time, and is a file name everywhere. */
const stamp = (date: Date): string => `${date.toISOString().slice(0, 19).replaceAll(':', '-')}Z`;

/** Where a run goes that was not told where: `runs/<time>-<kind>` of the current folder, numbered if it exists. */
export function defaultRunPath(kind: string): string {
  const base = join('runs', `${stamp(new Date())}-${kind}`);
  let path = base;
  for (let n = 2; existsSync(path); n++) path = `${base}-${n}`;
  return path;
}

/** Writes a file whole or not at all: under another name first, then renamed. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  onDisk(path, 'a place to write', 'free some space, or choose another --out', () => {
    const draft = `${path}.${process.pid}.tmp`;
    writeFileSync(draft, contents);
    renameSync(draft, path);
  });
}

/** A run folder that is being written. */
export class RunWriter {
  readonly path: string;
  private readonly record: string;

  /**
   * Creates the folder with its recipe and the record's header; without a header the record that is there goes on.
   * @throws InputError when it cannot be written, or holds a run already.
   */
  constructor(path: string, header?: HeaderLine) {
    this.path = path;
    this.record = join(path, RECORD);
    if (!header) return;
    if (existsSync(this.record)) {
      const next = `choose another --out, or delete that folder; if the run did not end: kindling warmup --resume ${path}`;
      throw new InputError({ subject: path, got: 'a folder that holds a run', expected: 'a new or empty one', next });
    }
    onDisk(path, 'a folder to write to', 'choose another --out', () => mkdirSync(path, { recursive: true }));
    writeWhole(join(path, RECIPE), `${JSON.stringify(header.recipe, null, 2)}\n`);
    this.append(header);
  }

  /** Adds a line, which is in the file when this returns: a run that is killed leaves every line before. */
  append(line: object): void {
    onDisk(this.record, 'a file to append to', 'free some space and run again', () =>
      appendFileSync(this.record, `${JSON.stringify(line)}\n`),
    );
  }

  /** Puts the record on the disk, as a checkpoint is about to say that it is there. */
  sync(): void {
    onDisk(this.record, 'a file to write', 'free some space and run again', () => {
      const file = openSync(this.record, 'r+');
      try {
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
    });
  }

  /** Removes what the record holds beyond a step, a summary and a torn last line: the run goes on from there. */
  cutBack(step: number): void {
    const rows = readText(this.path, RECORD).split('\n').slice(0, -1);
    const stays = (row: string, index: number): boolean => {
      const line = JSON.parse(row) as { readonly type?: unknown; readonly step?: unknown };
      return index === 0 || (line.type !== 'summary' && typeof line.step === 'number' && line.step <= step);
    };
    writeWhole(
      this.record,
      rows
        .filter(stays)
        .map((row) => `${row}\n`)
        .join(''),
    );
  }

  saveModel(bytes: Uint8Array): void {
    writeWhole(join(this.path, MODEL), bytes);
  }
}

const NEXT = 'name a folder that `kindling warmup` or `kindling start` has written';

function readText(folder: string, name: string): string {
  const path = join(folder, name);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new InputError({ subject: folder, got: 'no such folder', expected: 'a run folder', next: NEXT });
  }
  if (!existsSync(path)) throw new InputError({ subject: folder, got: `no ${name}`, expected: 'a run folder', next: NEXT });
  return onDisk(path, 'a readable file', NEXT, () => readFileSync(path, 'utf8'));
}

/** The record of a run folder, and its first line in full. @throws InputError for a folder without one, or a damaged one. */
export function readRecord(folder: string): { record: RunRecord; header: Partial<HeaderLine> } {
  const text = readText(folder, RECORD);
  const record = parseRecord(text, join(folder, RECORD));
  return { record, header: JSON.parse(text.slice(0, text.indexOf('\n') >>> 0)) };
}

/** Whether the run in a folder ended: then it has a model, which is written after the last line of its record. */
export const runEnded = (folder: string): boolean => existsSync(join(folder, MODEL));

/** The recipe of a run folder, unchecked, and the header of its record, where the run got as far as that. @throws InputError for a folder without a recipe */
export function readBegun(folder: string): { recipe: unknown; header: Partial<HeaderLine> | undefined; recipePath: string } {
  const recipePath = join(folder, RECIPE);
  readText(folder, RECIPE);
  const record = join(folder, RECORD);
  const first = existsSync(record) ? readText(folder, RECORD) : '';
  // A header that a kill cut off counts for nothing: no step was done after it.
  const header = first.includes('\n') ? (JSON.parse(first.slice(0, first.indexOf('\n'))) as Partial<HeaderLine>) : undefined;
  return { recipe: readJson(recipePath), header, recipePath };
}

/** Removes the record of a run that did not get to its first checkpoint: it starts anew in the same folder. */
export const discardRecord = (folder: string): void => rmSync(join(folder, RECORD), { force: true });

/** The bytes of a run folder's model. @throws InputError where there is none, with the reason if the run did not end. */
export function readModelFile(folder: string): { bytes: Uint8Array; path: string } {
  const { header } = readRecord(folder);
  const path = join(folder, MODEL);
  if (!existsSync(path)) {
    const anew = header.recipe && 'trials' in header.recipe ? 'kindling start' : `kindling warmup --recipe ${join(folder, RECIPE)}`;
    const resumable = readdirSync(folder).some((name) => name.startsWith('checkpoint-'));
    const next = resumable
      ? `the run did not end, so go on with it: kindling warmup --resume ${folder}`
      : `the run did not end, so start it anew: ${anew}`;
    throw new InputError({ subject: folder, got: `no ${MODEL}`, expected: 'the model of a run that ended', next });
  }
  return { bytes: onDisk(path, 'a readable file', NEXT, () => readFileSync(path)), path };
}

/** Parses a JSON file that the user names. @throws InputError naming the file. */
export function readJson(path: string): unknown {
  const next = 'name a JSON file, e.g. the recipe.json of a run';
  const text = onDisk(path, 'a readable file', next, () => readFileSync(path, 'utf8'));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError({ subject: path, got: (cause as Error).message, expected: 'JSON', next }, 2, { cause });
  }
}

/** Draws what the record in `folder` holds, from the record alone, as SVG and PNG into `target`. Returns the paths written. */
export async function writeFigures(folder: string, target = folder): Promise<string[]> {
  const drawn = await drawRun(readRecord(folder).record);
  onDisk(target, 'a folder to write to', 'choose another --out', () => mkdirSync(target, { recursive: true }));
  const paths: string[] = [];
  for (const { name, svg } of drawn) {
    const path = join(target, name);
    writeWhole(`${path}.svg`, svg);
    writeWhole(`${path}.png`, await toPng(svg));
    paths.push(`${path}.svg`, `${path}.png`);
  }
  return paths;
}
