// `npm run kernels:export -- [--out DIR] [--ops a,b] [--json]`
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError, KindlingError } from '@kindling/core';
import { version } from '../package.json';
import schema from '../schema/kernel-package.schema.json';
import { exportKernel, type KernelSummary, kernelNames, requireNames } from './export.js';
import { conformance } from './expression/conformance.js';

const INDEX = 'kernels.json';
const json = (value: unknown): string => `${JSON.stringify(value, null, 1)}\n`;

const USAGE = `usage: npm run kernels:export -- [options]

Writes a folder a kernel for engines that are not JavaScript: manifest, WGSL, test cases, benchmark cases.

  --out DIR    where to, default kernel-packages; must be empty, new, or an earlier export
  --ops a,b    these kernels only
  --json       prints what was written as one JSON document
  --help       this text
`;

function options(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { out: { type: 'string' }, ops: { type: 'string' }, json: { type: 'boolean' }, help: { type: 'boolean' } },
    });
    return values;
  } catch (error) {
    throw new InputError(
      {
        subject: 'kernels:export',
        got: (error as Error).message,
        expected: '--out DIR, --ops a,b, --json or --help',
        next: 'correct the option',
      },
      2,
      { cause: error },
    );
  }
}

/** Only what an export itself has written is ever removed. */
function prepare(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    const index = join(folder, INDEX);
    let listed: { kernels?: { folder: string }[] } | undefined;
    try {
      listed = JSON.parse(readFileSync(index, 'utf8'));
    } catch {
      listed = undefined;
    }
    if (!Array.isArray(listed?.kernels)) {
      throw new InputError({
        subject: '--out',
        got: `${folder}, which holds files that are no export`,
        expected: 'a new or empty folder, or an earlier export',
        next: 'name another folder, or empty this one',
      });
    }
    for (const { folder: own } of listed.kernels)
      if (kernelNames.includes(own)) rmSync(join(folder, own), { recursive: true, force: true });
  }
  mkdirSync(folder, { recursive: true });
}

function main(args: readonly string[]): void {
  const { out = 'kernel-packages', ops, json: asJson, help } = options(args);
  if (help) {
    process.stdout.write(USAGE);
    return;
  }
  const names = ops === undefined ? kernelNames : requireNames(ops.split(',').map((name) => name.trim()));
  if (out === '') throw new InputError({ subject: '--out', got: 'nothing', expected: 'a folder', next: 'name one' });
  const folder = resolve(out);
  prepare(folder);
  const about = { format: 'kindling-kernels', version: 1, license: 'MIT', source: { package: '@kindling/kernels', version } };
  // First what will be here, so that an export that was cut off is known as one.
  writeFileSync(join(folder, INDEX), json({ ...about, kernels: names.map((name) => ({ name, folder: name })) }));
  const kernels: KernelSummary[] = [];
  for (const name of names) {
    const { summary, files } = exportKernel(name, version);
    for (const [path, contents] of Object.entries(files)) {
      const file = join(folder, name, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, contents);
    }
    kernels.push(summary);
    if (!asJson) process.stdout.write(`${name}: ${summary.variants.length} variants, ${summary.shaders} shaders, ${summary.cases} cases\n`);
  }
  const index = { ...about, kernels };
  writeFileSync(join(folder, INDEX), json(index));
  writeFileSync(join(folder, 'kernel-package.schema.json'), json(schema));
  writeFileSync(join(folder, 'expressions.json'), json({ expressions: conformance() }));
  if (asJson) process.stdout.write(json({ out: folder, ...index }));
  else process.stdout.write(`${kernels.length} kernels in ${folder}\n`);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof KindlingError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = error.exitCode;
}
