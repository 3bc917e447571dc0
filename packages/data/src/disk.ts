import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { InputError } from '@kindling/core';
import { findIdxFiles, type IdxFiles, readIdxFile } from './files.js';
import { parseImagesHeader, parseLabels, requireSameCount } from './idx.js';
import type { LoadOptions } from './mnist.js';
import type { DiskSource } from './natural.js';
import { batchIndices } from './order.js';

/** Random access to the pixels of an image file, whose header has been checked. */
interface Pixels {
  readonly how: string;
  readonly header: { readonly count: number; readonly height: number; readonly width: number };
  /** Reads `target.length` bytes at `offset` of the file. */
  read(target: Uint8Array, offset: number): void;
  close(): void;
}

/** How every plain file is read, for run records. */
export const READ_WHEN_DUE = 'each image is read from the file when its batch is due (the system may cache the file)';

/** A file that is read at offsets: one system call an image, as a data loader without a cache does it. */
export class OpenFile {
  readonly path: string;
  private readonly file: number;

  constructor(path: string) {
    this.path = path;
    this.file = openSync(path, 'r');
  }

  get size(): number {
    return fstatSync(this.file).size;
  }

  /** Fills `target` from `offset` on. @throws InputError when the file ends before */
  read(target: Uint8Array, offset: number): void {
    const got = readSync(this.file, target, 0, target.length, offset);
    if (got === target.length) return;
    throw new InputError({
      subject: this.path,
      got: `${got} bytes at offset ${offset}`,
      expected: `${target.length}`,
      next: 'leave the file alone while a run reads it, and copy it again',
    });
  }

  close(): void {
    closeSync(this.file);
  }
}

function openPlain(path: string): Pixels {
  const file = new OpenFile(path);
  try {
    const { size } = file;
    const start = new Uint8Array(Math.min(16, size));
    file.read(start, 0);
    const header = parseImagesHeader(start, size, path);
    return { how: READ_WHEN_DUE, header, read: (target, offset) => file.read(target, offset), close: () => file.close() };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** A gzip file has no random access: it is unpacked once, and batches are copied from memory. */
function openPacked(files: IdxFiles): Pixels {
  const path = files.paths.trainImages;
  const bytes = readIdxFile(files, 'trainImages');
  return {
    how: 'the .gz file was decompressed into memory once; batches are copied from there, not read from disk',
    header: parseImagesHeader(bytes, bytes.length, path),
    read: (target, offset) => target.set(bytes.subarray(offset, offset + target.length)),
    close: () => {},
  };
}

/** What a disk source is made of: `read` puts the pixels of training image `index` into `target`. */
export interface DiskParts {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  readonly how: string;
  readonly labels: Uint8Array;
  read(target: Uint8Array, index: number): void;
  close(): void;
}

/** Batches in the order of `batchIndices`, each image read when it is due. */
export function diskSource({ read, labels, close, ...facts }: DiskParts): DiskSource {
  const { name, channels, height, width } = facts;
  const size = channels * height * width;
  const image = new Uint8Array(size);
  let bytesRead = 0;
  let closed = false;
  return {
    kind: 'disk',
    count: labels.length,
    ...facts,
    get bytesRead() {
      return bytesRead;
    },
    fill(seed, step, x, y) {
      if (closed || x.length !== y.length * size) {
        throw new InputError({
          subject: `disk source ${name}`,
          got: closed ? 'a batch after close()' : `x of ${x.length} elements for ${y.length} labels`,
          expected: closed ? 'an open source' : `${y.length} × ${size} elements`,
          next: closed ? 'open the source again' : 'pass x of B·C·H·W and y of B elements',
        });
      }
      batchIndices(labels.length, seed, step, y.length).forEach((j, i) => {
        read(image, j);
        for (let p = 0; p < size; p++) x[i * size + p] = image[p]! / 255;
        y[i] = labels[j]!;
      });
      bytesRead += y.length * size;
    },
    close() {
      if (!closed) close();
      closed = true;
    },
  };
}

/**
 * Opens the training split for reading batch by batch; labels are read and checked at once (a byte an item), images never all of them
 * (but a file whose MD5 is known is read once to check it, and a `.gz` file is unpacked into memory: `how` says so).
 * @throws InputError as `loadMnist` does.
 */
export const openDisk = async ({ folder, classes = 10, log }: LoadOptions = {}): Promise<DiskSource> =>
  openIdxDisk(findIdxFiles(folder), classes, log);

/** Opens the training half of the four files that were found. @throws InputError as `loadMnist` does */
export function openIdxDisk(files: IdxFiles, classes: number, log?: (line: string) => void): DiskSource {
  const path = files.paths.trainImages;
  const labels = parseLabels(readIdxFile(files, 'trainLabels'), classes, files.paths.trainLabels);
  if (files.sums) readIdxFile(files, 'trainImages');
  const pixels = path.endsWith('.gz') ? openPacked(files) : openPlain(path);
  const { count, height, width } = pixels.header;
  try {
    requireSameCount(`${path} and ${files.paths.trainLabels}`, count, labels.length);
  } catch (error) {
    pixels.close();
    throw error;
  }
  log?.(`${files.name}: ${count} training images of ${height}×${width}; ${pixels.how}`);
  const read = (target: Uint8Array, index: number): void => pixels.read(target, 16 + index * height * width);
  return diskSource({ name: files.name, channels: 1, height, width, classes, how: pixels.how, labels, read, close: () => pixels.close() });
}
