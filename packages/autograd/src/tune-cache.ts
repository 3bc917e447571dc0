import { InputError } from '@kindling/core';

/** What was measured for one problem, as a cache keeps it. */
export interface TuneEntry {
  readonly chosen: string;
  /** Hash of the WGSL of every candidate: another kernel makes the measurement void. */
  readonly candidates: string;
  /** Median milliseconds a variant; null for a variant whose output was wrong. */
  readonly milliseconds: Readonly<Record<string, number | null>>;
}

/** Measurements by problem, on one adapter. */
export type TuneEntries = Readonly<Record<string, TuneEntry>>;

/** 32 bits that name a text, as eight hexadecimal digits (FNV-1a over UTF-16 units). */
export function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}

const FORMAT = 1;

/** Measurements of one `tuningScope` as the text of a cache file. */
export const encodeTuning = (scope: string, problems: TuneEntries): string =>
  `${JSON.stringify({ format: FORMAT, scope, problems }, null, 2)}\n`;

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

function entryProblem(entry: unknown): string | undefined {
  if (!isObject(entry)) return 'no object';
  const { chosen, candidates, milliseconds } = entry;
  if (typeof chosen !== 'string' || typeof candidates !== 'string') return 'no chosen variant or no candidates';
  if (!isObject(milliseconds)) return 'no milliseconds';
  return chosen in milliseconds ? undefined : `no time for the chosen variant ${chosen}`;
}

/**
 * Reads what `encodeTuning` wrote.
 * @throws InputError naming `path` for a damaged file, or one of another format or scope
 */
export function decodeTuning(text: string, scope: string, path: string): TuneEntries {
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject: path, got, expected, next: 'delete the file, or tune again' });
  };
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (cause) {
    return refuse((cause as Error).message, 'JSON');
  }
  if (!isObject(file) || file.format !== FORMAT || !isObject(file.problems))
    return refuse('another content', `a tuning of format ${FORMAT}`);
  if (file.scope !== scope) refuse(`a tuning of ${String(file.scope)}`, scope);
  for (const [key, entry] of Object.entries(file.problems)) {
    const problem = entryProblem(entry);
    if (problem !== undefined) refuse(`${problem} in ${key}`, 'a measured problem');
  }
  return file.problems as TuneEntries;
}
