import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { onDisk } from '../terminal.js';

/** Makes a folder's entries (new names, renames) survive a power cut. Where folders cannot be opened, nothing better can be done. */
export function syncFolder(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes a file whole or not at all, on the disk when this returns: under another name first, synced, then renamed. */
export function writeWhole(path: string, contents: string | Uint8Array): void {
  onDisk(path, 'a place to write', 'free some space, or choose another place', () => {
    const draft = `${path}.${process.pid}.tmp`;
    const file = openSync(draft, 'w');
    try {
      try {
        writeFileSync(file, contents);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      renameSync(draft, path);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
    syncFolder(dirname(path));
  });
}

/** Makes a folder and those above it. Not mkdirSync's `recursive`, which tries for ever below /proc in Node 20 (mkdir says ENOENT there). */
function makeAll(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    if (existsSync(path) && statSync(path).isDirectory()) return;
    const above = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(above)) throw error;
    makeAll(above);
    mkdirSync(path);
  }
}

/** Creates a folder and those above it. @throws InputError where it cannot be made */
export const makeFolder = (path: string, option = '--out'): void => {
  onDisk(path, 'a folder to write to', `choose another ${option}`, () => makeAll(resolve(path)));
};

/** An option's path of a folder or file to write. @throws InputError for an empty one, which would be the folder that the command runs in */
export function pathOption(option: string, path: string): string {
  if (path.trim() !== '') return path;
  throw new InputError({ subject: option, got: JSON.stringify(path), expected: 'a path', next: `write e.g. ${option} data` });
}

/** An option's path of a file to write, whose folder is made. @throws InputError where it is a folder, or its folder cannot be made */
export function fileOption(option: string, path: string): string {
  if (existsSync(pathOption(option, path)) && statSync(path).isDirectory()) {
    throw new InputError({ subject: option, got: `${path}, which is a folder`, expected: 'a file to write', next: 'name a file in it' });
  }
  makeFolder(dirname(path), option);
  return path;
}
