import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { fileIn, findIdxFiles, md5Of, readChecked, readIdxFile } from './files.js';
import { encodeImages, encodeLabels } from './idx.js';
import { MANIFEST, type Manifest, requireName } from './manifest.js';
import { loadIdx } from './mnist.js';
import type { NaturalData } from './natural.js';
import { type Built, buildSet, cachedFolder, type Env, readManifest, renewal, verifyFolder } from './node-cache.js';
import { readImageFolder } from './node-images.js';
import { cifarFolder, loadRecords } from './node-records.js';
import { encodeRecords } from './records.js';
import { IDX_NAMES, knownSet } from './sets.js';

export interface ImportOptions {
  readonly folder: string;
  /** Name in the cache; the folder's by default. */
  readonly name?: string | undefined;
  /** Of a folder of PNG images without `train` and `test`: the share of each class that is for testing. */
  readonly testShare?: number | undefined;
  /** Replace a set of that name. */
  readonly again?: boolean | undefined;
  readonly env?: Env | undefined;
}

type Contents = { readonly data: NaturalData; readonly split: string; readonly files: Record<string, Uint8Array> };

const FILES_OWN = 'as the folder’s files have it';

function fromIdx(folder: string): Contents {
  const found = findIdxFiles(folder);
  const files = Object.fromEntries(
    Object.entries(IDX_NAMES).map(([role, file]) => [file, readIdxFile(found, role as keyof typeof IDX_NAMES)]),
  );
  // Labels end the files; what a label may be is what they hold.
  const labels = [files[IDX_NAMES.trainLabels]!, files[IDX_NAMES.testLabels]!];
  const classes = 1 + labels.reduce((most, bytes) => bytes.subarray(8).reduce((a, b) => Math.max(a, b), most), 0);
  return { data: loadIdx(found, classes), split: FILES_OWN, files };
}

function fromCifar(folder: string): Contents {
  const found = cifarFolder(folder);
  const files = Object.fromEntries([...found.train, ...found.test].filter(existsSync).map((path) => [basename(path), readFileSync(path)]));
  return { data: loadRecords(found), split: FILES_OWN, files };
}

function fromImages(folder: string, testShare: number | undefined): Contents {
  const { data, split } = readImageFolder(folder, testShare);
  const { channels, height, width, train, test } = data;
  const files: Record<string, Uint8Array> =
    channels === 1
      ? {
          [IDX_NAMES.trainImages]: encodeImages({ count: train.count, height, width }, train.images),
          [IDX_NAMES.trainLabels]: encodeLabels(train.labels),
          [IDX_NAMES.testImages]: encodeImages({ count: test.count, height, width }, test.images),
          [IDX_NAMES.testLabels]: encodeLabels(test.labels),
        }
      : { 'train.bin': encodeRecords(train), 'test.bin': encodeRecords(test) };
  return { data, split, files };
}

/** @throws InputError for a class without a training image */
function requireClasses({ classes, classNames, train }: NaturalData, folder: string): void {
  const seen = new Set(train.labels);
  const missing = Array.from({ length: classes }, (_, c) => c).find((c) => !seen.has(c));
  if (missing === undefined) return;
  const got = `no training image of class ${missing}${classNames ? ` (${classNames[missing]})` : ''}`;
  const next = 'add images, or number the classes without gaps';
  throw new InputError({ subject: folder, got, expected: `at least one of each of ${classes} classes`, next });
}

