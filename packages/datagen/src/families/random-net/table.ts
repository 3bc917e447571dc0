import type { Layer, Net } from './net.js';

/**
 * How the pixel at place 0 or 1 of a pair reads three places of the input through tap −1, 0 or 1 of a kernel on the enlarged line:
 * SPREAD[place][tap + 1] are the shares of the places before, at and after it.
 */
const SPREAD = [
  [
    [0.75, 0.25, 0],
    [0.25, 0.75, 0],
    [0, 0.75, 0.25],
  ],
  [
    [0.25, 0.75, 0],
    [0, 0.75, 0.25],
    [0, 0.25, 0.75],
  ],
] as const;

/** The kernel on the input that equals `kernel` on its bilinear 2× enlargement, for the pixel at (row, column) of a 2×2 block. */
export function blockKernel(kernel: readonly number[], row: number, column: number): number[] {
  const result = new Array<number>(9).fill(0);
  kernel.forEach((weight, tap) => {
    for (let place = 0; place < 9; place++) {
      result[place]! += weight * SPREAD[row]![Math.floor(tap / 3)]![Math.floor(place / 3)]! * SPREAD[column]![tap % 3]![place % 3]!;
    }
  });
  return result;
}

const range = (length: number): number[] => Array.from({ length }, (_, i) => i);

/** [tap][in][out / 4][place][out mod 4] of a layer that reads the enlargement, then its biases. */
function grownTable({ weights, biases }: Layer): number[] {
  const kernels = weights.map((row) => row.map((kernel) => range(4).map((place) => blockKernel(kernel, place >> 1, place & 1))));
  return [
    ...range(9).flatMap((tap) =>
      weights[0]!.flatMap((_, k) =>
        range(kernels.length / 4).flatMap((four) =>
          range(4).flatMap((place) => kernels.slice(4 * four, 4 * four + 4).map((row) => row[k]![place]![tap]!)),
        ),
      ),
    ),
    ...biases,
  ];
}

/** A net as the kernels read it; `shaders/families/random-net/net.wgsl` names the places. */
function netTable({ layers: [first, second, third], last }: Net): number[] {
  return [
    ...range(9).flatMap((tap) => range(4).flatMap((k) => first.weights.map((row) => row[k]![tap]!))),
    ...first.biases,
    ...grownTable(second),
    ...grownTable(third),
    ...last.weights.flat(),
    ...last.biases,
    0,
    ...[first, second, third].map(({ activation }) => activation),
    0,
  ];
}

/** The nets one after the other. */
export const netsTable = (nets: readonly Net[]): Float32Array<ArrayBuffer> => Float32Array.from(nets.flatMap(netTable));
