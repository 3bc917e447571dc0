import { readFileSync } from 'node:fs';
import { decodePng } from '@kindling/data/node';
import { onDisk } from './terminal.js';

/** An image in 0 .. 1: one plane a channel, each row-major. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly planes: readonly Float32Array[];
}

/** Reads a PNG in colour, transparency over black. @throws InputError when it is missing or no PNG */
export function readPng(path: string): Image {
  const next = 'name a PNG file, or e.g. mnist:INDEX for a test image';
  const { width, height, data } = decodePng(
    onDisk(path, 'a readable PNG file', next, () => readFileSync(path)),
    path,
  );
  const planes = [0, 1, 2].map((c) =>
    Float32Array.from({ length: width * height }, (_, i) => (data[4 * i + c]! * data[4 * i + 3]!) / (255 * 255)),
  );
  return { width, height, planes };
}

/** A colour image as grey: Rec. 601 luma. */
export function toGrey({ width, height, planes: [red, green, blue] }: Image): Image {
  const grey = red!.map((value, i) => 0.299 * value + 0.587 * green![i]! + 0.114 * blue![i]!);
  return { width, height, planes: [grey] };
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

/** Resizes by area mean (shrinking) or bilinear (enlarging), each axis by itself; the aspect is not kept. Returns [C, H, W]. */
export function resize(image: Image, width: number, height: number): Float32Array {
  const [columns, rows] = [weights(image.width, width), weights(image.height, height)];
  const size = width * height;
  return Float32Array.from({ length: image.planes.length * size }, (_, at) => {
    const [plane, i] = [image.planes[Math.floor(at / size)]!, at % size];
    const [row, column] = [rows[Math.floor(i / width)]!, columns[i % width]!];
    let sum = 0;
    row.weights.forEach((wy, y) => {
      column.weights.forEach((wx, x) => {
        sum += wy * wx * plane[(row.first + y) * image.width + column.first + x]!;
      });
    });
    return sum;
  });
}
