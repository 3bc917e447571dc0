import { mulhi, pcgHash } from '@kindling/core';

/**
 * A system of affine maps in whole numbers: x' = (a·x + b·y)/2^14 + e, y' = (c·x + d·y)/2^14 + f on coordinates −32768 .. 32767, in which the
 * attractor spans about −8192 .. 8192.
 */
export interface FixedSystem {
  /** [a, b, c, d, e, f] a map; a..d with 14 fractional bits. */
  readonly maps: readonly (readonly number[])[];
  /** The map that each of 256 random bytes chooses. */
  readonly choice: Uint8Array;
  /** A point of the attractor. */
  readonly start: readonly [number, number];
}

/** How points are played and seen. */
export interface Game {
  readonly system: FixedSystem;
  /** The random word of the sample. */
  readonly word: number;
  readonly walkers: number;
  /** Blocks of four steps that each walker plots. */
  readonly blocks: number;
  /** Rows of the matrix that turns and mirrors points, 14 fractional bits. */
  readonly view: readonly number[];
  /** Pixels of the window that the points' box is stretched over. */
  readonly width: number;
  readonly height: number;
}

/** Blocks of four steps that nothing is seen of, and blocks up to which only the box is found. */
const BURN_IN_BLOCKS = 4;
const FRAME_BLOCKS = 8;

/** Largest coefficient (1.5) and translation: no sum of two products then passes 2^31. */
export const LIMIT = { coefficient: 24_576, translation: 32_767 } as const;

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

/** Every coefficient times 1 + u/2^14, u = −reach .. reach from two random words at a time. */
export function jittered(system: FixedSystem, reach: number, word: (map: number, coefficient: number) => number): FixedSystem {
  const maps = system.maps.map((map, m) =>
    map.map((value, i) => {
      const u = mulhi(word(m, i), 2 * reach + 1) - reach;
      const limit = i < 4 ? LIMIT.coefficient : LIMIT.translation;
      return clamp(value + ((value * u + 8192) >> 14), -limit, limit);
    }),
  );
  return { ...system, maps };
}

/** Cosine and sine of `turn` 256ths of a turn, 14 fractional bits. */
export function turnPair(turn: number): [number, number] {
  const angle = (Math.PI * (turn & 255)) / 128;
  return [Math.round(16_384 * Math.cos(angle)), Math.round(16_384 * Math.sin(angle))];
}

/** Rows of the matrix that turns by `turn` 256ths and mirrors: flip 1 mirrors x, 2 mirrors y. */
export function viewOf(turn: number, flip: number): number[] {
  const [cos, sin] = turnPair(turn);
  const [x, y] = [flip & 1 ? -1 : 1, flip & 2 ? -1 : 1];
  return [x * cos, -x * sin, y * sin, y * cos];
}

/** A player of the game: `block(walker, t)` takes a walker four steps on and returns its points as seen, x0, y0 .. x3, y3, until the next call. */
function player({ system, word, view, walkers }: Game): (walker: number, t: number) => Int32Array {
  const maps = Int32Array.from(system.maps.flat());
  const at = Int32Array.from({ length: 2 * walkers }, (_, i) => system.start[i % 2]!);
  const [ux, uy, vx, vy] = view as [number, number, number, number];
  const seen = new Int32Array(8);
  return (walker, t) => {
    const bytes = pcgHash((pcgHash((word ^ Math.imul(walker, 0x9e3779b9)) >>> 0) + t) >>> 0);
    let [x, y] = [at[2 * walker]!, at[2 * walker + 1]!];
    for (let s = 0; s < 4; s++) {
      const m = 6 * system.choice[(bytes >>> (8 * s)) & 255]!;
      const next = ((maps[m]! * x + maps[m + 1]! * y + 8192) >> 14) + maps[m + 4]!;
      y = clamp(((maps[m + 2]! * x + maps[m + 3]! * y + 8192) >> 14) + maps[m + 5]!, -32_768, 32_767);
      x = clamp(next, -32_768, 32_767);
      seen[2 * s] = (ux * x + uy * y) >> 14;
      seen[2 * s + 1] = (vx * x + vy * y) >> 14;
    }
    at[2 * walker] = x;
    at[2 * walker + 1] = y;
    return seen;
  };
}

/** What the points of a game look like. */
export interface Histogram {
  /** [height·width] points a pixel. */
  readonly counts: Uint32Array;
  /** Least x and y, largest x and y of the points that find the frame. */
  readonly box: readonly [number, number, number, number];
}

/** Plays the game: the twin of `shaders/families/ifs/chaos.wgsl`, exact in every count. */
export function play(game: Game): Histogram {
  const { walkers, blocks, width, height } = game;
  const box: [number, number, number, number] = [Infinity, Infinity, -Infinity, -Infinity];
  const block = player(game);
  for (let walker = 0; walker < walkers; walker++) {
    for (let t = 0; t < FRAME_BLOCKS; t++) {
      const seen = block(walker, t);
      if (t < BURN_IN_BLOCKS) continue;
      for (let s = 0; s < 8; s++) {
        box[s % 2] = Math.min(box[s % 2]!, seen[s]!);
        box[2 + (s % 2)] = Math.max(box[2 + (s % 2)]!, seen[s]!);
      }
    }
  }
  // A margin of 1/32 on each side: the box was found from few points.
  const axis = (least: number, largest: number, pixels: number) => {
    const margin = ((largest - least) >> 5) + 1;
    const span = largest - least + 2 * margin + 1;
    return { low: least - margin, span, scale: Math.floor((pixels * 2 ** 22) / span) };
  };
  const [u, v] = [axis(box[0], box[2], width), axis(box[1], box[3], height)];
  const counts = new Uint32Array(height * width);
  for (let walker = 0; walker < walkers; walker++) {
    for (let t = 0; t < blocks; t++) {
      const seen = block(walker, FRAME_BLOCKS + t);
      for (let s = 0; s < 8; s += 2) {
        const [right, down] = [seen[s]! - u.low, seen[s + 1]! - v.low];
        if (right < 0 || right >= u.span || down < 0 || down >= v.span) continue;
        counts[Math.floor((down * v.scale) / 2 ** 22) * width + Math.floor((right * u.scale) / 2 ** 22)]!++;
      }
    }
  }
  return { counts, box };
}

/** Walkers and blocks of four steps for about that many points: 64 walkers × 64 steps at 28×28, 256 walkers for larger images. */
export function walkOf(points: number): { walkers: number; blocks: number } {
  const walkers = points > 16_384 ? 256 : 64;
  return { walkers, blocks: Math.max(1, Math.ceil(points / (4 * walkers))) };
}

/** The count at which `toneOf` gives ½: half the mean of the pixels that were hit. */
export function halfCount(counts: Uint32Array): number {
  const seen = counts.reduce((sum, count) => sum + count, 0);
  const hit = counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
  return (0.5 * seen) / Math.max(1, hit);
}

/** Brightness 0 .. 1 of a pixel. */
export const toneOf = (count: number, half: number): number => count / (count + half);
