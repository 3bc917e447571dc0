import { InputError } from '@kindling/core';
import { requireLabels } from './idx.js';
import type { Split } from './natural.js';

/** Sizes of the images in a file of records. */
export interface RecordShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

/** Bytes of one record: the label, then C·H·W pixels, one channel after the other. */
export const recordBytes = ({ channels, height, width }: RecordShape): number => 1 + channels * height * width;

/** The number of records in a file. @throws InputError unless `length` is a whole, positive number of records */
export function countRecords(length: number, shape: RecordShape, subject: string): number {
  const bytes = recordBytes(shape);
  if (length >= bytes && length % bytes === 0) return length / bytes;
  throw new InputError({
    subject,
    got: `${length} bytes`,
    expected: `a whole number of records of ${bytes} bytes (a label and ${shape.channels}×${shape.height}×${shape.width} pixels)`,
    next: 'copy the file again; it must be of the binary version (.bin), not the Python or Matlab one',
  });
}

/**
 * Reads a file of records as CIFAR-10's binary version has them. Images and labels are copies.
 * @throws InputError for a broken last record, or a label that is no class (with its index)
 */
export function parseRecords(bytes: Uint8Array, shape: RecordShape, subject: string): Split {
  const count = countRecords(bytes.length, shape, subject);
  const record = recordBytes(shape);
  const images = new Uint8Array(count * (record - 1));
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = bytes[i * record]!;
    images.set(bytes.subarray(i * record + 1, (i + 1) * record), i * (record - 1));
  }
  requireLabels(labels, shape.classes, subject);
  return { count, images, labels };
}

/** Writes images [N, C, H, W] and their labels as records. */
export function encodeRecords({ count, images, labels }: Split): Uint8Array<ArrayBuffer> {
  const pixels = images.length / count;
  const bytes = new Uint8Array(count * (1 + pixels));
  for (let i = 0; i < count; i++) {
    bytes[i * (1 + pixels)] = labels[i]!;
    bytes.set(images.subarray(i * pixels, (i + 1) * pixels), i * (1 + pixels) + 1);
  }
  return bytes;
}
