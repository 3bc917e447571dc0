import { cosTurn } from '../../turn.js';

/** A number's range, or nothing where an op does not use it. */
type Range = readonly [number, number] | undefined;

/** An instruction with its constants; `speed` moves the phase c with a sample's time. Mode 0 adds, 1 multiplies, 2 takes the maximum, 3 pushes the point. */
export interface Instruction {
  readonly op: number;
  readonly mode: number;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly speed: number;
  readonly weights: readonly [number, number, number];
}

const squash = (z: number): number => z / Math.sqrt(1 + z * z);
const mirror = (t: number): number => 4 * Math.abs(t - Math.round(t)) - 1;
type Point = readonly [number, number];

function turned([x, y]: Point, turns: number): Point {
  const [c, s] = [cosTurn(turns), cosTurn(turns - 0.25)];
  return [c * x - s * y, s * x + c * y];
}

/** Where a point goes. `moves`: c is a phase in turns. */
export interface Warp {
  readonly name: string;
  readonly ranges: readonly [Range, Range, Range, Range];
  readonly moves: boolean;
  readonly to: (p: Point, k: Instruction) => Point;
}

/** Warps are ops 0 to 7, in the kernel's order. */
export const WARPS: readonly Warp[] = [
  {
    name: 'turn, scale and shift',
    ranges: [
      [-0.5, 0.5],
      [0.6, 1.8],
      [-0.7, 0.7],
      [-0.7, 0.7],
    ],
    moves: false,
    to: (p, { a, b, c, d }) => {
      const [x, y] = turned(p, a);
      return [b * x + c, b * y + d];
    },
  },
  {
    name: 'wave',
    ranges: [
      [0.1, 0.4],
      [0.3, 1.2],
      [0, 1],
      [0.3, 1.2],
    ],
    moves: true,
    to: ([x, y], { a, b, c, d }) => [x + a * cosTurn(b * y + c), y + a * cosTurn(d * x + c)],
  },
  {
    name: 'swirl',
    ranges: [[-1.2, 1.2], [1, 6], undefined, undefined],
    moves: false,
    to: (p, { a, b }) => turned(p, a / (1 + b * (p[0] ** 2 + p[1] ** 2))),
  },
  {
    name: 'fold',
    ranges: [[0.1, 0.6], [0.1, 0.6], undefined, undefined],
    moves: false,
    to: ([x, y], { a, b }) => [Math.abs(x) - a, Math.abs(y) - b],
  },
  {
    name: 'mirror tiles',
    ranges: [undefined, [0.3, 0.9], [0, 1], undefined],
    moves: true,
    to: ([x, y], { b, c }) => [mirror(b * x + c), mirror(b * y + c)],
  },
  {
    name: 'double the angle',
    ranges: [[0.15, 0.4], undefined, undefined, undefined],
    moves: false,
    to: ([x, y], { a }) => {
      const scale = 1 / (Math.sqrt(x * x + y * y) + a);
      return [(x * x - y * y) * scale, 2 * x * y * scale];
    },
  },
  {
    name: 'inversion',
    ranges: [[0.3, 1], undefined, undefined, undefined],
    moves: false,
    to: ([x, y], { a }) => {
      const scale = (1 + a) / (a + x * x + y * y);
      return [x * scale, y * scale];
    },
  },
  {
    name: 'perspective',
    ranges: [[0.5, 2], [-0.6, 0.6], undefined, undefined],
    moves: false,
    to: ([x, y], { a, b }) => {
      const scale = 1 / (1 + a * Math.abs(y + b));
      return [x * scale, y * scale];
    },
  },
];

/** What a point shows, in about [−1, 1]. */
export interface Measure {
  readonly name: string;
  readonly ranges: readonly [Range, Range, Range, Range];
  readonly moves: boolean;
  readonly of: (p: Point, k: Instruction) => number;
}

/** Measures are ops 8 to 13. */
export const MEASURES: readonly Measure[] = [
  {
    name: 'stripes',
    ranges: [undefined, [-2.5, 2.5], [0, 1], [-2.5, 2.5]],
    moves: true,
    of: ([x, y], { b, c, d }) => cosTurn(b * x + d * y + c),
  },
  {
    name: 'rings',
    ranges: [undefined, [0.8, 3], [0, 1], undefined],
    moves: true,
    of: ([x, y], { b, c }) => cosTurn(b * Math.sqrt(x * x + y * y) + c),
  },
  {
    name: 'chequers',
    ranges: [undefined, [0.5, 2], [0, 1], [0.5, 2]],
    moves: true,
    of: ([x, y], { b, c, d }) => cosTurn(b * x + c) * cosTurn(d * y + c),
  },
  {
    name: 'disc',
    ranges: [undefined, [3, 12], undefined, undefined],
    moves: false,
    of: ([x, y], { b }) => 2 / (1 + (b * (x * x + y * y)) ** 2) - 1,
  },
  {
    name: 'square',
    ranges: [[0.2, 0.6], [4, 12], undefined, undefined],
    moves: false,
    of: ([x, y], { a, b }) => squash(b * (a - Math.max(Math.abs(x), Math.abs(y)))),
  },
  {
    name: 'plasma',
    ranges: [undefined, [0.4, 1], [0, 1], [0, 1]],
    moves: true,
    of: ([x, y], { b, c, d }) =>
      0.6 * (cosTurn(b * x + c) + cosTurn(1.7 * b * (0.6 * x + 0.8 * y) - c) + cosTurn(2.3 * b * (0.8 * x - 0.6 * y) + d)),
  },
];

/** The kernel's number of the first measure. */
export const FIRST_MEASURE = 8;

/** Runs instructions on a point: the sums of the three channels. */
export function runProgram(instructions: readonly Instruction[], point: Point): [number, number, number] {
  let p = point;
  let sums: [number, number, number] = [0, 0, 0];
  for (const k of instructions) {
    if (k.op < FIRST_MEASURE) {
      p = WARPS[k.op]!.to(p, k);
      continue;
    }
    const value = MEASURES[k.op - FIRST_MEASURE]!.of(p, k);
    const [r, g, b] = k.weights;
    if (k.mode === 3) p = [p[0] + 0.3 * r * value, p[1] + 0.3 * g * value];
    const join = (sum: number, weight: number): number =>
      k.mode === 0 ? sum + weight * value : k.mode === 1 ? sum * (1 + weight * value) : k.mode === 2 ? Math.max(sum, weight * value) : sum;
    sums = [join(sums[0], r), join(sums[1], g), join(sums[2], b)];
  }
  return sums;
}
