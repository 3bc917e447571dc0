import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
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
      writeFileSync(file, contents);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(draft, path);
    syncFolder(dirname(path));
  });
}

/** Creates a folder and those above it. */
export const makeFolder = (path: string): void => {
  onDisk(path, 'a folder to write to', 'choose another --out', () => mkdirSync(path, { recursive: true }));
};