function read(folder: string, testShare: number | undefined): Contents {
  const files = readdirSync(folder);
  const isIdx = files.some((file) => /idx[13]-ubyte(\.gz)?$/.test(file));
  const isCifar = files.some((file) => /^(data_batch_\d+|test_batch)\.bin$/.test(file));
  if ((isIdx || isCifar) && testShare !== undefined) {
    const next = 'leave --test-share away';
    throw new InputError({ subject: '--test-share', got: String(testShare), expected: 'no share: the files have their own split', next });
  }
  if (isIdx) return fromIdx(folder);
  if (isCifar) return fromCifar(folder);
  if (files.some((file) => statSync(join(folder, file)).isDirectory())) return fromImages(folder, testShare);
  throw new InputError({
    subject: folder,
    got: 'neither IDX files, CIFAR binaries nor folders of images',
    expected: 'train-images-idx3-ubyte and so on, data_batch_1.bin and so on, or train/<class>/*.png and test/<class>/*.png',
    next: 'name such a folder',
  });
}

/** A folder of the cache, copied from another machine. */
function copied(folder: string, name: string | undefined): Built {
  const own = readManifest(folder, basename(folder));
  const { files, written: _, ...manifest } = verifyFolder(folder, own.name);
  const read = (file: string): Uint8Array => readChecked(fileIn(folder, file), { sums: files, again: renewal(own) });
  const contents = Object.fromEntries(Object.keys(files).map((file) => [file, read(file)]));
  return { manifest: { ...manifest, name: name ?? own.name }, files: contents };
}

/** A known name stands for known files. */
function requireKnown({ manifest: { name }, files }: Built): void {
  const known = knownSet(name);
  const other = known && Object.entries(known.files).find(([file, md5]) => !files[file] || md5Of(files[file]!) !== md5);
  if (!other) return;
  throw new InputError({
    subject: `--name ${name}`,
    got: `another ${other[0]} than Kindling’s ${name}`,
    expected: `the files that \`kindling data fetch ${name}\` makes (split: ${known.split.split(':')[0]})`,
    next: `choose another name, e.g. --name ${name}-own`,
  });
}

/**
 * Copies a user's folder into the cache, under a name that --data-set takes: IDX files, CIFAR binaries, PNG images class by class, or a set's
 * folder in the cache of another machine. Nothing is scaled, inverted or left out.
 * @throws InputError naming the file that does not fit and what to do
 */
export async function importFolder({ folder: given, name: asked, testShare, again = false, env }: ImportOptions): Promise<Manifest> {
  const folder = resolve(given);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    throw new InputError({ subject: given, got: 'no such folder', expected: 'a folder of images', next: 'name one that exists' });
  }
  const hasManifest = existsSync(join(folder, MANIFEST));
  const name = asked ?? (hasManifest ? readManifest(folder, basename(folder)).name : basename(folder).toLowerCase());
  requireName(asked === undefined ? 'the folder’s name' : '--name', name);
  const there = cachedFolder(name, env);
  if (there === folder) {
    throw new InputError({
      subject: given,
      got: 'the cache itself',
      expected: 'another folder',
      next: `use it as it is: --data-set ${name}`,
    });
  }
  if (there !== undefined && !again) {
    throw new InputError({
      subject: `data set ${name}`,
      got: `one of that name in ${there}`,
      expected: 'a new name',
      next: 'choose another --name, or add --again to replace it',
    });
  }
  return buildSet(name, env, async () => {
    const built = hasManifest ? copied(folder, name) : builtOf(name, folder, read(folder, testShare), testShare);
    requireKnown(built);
    return built;
  });
}

function builtOf(name: string, folder: string, { data, split, files }: Contents, testShare: number | undefined): Built {
  requireClasses(data, folder);
  const { channels, height, width, classes, train, test } = data;
  const known = knownSet(name);
  const classNames = data.classNames ?? (known?.classNames.length === classes ? known.classNames : undefined);
  const manifest: Built['manifest'] = {
    name,
    format: channels === 1 ? 'idx' : 'records',
    channels,
    height,
    width,
    classes,
    ...(classNames ? { classNames } : {}),
    train: train.count,
    test: test.count,
    split,
    source: { folder, ...(testShare === undefined ? {} : { testShare }) },
    licence: known?.licence ?? 'the folder’s owner knows',
  };
  return { manifest, files };
}
