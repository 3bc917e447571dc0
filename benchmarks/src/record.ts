import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Environment } from './environment.js';

export interface RecordOptions {
  /** Short name of what was measured, e.g. `step-lavapipe`. */
  readonly name: string;
  /** What the record shows and how it was made; Markdown. */
  readonly about: string;
  /** The command that measures it again. */
  readonly command: string;
  /** The report as it was printed. */
  readonly table: string;
  readonly report: { readonly environment: Environment };
  /** Folder of records; default the current folder's `records`. */
  readonly folder?: string;
}

/** Writes `<folder>/<date>_<name>/` with README.md, report.json and environment.json. Returns its path; never overwrites. */
export function writeRecord({ name, about, command, table, report, folder = 'records' }: RecordOptions): string {
  const base = join(folder, `${report.environment.date.slice(0, 10)}_${name}`);
  mkdirSync(folder, { recursive: true });
  let path = base;
  for (let copy = 2; ; copy++) {
    try {
      mkdirSync(path);
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      path = `${base}-${copy}`;
    }
  }
  writeFileSync(join(path, 'report.json'), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(path, 'environment.json'), `${JSON.stringify(report.environment, null, 2)}\n`);
  writeFileSync(join(path, 'README.md'), `# ${name}\n\n${about}\n\n    ${command}\n\n\`\`\`\n${table}\n\`\`\`\n`);
  return path;
}
