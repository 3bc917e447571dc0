import { pcg3d } from '@kindling/core';

/** Levels of a plasma over an image: the coarsest vertices lie at least its longer side apart. */
export const levelsOf = (height: number, width: number): number => Math.ceil(Math.log2(Math.max(height, width)));

/** Three fields in −1 .. 1 at a pixel by midpoint displacement in closed form: the twin of `shaders/families/composite/plasma.wgsl`. */
export function plasma(column: number, row: number, coarsest: number, persistence: number, word: number): [number, number, number] {
  const [px, py] = [column + (word & 0x3ff), row + ((word >>> 10) & 0x3ff)];
  const sum: [number, number, number] = [0, 0, 0];
  for (let level = coarsest; level >= 0; level--) {
    const step = 2 ** level;
    const [i, j] = [Math.floor(px / step), Math.floor(py / step)];
    const [u, v] = [px / step - i, py / step - j];
    for (const [di, dj, share] of [
      [0, 0, (1 - u) * (1 - v)],
      [1, 0, u * (1 - v)],
      [0, 1, (1 - u) * v],
      [1, 1, u * v],
    ] as const) {
      // A finer level displaces only the vertices that it adds.
      if (level < coarsest && ((i + di) | (j + dj)) % 2 === 0) continue;
      pcg3d(i + di, j + dj, (word ^ Math.imul(level, 0x9e3779b9)) >>> 0).forEach((hash, field) => {
        sum[field]! += persistence ** (coarsest - level) * share * ((hash >>> 8) * 2 ** -23 - 1);
      });
    }
  }
  return sum.map((field) => Math.min(Math.max(field, -1), 1)) as [number, number, number];
}
