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

/** A plain file is read at offsets: one system call an image, as a data loader without a cache does it. */
function openPlain(path: string): Pixels {
  const file = openSync(path, 'r');
  const read = (target: Uint8Array, offset: number): void => {
    const got = readSync(file, target, 0, target.length, offset);
    if (got === target.length) return;
    throw new InputError({
      subject: path,
      got: `${got} bytes at offset ${offset}`,
      expected: `${target.length}`,
      next: 'leave the file alone while a run reads it, and copy it again',
    });
  };
  try {
    const { size } = fstatSync(file);
    const start = new Uint8Array(Math.min(16, size));
    read(start, 0);
    const how = 'each image is read from the file when its batch is due (the system may cache the file)';
    return { how, header: parseImagesHeader(start, size, path), read, close: () => closeSync(file) };
  } catch (error) {
    closeSync(file);
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

/**
 * Opens the training split for reading batch by batch; labels are read and checked at once (a byte an item), images never all of them
 * (but a file of the npm package is read once to check its MD5, and a `.gz` file is unpacked into memory: `how` says so).
 * @throws InputError as `loadMnist` does.
 */
export async function openDisk({ folder, classes = 10, log }: LoadOptions = {}): Promise<DiskSource> {
  const files = findIdxFiles(folder);
  const labels = parseLabels(readIdxFile(files, 'trainLabels'), classes, files.paths.trainLabels);
  if (files.packaged) readIdxFile(files, 'trainImages');
  const pixels = files.paths.trainImages.endsWith('.gz') ? openPacked(files) : openPlain(files.paths.trainImages);
  const { count, height, width } = pixels.header;
  const size = height * width;
  const image = new Uint8Array(size);
  let bytesRead = 0;
  let closed = false;
  const close = (): void => {
    if (!closed) pixels.close();
    closed = true;
  };
  try {
    requireSameCount(`${files.paths.trainImages} and ${files.paths.trainLabels}`, count, labels.length);
  } catch (error) {
    close();
    throw error;
  }
  log?.(`${files.name}: ${count} training images of ${height}×${width}; ${pixels.how}`);
  return {
    kind: 'disk',
    name: files.name,
    count,
    channels: 1,
    height,
    width,
    classes,
    how: pixels.how,
    get bytesRead() {
      return bytesRead;
    },
    fill(seed, step, x, y) {
      if (closed || x.length !== y.length * size) {
        throw new InputError({
          subject: `disk source ${files.name}`,
          got: closed ? 'a batch after close()' : `x of ${x.length} elements for ${y.length} labels`,
          expected: closed ? 'an open source' : `${y.length} × ${size} elements`,
          next: closed ? 'open the source again with openDisk' : 'pass x of B·C·H·W and y of B elements',
        });
      }
      batchIndices(count, seed, step, y.length).forEach((j, i) => {
        pixels.read(image, 16 + j * size);
        for (let p = 0; p < size; p++) x[i * size + p] = image[p]! / 255;
        y[i] = labels[j]!;
      });
      bytesRead += y.length * size;
    },
    close,
  };
}
