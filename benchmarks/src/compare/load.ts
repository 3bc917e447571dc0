import { readFileSync } from 'node:fs';
import { InputError } from '@kindling/core';
import { SCHEMA } from '../suite/document.js';
import type { ComparedRun } from './compare.js';

/** A file that `bench --json` or `--out` wrote, or the report.json of a record. */
export interface LoadedRun extends ComparedRun {
  readonly adapter: string;
  readonly date: string;
  readonly load: number;
  readonly slowed: string | null;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

const refused = (path: string, got: string, expected = `a document of kindling bench (${SCHEMA})`): InputError =>
  new InputError({ subject: path, got, expected, next: 'write one with `kindling bench --out FILE`' });

function checkEntry(path: string, list: string, entry: unknown, index: number): void {
  const place = `${list}[${index}]`;
  if (!isObject(entry) || typeof entry.id !== 'string') throw refused(path, `${place} without an id`);
  const { samples, pass, round, cpu = [] } = entry;
  const numbers = (value: unknown): value is number[] => Array.isArray(value) && value.every((item) => typeof item === 'number');
  if (!numbers(samples) || !samples.every((value) => value > 0 && Number.isFinite(value))) {
    throw refused(path, `${place}.samples of ${entry.id} that are no positive numbers`, 'milliseconds');
  }
  if (!numbers(cpu) || (cpu.length > 0 && cpu.length !== samples.length)) {
    throw refused(path, `${place}.cpu of ${entry.id} that is no list of numbers, one a sample`, 'shares of the time on the wall');
  }
  if (!numbers(pass) || !numbers(round) || pass.length !== samples.length || round.length !== samples.length) {
    throw refused(
      path,
      `${place} of ${entry.id} with ${samples.length} samples, but other numbers of passes or rounds`,
      'one of each a sample',
    );
  }
}

/** @throws InputError naming what is wrong with the file */
export function parseRun(text: string, path: string): LoadedRun {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw refused(path, `no JSON (${(cause as Error).message})`);
  }
  if (!isObject(parsed)) throw refused(path, 'no object');
  if (parsed.schema !== SCHEMA) {
    throw refused(
      path,
      parsed.schema === undefined ? 'no field schema: older records hold no blocks to compare by' : `schema ${String(parsed.schema)}`,
    );
  }
  for (const list of ['entries', 'reference']) {
    const entries = parsed[list];
    if (!Array.isArray(entries)) throw refused(path, `no list ${list}`);
    for (const [index, entry] of entries.entries()) checkEntry(path, list, entry, index);
    const ids = entries.map(({ id }) => id as string);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) throw refused(path, `${twice} twice in ${list}`, 'each id once');
  }
  const environment = isObject(parsed.environment) ? parsed.environment : {};
  return {
    entries: parsed.entries as LoadedRun['entries'],
    reference: parsed.reference as LoadedRun['reference'],
    adapter: String(parsed.adapter ?? 'unknown'),
    date: String(environment.date ?? 'unknown'),
    load: Number(parsed.load ?? Number.NaN),
    slowed: typeof parsed.slowed === 'string' ? parsed.slowed : null,
  };
}

/** @throws InputError for a file that cannot be read, or is no document of `kindling bench` */
export function loadRun(path: string): LoadedRun {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw refused(path, (cause as Error).message, 'a readable file');
  }
  return parseRun(text, path);
}

/** @throws InputError when the runs were made on different adapters: no ratio between them says anything about the code */
export function requireSameAdapter(a: LoadedRun, b: LoadedRun): void {
  if (a.adapter === b.adapter) return;
  throw new InputError({
    subject: 'bench compare',
    got: `a run on ${a.adapter} and one on ${b.adapter}`,
    expected: 'two runs on the same adapter',
    next: 'measure both with the same --adapter',
  });
}

/** `5%` or `0.05` as a share. @throws InputError */
export function parseThreshold(text: string): number {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*(%?)\s*$/.exec(text);
  const value = match ? Number(match[1]) / (match[2] === '%' ? 100 : 1) : Number.NaN;
  if (value >= 0 && value < 10) return value;
  const next = 'write --threshold 5%';
  throw new InputError({
    subject: '--threshold',
    got: JSON.stringify(text),
    expected: 'a share from 0 to below 10, e.g. 5% or 0.05',
    next,
  });
}
