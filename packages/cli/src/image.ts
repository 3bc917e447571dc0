import { readFileSync } from 'node:fs';
import { InputError } from '@kindling/core';
import { PNG } from 'pngjs';
import { onDisk } from './terminal.js';

/** A grey image in 0 .. 1, row-major. */
export interface GreyImage {
  readonly width: number;
  readonly height: number;
  readonly pixels: Float32Array;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Reads a PNG as grey: Rec. 601 luma, transparency over black. @throws InputError when it is missing or no PNG. */
export function readGreyPng(path: string): GreyImage {
  const next = 'name a PNG file, or mnist:INDEX for a test image';
  const bytes = onDisk(path, 'a readable PNG file', next, () => readFileSync(path));
  if (!SIGNATURE.equals(bytes.subarray(0, SIGNATURE.length))) {
    throw new InputError({ subject: path, got: 'a file that does not begin as a PNG', expected: 'a PNG image', next });
  }
  let image: PNG;
  try {
    image = PNG.sync.read(bytes);
  } catch (cause) {
    throw new InputError({ subject: path, got: `a damaged PNG (${(cause as Error).message})`, expected: 'a PNG image', next }, 2, {
      cause,
    });
  }
  const { width, height, data } = image;
  const pixels = Float32Array.from({ length: width * height }, (_, i) => {
    const luma = 0.299 * data[4 * i]! + 0.587 * data[4 * i + 1]! + 0.114 * data[4 * i + 2]!;
    return (luma * data[4 * i + 3]!) / (255 * 255);
  });
  return { width, height, pixels };
}

/** For each target pixel along one axis, the source pixels that it sees and their weights, which sum to 1. */
function weights(from: number, to: number): { first: number; weights: number[] }[] {
  const scale = from / to;
  return Array.from({ length: to }, (_, i) => {
    if (scale > 1) {
      // Shrinking: the mean over the area that the target pixel covers.
      const [start, end] = [i * scale, (i + 1) * scale];
      const first = Math.floor(start);
      const last = Math.min(from, Math.ceil(end - 1e-9));
      return {
        first,
        weights: Array.from({ length: last - first }, (_, k) => (Math.min(end, first + k + 1) - Math.max(start, first + k)) / scale),
      };
    }
    // Enlarging: linear between the two nearest centres, the border repeated.
    const centre = Math.min(Math.max((i + 0.5) * scale - 0.5, 0), from - 1);
    const first = Math.min(Math.floor(centre), Math.max(0, from - 2));
    return { first, weights: from === 1 ? [1] : [1 - (centre - first), centre - first] };
  });
}

/** Resizes by area mean (shrinking) or bilinear (enlarging), each axis by itself; the aspect is not kept. */
export function resize(image: GreyImage, width: number, height: number): Float32Array {
  const [columns, rows] = [weights(image.width, width), weights(image.height, height)];
  return Float32Array.from({ length: width * height }, (_, i) => {
    const [row, column] = [rows[Math.floor(i / width)]!, columns[i % width]!];
    let sum = 0;
    row.weights.forEach((wy, y) => {
      column.weights.forEach((wx, x) => {
        sum += wy * wx * image.pixels[(row.first + y) * image.width + column.first + x]!;
      });
    });
    return sum;
  });
}
