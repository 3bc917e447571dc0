import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError, permute, sampleKey } from '@kindling/core';
import type { NaturalData, Split } from './natural.js';
import { decodePng } from './png.js';

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};

/** Entries of a folder but for hidden ones: whole numbers by value, other names by code point. */
function entries(folder: string, kind: 'folders' | 'files'): string[] {
  const found = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => !entry.name.startsWith('.') && entry.isDirectory() === (kind === 'folders'),
  );
  const names = found.map(({ name }) => name);
  const numbers = names.every((name) => /^\d+$/.test(name));
  return names.sort((a, b) => (numbers ? Number(a) - Number(b) : a < b ? -1 : 1));
}

interface Picture {
  readonly path: string;
  readonly label: number;
}

/** The PNG files of each class of `folder/<class>/`, by file name. */
function classFiles(folder: string, classNames: readonly string[]): Picture[][] {
  const known = new Set(classNames);
  const stray = entries(folder, 'folders').find((name) => !known.has(name));
  if (stray !== undefined) {
    refuse(
      join(folder, stray),
      'a class that train/ does not have',
      `one of ${classNames.join(', ')}`,
      'give train/ and test/ the same classes',
    );
  }
  return classNames.map((name, label) =>
    entries(join(folder, name), 'files').map((file) => {
      const path = join(folder, name, file);
      if (!/\.png$/i.test(file)) refuse(path, 'another file', 'PNG images alone', 'convert it to PNG, or move it away');
      return { path, label };
    }),
  );
}

/** In each class, round(share · n) files by a keyed permutation of their names' order are for testing. */
function drawTest(classes: readonly Picture[][], share: number): { train: Picture[]; test: Picture[] } {
  const train: Picture[] = [];
  const test: Picture[] = [];
  classes.forEach((files, label) => {
    const wanted = Math.round(share * files.length);
    const key = sampleKey(0, 'shuffle', label);
    const drawn = new Set(Array.from({ length: wanted }, (_, i) => permute(files.length, key, i)));
    files.forEach((file, i) => {
      (drawn.has(i) ? test : train).push(file);
    });
  });
  return { train, test };
}

interface Pixels {
  readonly rgb: Uint8Array;
  readonly grey: boolean;
}

/** RGB of a PNG, [3, H, W]; transparency over black. */
function readPixels(path: string, height: number, width: number, first: string): Pixels {
  const image = decodePng(readFileSync(path), path);
  if (image.height !== height || image.width !== width) {
    refuse(path, `${image.height}×${image.width} pixels`, `${height}×${width}, as in ${first}`, 'scale all images to one size first');
  }
  const size = height * width;
  const rgb = new Uint8Array(3 * size);
  let grey = true;
  for (let p = 0; p < size; p++) {
    const alpha = image.data[4 * p + 3]! / 255;
    for (let c = 0; c < 3; c++) rgb[c * size + p] = Math.round(image.data[4 * p + c]! * alpha);
    grey &&= rgb[p] === rgb[size + p] && rgb[p] === rgb[2 * size + p];
  }
  return { rgb, grey };
}

function toSplit(files: readonly Picture[], pixels: readonly Pixels[], channels: number, size: number): Split {
  const images = new Uint8Array(files.length * channels * size);
  pixels.forEach(({ rgb }, i) => {
    images.set(rgb.subarray(0, channels * size), i * channels * size);
  });
  return { count: files.length, images, labels: Uint8Array.from(files, ({ label }) => label) };
}

/**
 * Reads a folder of PNG images: `train/<class>/*.png` and `test/<class>/*.png`, or `<class>/*.png` and the share of each class that is for testing.
 * All have one size. The set has one channel when red, green and blue are equal in every pixel of every image, else three. Labels follow the order of
 * the classes' names.
 * @returns the images, and the rule of the split in words
 * @throws InputError naming the folder or file that does not fit
 */
export function readImageFolder(folder: string, testShare?: number): { data: NaturalData; split: string } {
  const top = entries(folder, 'folders');
  const halves = top.includes('train') && top.includes('test');
  if (halves && testShare !== undefined) {
    refuse('--test-share', 'a share and folders train/ and test/', 'one of the two', 'leave --test-share away');
  }
  if (!halves && testShare === undefined) {
    refuse(folder, 'no folders train/ and test/', 'these, or the share of each class that is for testing', 'add e.g. --test-share 0.2');
  }
  if (testShare !== undefined && !(testShare > 0 && testShare < 1)) {
    refuse('--test-share', String(testShare), 'a number between 0 and 1', 'write e.g. --test-share 0.2');
  }
  const classNames = halves ? entries(join(folder, 'train'), 'folders') : top;
  if (classNames.length < 2 || classNames.length > 256) {
    refuse(
      folder,
      `${classNames.length} classes`,
      '2 to 256 folders, one a class',
      'put the images of each class into a folder of its own',
    );
  }
  if (halves) {
    const missing = classNames.find((name) => !entries(join(folder, 'test'), 'folders').includes(name));
    if (missing !== undefined)
      refuse(join(folder, 'test'), `no folder ${missing}`, 'the classes of train/', 'give train/ and test/ the same classes');
  }
  const { train, test } = halves
    ? { train: classFiles(join(folder, 'train'), classNames).flat(), test: classFiles(join(folder, 'test'), classNames).flat() }
    : drawTest(classFiles(folder, classNames), testShare!);
  for (const [half, files] of [
    ['training', train],
    ['test', test],
  ] as const) {
    if (files.length === 0) refuse(folder, `no ${half} image`, 'images in both halves', 'add images, or choose another --test-share');
  }
  const first = train[0]!.path;
  const { height, width } = decodePng(readFileSync(first), first);
  const read = (files: readonly Picture[]): Pixels[] => files.map(({ path }) => readPixels(path, height, width, first));
  const pixels = { train: read(train), test: read(test) };
  const channels = [...pixels.train, ...pixels.test].every(({ grey }) => grey) ? 1 : 3;
  const size = height * width;
  return {
    data: {
      name: folder,
      channels,
      height,
      width,
      classes: classNames.length,
      classNames,
      train: toSplit(train, pixels.train, channels, size),
      test: toSplit(test, pixels.test, channels, size),
    },
    split: halves
      ? 'the folders train and test'
      : `in each class round(${testShare} · n) files are for testing, drawn by a keyed permutation of their order by name`,
  };
}
