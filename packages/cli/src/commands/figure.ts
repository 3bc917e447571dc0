import { InputError } from '@kindling/core';
import { isArchive, withUnpacked } from '../run-archive.js';
import { readRecord, writeFigures } from '../run-folder.js';
import { isSweep } from '../sweep/folder.js';
import { print, say } from '../terminal.js';
import { drawBenchRecord, isBenchRecord } from './bench-figures.js';
import { sweepFigures } from './report.js';

async function runFigures(folder: string, out: string | undefined, name = folder): Promise<string[]> {
  const { record } = readRecord(folder);
  for (const note of record.notes) say(`kindling: ${name}: ${note}`);
  return writeFigures(folder, out);
}

/** The run in an archive that the page saved; its figures go beside it, into a folder of its name. */
const archiveFigures = (path: string, out = `${path.replace(/\.tar$/, '')}-figures`): Promise<string[]> =>
  withUnpacked(path, (folder) => runFigures(folder, out, path));

/** Draws the figures of a run (a folder, or the archive that the page saved), a sweep or a record of `bench` again, from its record alone: no device, no data. */
export async function figure(folder: string, options: { readonly out?: string }): Promise<number> {
  const draw = isArchive(folder) ? archiveFigures : isSweep(folder) ? sweepFigures : isBenchRecord(folder) ? drawBenchRecord : runFigures;
  const paths = await draw(folder, options.out);
  if (paths.length === 0) {
    const next = 'point at a run that got further';
    throw new InputError({ subject: folder, got: 'a record without a single step', expected: 'something to draw', next });
  }
  for (const path of paths) print(path);
  return 0;
}
