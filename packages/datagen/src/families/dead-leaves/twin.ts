import { mulhi } from '@kindling/core';
import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { ANGLES, countMap, type DeadLeavesRecipe, type LeafShape, leafTable } from './recipe.js';

export const FIRST_LEAF = 8;
export const LEAF_DRAWS = 4;

/** Whether a shape of radius r covers (u, v) from its centre, in its own axes: whole numbers of 1/16 pixel. */
const COVERS: Readonly<Record<LeafShape, (r: number, u: number, v: number) => boolean>> = {
  disc: (r, u, v) => u * u + v * v <= r * r,
  square: (r, u, v) => 1024 * Math.max(Math.abs(u), Math.abs(v)) <= 907 * r,
  triangle: (r, u, v) => -1024 * v <= 796 * r && 887 * Math.abs(u) + 512 * v <= 796 * r,
  bar: (r, u, v) => 1024 * Math.abs(u) <= 1572 * r && 1024 * Math.abs(v) <= 524 * r,
  cross: (r, u, v) => 1024 * Math.max(Math.abs(u), Math.abs(v)) <= 1218 * r && 1024 * Math.min(Math.abs(u), Math.abs(v)) <= 406 * r,
  ring: (r, u, v) => u * u + v * v <= ((5 * r) >> 2) ** 2 && u * u + v * v >= ((3 * r) >> 2) ** 2,
};

/** One sample of family `dead-leaves`: whole numbers throughout, front to back. */
export function deadLeavesTwin(recipe: DeadLeavesRecipe, draws: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const { shapes } = recipe.params;
  const p = parameters as Record<'shape' | 'leaves' | 'background', number>;
  const table = leafTable(recipe);
  const leaves = Array.from({ length: p.leaves }, (_, i) => {
    const [left, top, form, paint] = [0, 1, 2, 3].map((k) => draws.word('image', FIRST_LEAF + LEAF_DRAWS * i + k)) as [
      number,
      number,
      number,
      number,
    ];
    const chosen = recipe.label.kind === 'class' ? p.shape : (((form >>> 8) & 0xfff) * shapes.length) >>> 12;
    return {
      x: mulhi(left, 16 * width),
      y: mulhi(top, 16 * height),
      r: (table[2 * ANGLES + (form >>> 20)]! * 16 * Math.max(height, width)) >> 16,
      cosine: table[2 * (form & 255)]!,
      sine: table[2 * (form & 255) + 1]!,
      covers: COVERS[shapes[chosen]!],
      colour: paint >>> 8,
    };
  });
  const shown = new Set<number>();
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const sum = [0, 0, 0];
      for (let s = 0; s < 4; s++) {
        const front = leaves.findIndex(({ x, y, r, cosine, sine, covers }) => {
          const [dx, dy] = [16 * i + 4 + 8 * (s & 1) - x, 16 * j + 4 + 8 * (s >> 1) - y];
          return covers(r, (cosine * dx + sine * dy) >> 12, (cosine * dy - sine * dx) >> 12);
        });
        if (front >= 0) shown.add(front);
        const colour = front < 0 ? p.background : leaves[front]!.colour;
        for (let c = 0; c < 3; c++) sum[c]! += (colour >>> (8 * c)) & 255;
      }
      for (let c = 0; c < channels; c++) image[(c * height + j) * width + i] = sum[c]! / 1020;
    }
  }
  const { shift, scale } = countMap(recipe);
  return { image, label: [Math.fround((shown.size - shift) * scale)] };
}
