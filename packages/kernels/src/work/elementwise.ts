import type { WorkRule } from '@kindling/core';
import { boundElements, none, type RuleParts, rule } from './rule.js';

/** Operations an element of each unary function, and of its gradient. A transcendental function is one operation. */
const UNARY: Readonly<Record<string, readonly [number, number]>> = {
  neg: [1, 1],
  square: [1, 2],
  sqrt: [1, 2],
  exp: [1, 1],
  log: [1, 1],
  scale: [2, 1],
  // 1/(1 + exp(−x)); dy·y·(1 − y).
  sigmoid: [4, 3],
  tanh: [1, 3],
  // x·½(1 + erf(x/√2)); dy·(Φ + x·φ).
  gelu: [5, 11],
  gelu_tanh: [9, 19],
};
const kindOf = (name: string): string => name.slice(name.indexOf('.') + 1);

/** x and y of `size`. */
const map = (flops: RuleParts['flops'], half: readonly string[] = []): WorkRule =>
  rule({ flops, reads: ({ size }) => ({ x: size! }), writes: ({ size }) => ({ y: size! }), half });

/** Elements that the place in an image costs: coordinates 12, weights of the neighbours 8. */
const PLACE = 20;
const pixels = ({ n, h, w }: Readonly<Record<string, number>>): number => n! * h! * w!;
const pose = ({ n, theta }: Readonly<Record<string, number>>): number => n! * (theta ? 6 : 3);

export const elementwiseWork: Readonly<Record<string, WorkRule>> = {
  'affine_warp/forward': rule({
    flops: (p) => pixels(p) * (PLACE + 7 * p.c!),
    reads: (p) => ({ image: pixels(p) * p.c!, pose: pose(p) }),
    writes: (p) => ({ y: pixels(p) * p.c! }),
  }),
  'affine_warp/grad_image': rule({
    flops: (p) => pixels(p) * (PLACE + 8 * p.c!),
    reads: (p) => ({ dy: pixels(p) * p.c!, pose: pose(p) }),
    writes: (p) => ({ dimage: pixels(p) * p.c! }),
  }),
  'affine_warp/grad_pose': rule({
    flops: (p) => pixels(p) * (PLACE + 6 + 14 * p.c!),
    reads: (p) => ({ dy: pixels(p) * p.c!, image: pixels(p) * p.c!, pose: pose(p) }),
    writes: (p) => ({ dpose: pose(p) }),
  }),
  'arithmetic/equal': rule({
    flops: ({ size }) => size!,
    reads: ({ size }) => ({ a: size!, b: size! }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'arithmetic/broadcast': rule({
    flops: ({ size }) => size!,
    reads: (_, facts) => ({ a: boundElements(facts, 'a'), b: boundElements(facts, 'b') }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'cast/to_f16': (facts) => {
    const { flops, readBytes, writtenBytes } = map(none)(facts);
    return { flops, readBytes, writtenBytes: writtenBytes / 2 };
  },
  'cast/to_f32': (facts) => {
    const { flops, readBytes, writtenBytes } = map(none)(facts);
    return { flops, readBytes: readBytes / 2, writtenBytes };
  },
  'concat/forward': rule({
    flops: none,
    reads: ({ size, a_row, b_row }) => ({ a: (size! * a_row!) / (a_row! + b_row!), b: (size! * b_row!) / (a_row! + b_row!) }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'dropout/forward': map(({ size }) => size!),
  'gather/forward': rule({
    flops: none,
    reads: ({ size, inner }) => ({ x: size!, index: size! / inner! }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'gather/grad': rule({
    flops: ({ n, inner }) => n! * inner!,
    reads: ({ n, inner }) => ({ dy: n! * inner!, index: n! }),
    writes: ({ size }) => ({ dx: size! }),
  }),
  'gather/one_hot': rule({
    flops: none,
    reads: ({ size, classes }) => ({ index: size! / classes! }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'pad/forward': rule({
    flops: none,
    // A slice reads what it writes; padding reads all of a smaller tensor.
    reads: ({ size }, facts) => ({ x: Math.min(size!, boundElements(facts, 'x') || size!) }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'permute/forward': map(none),
  'relu/forward': map(none, ['x', 'y']),
  'relu/grad': rule({
    flops: none,
    reads: ({ size }) => ({ y: size!, dy: size! }),
    writes: ({ size }) => ({ dx: size! }),
    half: ['y', 'dy', 'dx'],
  }),
  'rows/scale': rule({
    flops: ({ size }) => size!,
    reads: ({ size, o }) => ({ x: size!, scale: size! / o! }),
    writes: ({ size }) => ({ y: size! }),
  }),
  'unary/forward': map(({ size }, { program }) => size! * (UNARY[kindOf(program.name)]?.[0] ?? 1)),
  'unary/grad': rule({
    flops: ({ size }, { program }) => size! * (UNARY[kindOf(program.name)]?.[1] ?? 1),
    reads: ({ size }) => ({ v: size!, dy: size! }),
    writes: ({ size }) => ({ dx: size! }),
  }),
};
