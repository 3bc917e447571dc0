import { InputError } from '@kindling/core';
import { readRecord, writeFigures } from '../run-folder.js';
import { print, say } from '../terminal.js';

/** Draws a run's figures again, from its record alone: no device, no data. */
export async function figure(folder: string, options: { readonly out?: string }): Promise<number> {
  const { record } = readRecord(folder);
  for (const note of record.notes) say(`kindling: ${folder}: ${note}`);
  const paths = await writeFigures(folder, options.out);
  if (paths.length === 0) {
    const next = 'point at a run that got further';
    throw new InputError({ subject: folder, got: 'a record without a single step', expected: 'something to draw', next });
  }
  for (const path of paths) print(path);
  return 0;
}
