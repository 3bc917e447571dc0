import { basename, join, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { diskSource, OpenFile, READ_WHEN_DUE } from './disk.js';
import { type Checked, readChecked } from './files.js';
import type { DiskSource, NaturalData, Split } from './natural.js';
import { parseRecords, type RecordShape, recordBytes } from './records.js';
import { CIFAR_NAMES, knownSets } from './sets.js';

/** Files of records: where they lie and what they hold. */
export interface RecordFiles extends Checked {
  readonly name: string;
  readonly shape: RecordShape;
  readonly classNames?: readonly string[] | undefined;
  /** In the order in which their images count. */
  readonly train: readonly string[];
  readonly test: readonly string[];
}

const { channels, height, width, classNames } = knownSets.cifar10!;

/** The shape of CIFAR-10's records. */
export const cifarShape: RecordShape = { channels, height, width, classes: classNames.length };

/** CIFAR-10's six binary files in a user's own folder; reading names the one that is missing. */
export const cifarFolder = (folder: string): RecordFiles => ({
  name: basename(resolve(folder)),
  shape: cifarShape,
  classNames,
  train: CIFAR_NAMES.train.map((file) => join(folder, file)),
  test: CIFAR_NAMES.test.map((file) => join(folder, file)),
  again: 'put all six .bin files of CIFAR-10’s binary version into the folder, or use `kindling data fetch cifar10`',
});

const concatenate = (parts: readonly Split[]): Split => {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const images = new Uint8Array(parts.reduce((sum, part) => sum + part.images.length, 0));
  const labels = new Uint8Array(count);
  let at = 0;
  for (const part of parts) {
    images.set(part.images, at * (part.images.length / part.count));
    labels.set(part.labels, at);
    at += part.count;
  }
  return { count, images, labels };
};

/** Loads both halves into memory. @throws InputError naming the file that is missing, damaged or has a wrong label */
export function loadRecords(files: RecordFiles): NaturalData {
  const { name, shape, classNames: names } = files;
  const half = (paths: readonly string[]): Split => concatenate(paths.map((path) => parseRecords(readChecked(path, files), shape, path)));
  return { name, ...shape, ...(names ? { classNames: names } : {}), train: half(files.train), test: half(files.test) };
}

/** Opens the training half for reading batch by batch; every file is read once before, for its labels. @throws InputError as `loadRecords` does */
export function openRecordsDisk(files: RecordFiles): DiskSource {
  const { name, shape } = files;
  const bytes = recordBytes(shape);
  const labels = files.train.map((path) => parseRecords(readChecked(path, files), shape, path).labels);
  const opened: OpenFile[] = [];
  const close = (): void => {
    for (const file of opened) file.close();
  };
  try {
    files.train.forEach((path, i) => {
      const file = new OpenFile(path);
      opened.push(file);
      if (file.size === labels[i]!.length * bytes) return;
      const next = 'leave the file alone while it is opened';
      throw new InputError({ subject: path, got: `${file.size} bytes`, expected: `${labels[i]!.length * bytes}`, next });
    });
  } catch (error) {
    close();
    throw error;
  }
  const ends: number[] = [];
  for (const part of labels) ends.push((ends.at(-1) ?? 0) + part.length);
  const all = new Uint8Array(ends.at(-1)!);
  labels.forEach((part, i) => {
    all.set(part, ends[i]! - part.length);
  });
  const read = (target: Uint8Array, index: number): void => {
    const i = ends.findIndex((end) => index < end);
    opened[i]!.read(target, (index - ends[i]! + labels[i]!.length) * bytes + 1);
  };
  return diskSource({ name, ...shape, how: READ_WHEN_DUE, labels: all, read, close });
}
