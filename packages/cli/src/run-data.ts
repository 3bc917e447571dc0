import { basename, resolve } from 'node:path';
import type { HeaderLine } from './run-folder.js';
import type { SessionOptions } from './session.js';

/** The data that a command on a run uses: what was asked for, else what the run was made with. */
export function dataOfRun(
  header: Partial<HeaderLine>,
  asked: { readonly data?: string | undefined; readonly dataSet?: string | undefined },
): Pick<SessionOptions, 'data' | 'dataSet'> {
  if (asked.data !== undefined || asked.dataSet !== undefined) return { data: asked.data, dataSet: asked.dataSet };
  const { folder, name } = header.data ?? {};
  if (typeof folder !== 'string') return { dataSet: name };
  // Without a name of its own the folder gave it one, which says nothing about its files.
  return { data: folder, dataSet: name === basename(resolve(folder)) ? undefined : name };
}
