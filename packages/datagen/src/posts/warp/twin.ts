import { normalPair } from '@kindling/core';
import type { ImageSize } from '../../family.js';
import { FIRST_LATTICE, latticeOf, unitOf, type Warp } from './warp.js';

type Point = readonly [number, number];

/** The four weights of a uniform cubic B-spline at t. */
const spline = (t: number): number[] =>
  [(1 - t) ** 3, 3 * t ** 3 - 6 * t ** 2 + 4, 3 * (1 - t) ** 3 - 6 * (1 - t) ** 2 + 4, t ** 3].map((w) => w / 6);

/** The displacement of output pixel centres (x, y), in pixels for alpha 1. */
export function displacementOf(
  image: ImageSize,
  sigma: number,
  phase: Point,
  word: (draw: number) => number,
): (x: number, y: number) => Point {
  const { spacing, gain, nodesX, nodesY } = latticeOf(image, sigma);
  const nodes = Array.from({ length: nodesX * nodesY }, (_, k) => normalPair(word(FIRST_LATTICE + 2 * k), word(FIRST_LATTICE + 2 * k + 1)));
  return (x, y) => {
    const [u, v] = [x / spacing + phase[0], y / spacing + phase[1]];
    const [i, j] = [Math.floor(u), Math.floor(v)];
    const [across, down] = [spline(u - i), spline(v - j)];
    const sum = [0, 0];
    for (let b = 0; b < 4; b++) {
      for (let a = 0; a < 4; a++) {
        const node = nodes[(j + b) * nodesX + i + a]!;
        for (const axis of [0, 1] as const) sum[axis]! += gain * across[a]! * down[b]! * node[axis];
      }
    }
    return [sum[0]!, sum[1]!];
  };
}

/** A bilinear look at plane `c` of an image; (x, y) counts pixels, whole numbers are their middles. */
export function lookUp(pixels: ArrayLike<number>, { height, width }: ImageSize, padding: Warp['padding']) {
  return (c: number, x: number, y: number): number => {
    const [i, j] = [Math.floor(x), Math.floor(y)];
    const at = (u: number, v: number): number => {
      const inside = u >= 0 && v >= 0 && u < width && v < height;
      if (!inside && padding === 'zeros') return 0;
      const [left, top] = [Math.min(width - 1, Math.max(0, u)), Math.min(height - 1, Math.max(0, v))];
      return pixels[(c * height + top) * width + left]!;
    };
    const [s, t] = [x - i, y - j];
    return (1 - t) * ((1 - s) * at(i, j) + s * at(i + 1, j)) + t * ((1 - s) * at(i, j + 1) + s * at(i + 1, j + 1));
  };
}

/** One image through a warp, in f64. `word`: random word number `draw` of the warp's stream. */
export function warpTwin(
  image: ImageSize,
  recipe: Warp,
  pixels: ArrayLike<number>,
  p: Readonly<Record<string, number>>,
  word: (draw: number) => number,
): Float32Array<ArrayBuffer> {
  const { height, width, channels } = image;
  const { elastic, thickness, padding } = recipe;
  const look = lookUp(pixels, image, padding);
  const moved = elastic ? displacementOf(image, elastic.sigma, [p.phaseX!, p.phaseY!], word) : undefined;
  const radius = Math.abs(p.thickness!) * (thickness?.radius ?? 0) * unitOf(image);
  const [cos, sin] = [Math.cos(p.rotation!), Math.sin(p.rotation!)];
  const out = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const [x, y] = [i + 0.5 - width * (0.5 + p.translateX!), j + 0.5 - height * (0.5 + p.translateY!)];
      const [u, v] = [cos * x + sin * y, cos * y - sin * x];
      const mirror = p.flip! > 0 ? -1 : 1;
      const [dx, dy] = moved?.(i + 0.5, j + 0.5) ?? [0, 0];
      const seenX = (mirror * (u - p.shear! * v)) / p.scale! + width / 2 - 0.5 + p.alpha! * dx;
      const seenY = v / p.scale! + height / 2 - 0.5 + p.alpha! * dy;
      for (let c = 0; c < channels; c++) {
        let value = look(c, seenX, seenY);
        if (thickness) {
          const ring = Array.from({ length: 8 }, (_, k) =>
            look(c, seenX + radius * Math.cos((k * Math.PI) / 4), seenY + radius * Math.sin((k * Math.PI) / 4)),
          );
          value = p.thickness! < 0 ? Math.min(value, ...ring) : Math.max(value, ...ring);
        }
        out[(c * height + j) * width + i] = value;
      }
    }
  }
  return out;
}
