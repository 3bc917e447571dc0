import { InputError } from '@kindling/core';

/** First word of an IDX file of u8 images (three axes) and of u8 labels (one axis), big-endian. */
export const IMAGES_MAGIC = 2051;
export const LABELS_MAGIC = 2049;

/** What an IDX image file's header says; images begin at byte 16. */
export interface ImagesHeader {
  readonly count: number;
  readonly height: number;
  readonly width: number;
}

const AGAIN = 'download or copy the file again';

/** Checks the magic and returns the sizes after it. */
function readSizes(bytes: Uint8Array, subject: string, magic: number, axes: number): number[] {
  const header = 4 + 4 * axes;
  if (bytes.length < header) {
    throw new InputError({ subject, got: `${bytes.length} bytes`, expected: `at least the ${header} bytes of the header`, next: AGAIN });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, header);
  const found = view.getUint32(0);
  if (found !== magic) {
    const gzip = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const other = found === IMAGES_MAGIC ? ' (an image file)' : found === LABELS_MAGIC ? ' (a label file)' : gzip ? ' (a gzip file)' : '';
    throw new InputError({
      subject,
      got: `magic number ${found}${other}`,
      expected: `${magic}, an IDX file of u8 ${magic === IMAGES_MAGIC ? 'images' : 'labels'}`,
      next: gzip ? 'unpack the file, or give it a name that ends in .gz' : 'check that images and labels have their own names',
    });
  }
  return Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
}

function requireLength(subject: string, got: number, expected: number): void {
  if (got === expected) return;
  const what = got < expected ? 'truncated' : 'too long';
  throw new InputError({ subject, got: `${got} bytes (${what})`, expected: `${expected} bytes, as the header says`, next: AGAIN });
}

const requireItems = (subject: string, count: number, got: string): void => {
  if (count === 0) throw new InputError({ subject, got, expected: 'at least one item', next: 'use a file with data' });
};

/**
 * Reads the header of an IDX image file.
 * @param bytes at least the first 16 bytes; @param length bytes of the whole file; @param subject names the file in messages
 * @throws InputError for a wrong magic number, no items, or a length other than the header says.
 */
export function parseImagesHeader(bytes: Uint8Array, length: number, subject: string): ImagesHeader {
  const [count = 0, height = 0, width = 0] = readSizes(bytes, subject, IMAGES_MAGIC, 3);
  requireItems(subject, count * height * width, `${count} images of ${height}×${width} pixels`);
  requireLength(subject, length, 16 + count * height * width);
  return { count, height, width };
}

/**
 * Reads an IDX image file. The pixels are a copy.
 * @param subject names the file in messages
 * @throws InputError as `parseImagesHeader` does.
 */
export function parseImages(bytes: Uint8Array, subject: string): ImagesHeader & { readonly images: Uint8Array<ArrayBuffer> } {
  return { ...parseImagesHeader(bytes, bytes.length, subject), images: new Uint8Array(bytes.subarray(16)) };
}

/**
 * Reads an IDX label file. The labels are a copy.
 * @param classes every label must be 0 .. classes − 1; @param subject names the file in messages
 * @throws InputError for a wrong magic number, no items, a wrong length, or a label out of range (with its index).
 */
export function parseLabels(bytes: Uint8Array, classes: number, subject: string): Uint8Array<ArrayBuffer> {
  const [count = 0] = readSizes(bytes, subject, LABELS_MAGIC, 1);
  requireItems(subject, count, '0 labels');
  requireLength(subject, bytes.length, 8 + count);
  const labels = new Uint8Array(bytes.subarray(8));
  requireLabels(labels, classes, subject);
  return labels;
}

/** @throws InputError for the first label that is not 0 .. classes − 1, with its index */
export function requireLabels(labels: Uint8Array, classes: number, subject: string): void {
  const wrong = labels.findIndex((label) => label >= classes);
  if (wrong < 0) return;
  throw new InputError({
    subject,
    got: `label ${labels[wrong]} at index ${wrong}`,
    expected: `labels from 0 to ${classes - 1}`,
    next: 'check the file, or set the number of classes that it has',
  });
}

const file = (words: readonly number[], body: Uint8Array): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(4 * words.length + body.length);
  const view = new DataView(bytes.buffer);
  words.forEach((word, i) => {
    view.setUint32(4 * i, word);
  });
  bytes.set(body, 4 * words.length);
  return bytes;
};

/** Writes grey images as an IDX file: [N, H, W] u8. */
export const encodeImages = ({ count, height, width }: ImagesHeader, images: Uint8Array): Uint8Array<ArrayBuffer> =>
  file([IMAGES_MAGIC, count, height, width], images);

/** Writes labels as an IDX file: [N] u8. */
export const encodeLabels = (labels: Uint8Array): Uint8Array<ArrayBuffer> => file([LABELS_MAGIC, labels.length], labels);

/** @throws InputError unless a split has as many labels as images. */
export function requireSameCount(subject: string, images: number, labels: number): void {
  if (images === labels) return;
  const next = 'use the image and the label file of the same split';
  throw new InputError({ subject, got: `${images} images and ${labels} labels`, expected: 'as many labels as images', next });
}
