import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InputError, readTar } from '@kindling/core';
import { MODEL, RECIPE, RECORD } from './run-folder.js';
import { onDisk } from './terminal.js';

/** Whether a path is a file, such as the archive in which the page hands out a run. */
export const isArchive = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/**
 * Unpacks the run in a tar archive, as the page saves it, into a folder that lasts as long as the work on it. Of the archive only the files of a run are
 * taken, under their own names, whatever folder they are in.
 * @throws InputError for a file that is no such archive
 */
export async function withUnpacked<T>(path: string, work: (folder: string) => Promise<T>): Promise<T> {
  const next = 'name a run folder, or the .tar file that the page saved';
  const bytes = onDisk(path, 'a readable file', next, () => readFileSync(path));
  const found = readTar(bytes, path);
  const record = [...found.keys()].find((name) => name === RECORD || name.endsWith(`/${RECORD}`));
  if (record === undefined) {
    const got = found.size === 0 ? 'an empty archive' : [...found.keys()].slice(0, 3).join(', ');
    throw new InputError({ subject: path, got, expected: `an archive with a ${RECORD}`, next });
  }
  const prefix = record.slice(0, -RECORD.length);
  const folder = mkdtempSync(join(tmpdir(), 'kindling-run-'));
  try {
    for (const name of [RECIPE, RECORD, MODEL]) {
      const contents = found.get(prefix + name);
      if (contents) writeFileSync(join(folder, name), contents);
    }
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
