import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { type CaseResult, verifyCases } from '@kindling/verify';
import { openAnnounced } from '../session.js';
import { onDisk, print, printJson } from '../terminal.js';

export interface VerifyOptions {
  readonly adapter?: string;
  readonly json?: boolean;
}

const readFile = (path: string): Uint8Array =>
  onDisk(path, 'a file of the case folder', 'write the folder again', () => readFileSync(path));

const line = ({ name, error, tolerance, pass, reason }: CaseResult, width: number): string => {
  const measured = error === null ? '       –' : error.toExponential(1).padStart(8);
  return `${name.padEnd(width)}  ${measured}  of ${tolerance.toExponential(0)}  ${pass ? 'pass' : 'FAIL'}${reason ? `  ${reason}` : ''}`;
};

/** Runs every case of a reference folder through the kernels; exit code 1 when one fails. */
export async function verify(folder: string, options: VerifyOptions): Promise<number> {
  const path = join(folder, 'cases.json');
  const text = new TextDecoder().decode(
    onDisk(path, 'a folder with cases.json', 'see the README of @kindling/verify for the format', () => readFileSync(path)),
  );
  const { device, name } = await openAnnounced(options.adapter);
  const results: CaseResult[] = [];
  const report = await verifyCases(
    device,
    text,
    (file) => readFile(join(folder, file)),
    (result) => results.push(result),
  );
  device.destroy();
  if (report.cases.length === 0) {
    throw new InputError({ subject: path, got: 'no cases', expected: 'at least one', next: 'add cases, or name another folder' });
  }
  if (options.json) {
    printJson({ ...report, adapter: name });
  } else {
    const width = Math.max(...results.map((result) => result.name.length));
    for (const result of results) print(line(result, width));
    print(`\n${report.passed} passed, ${report.failed} failed on ${name}`);
  }
  return report.failed === 0 ? 0 : 1;
}
