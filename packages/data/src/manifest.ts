import { InputError } from '@kindling/core';
import type { FileFormat } from './sets.js';

/** What lies in a data set's folder in the cache, and where it came from: `manifest.json`. */
export interface Manifest {
  readonly name: string;
  readonly format: FileFormat;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly classNames?: readonly string[];
  /** Images in each half. */
  readonly train: number;
  readonly test: number;
  /** What decides which image is in which half, and the order. */
  readonly split: string;
  readonly source: { readonly package: string; readonly version: string } | { readonly folder: string; readonly testShare?: number };
  readonly licence: string;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly md5: string }>>;
  /** Time of writing, ISO 8601. */
  readonly written: string;
}

export const MANIFEST = 'manifest.json';

/** A name is a folder of the cache too. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/;

/** @throws InputError unless the name can be a data set's */
export function requireName(subject: string, name: string): void {
  if (NAME.test(name)) return;
  const expected = 'at most 64 small letters, digits, dots, hyphens and underscores, a letter or digit first';
  throw new InputError({ subject, got: JSON.stringify(name), expected, next: 'choose a name such as my-digits' });
}

const size = (value: unknown): boolean => Number.isInteger(value) && (value as number) > 0;
const text = (value: unknown): boolean => typeof value === 'string';
const object = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What each field must be. */
const checks: Readonly<Record<keyof Manifest, (value: unknown) => boolean>> = {
  name: text,
  format: (value) => value === 'idx' || value === 'records',
  channels: size,
  height: size,
  width: size,
  classes: (value) => size(value) && (value as number) <= 256,
  classNames: (value) => value === undefined || (Array.isArray(value) && value.every(text)),
  train: size,
  test: size,
  split: text,
  source: (value) => object(value) && (text(value.folder) || (text(value.package) && text(value.version))),
  licence: text,
  files: (value) =>
    object(value) &&
    Object.entries(value).every(([name, file]) => /^[\w.-]+$/.test(name) && object(file) && size(file.bytes) && text(file.md5)),
  written: text,
};

/**
 * Reads a manifest.
 * @param subject names the file in messages; @param again what to do when it is damaged
 * @throws InputError naming the field that is missing or wrong
 */
export function parseManifest(json: string, subject: string, again: string): Manifest {
  const refuse = (got: string): never => {
    throw new InputError({ subject, got, expected: 'the manifest of a data set', next: again });
  };
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (!object(value)) return refuse('no object');
  for (const [field, fits] of Object.entries(checks)) {
    if (!fits(value[field])) return refuse(`${field} ${JSON.stringify(value[field]) ?? '(missing)'}`);
  }
  return value as unknown as Manifest;
}
