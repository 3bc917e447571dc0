import { InputError, pcgHash } from '@kindling/core';
import { type FixedSystem, LIMIT, play, turnPair, viewOf } from './fixed.js';
import { type AffineMap, choiceOf, fractalDbMaps, svdMaps, Units } from './sampling.js';

/** Words of a system in the table that kernels read: maps, start, 3 a map for at most 8 maps, 256 choices of a byte each. */
const SYSTEM_WORDS = 90;
/** Half the side of an attractor in whole coordinates; jitter may take it to four times that. */
const HALF = 8192;

/** Half an axis' range in mean absolute deviations, at most: 2 is a uniform density, 4 a normal one's 1,000 points. */
const STRAY = 3.5;

/** Candidates that are tried for one system before a recipe is refused. */
const TRIES = 2048;
/** The picture on which the share of filled pixels is measured, and its points. */
const CHECK = { side: 64, walkers: 64, blocks: 32 } as const;

const pair = (low: number, high: number): number => ((low & 0xffff) | (high << 16)) >>> 0;

/** The centre and half the range of an axis; undefined where single points lie far from the others, which would shrink the picture to a blob. */
function axisOf(values: readonly number[]): { centre: number; half: number } | undefined {
  const [least, largest] = values.reduce(([p, q], value) => [Math.min(p, value), Math.max(q, value)], [Infinity, -Infinity]);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const deviation = values.reduce((sum, value) => sum + Math.abs(value - mean), 0) / values.length;
  const half = (largest - least) / 2;
  return half > 1e-3 && half <= STRAY * deviation ? { centre: (least + largest) / 2, half } : undefined;
}

/** The attractor's centre and half side from 1,000 points in f64; undefined where the points run away, stray or stay in one place. */
function boxOf(
  maps: readonly AffineMap[],
  choice: Uint8Array,
  word: number,
): { centre: [number, number]; half: number; last: [number, number] } | undefined {
  let [x, y] = [0, 0];
  const points: [number, number][] = [];
  for (let k = 0; k < 1100; k++) {
    const [a, b, c, d, e, f] = maps[choice[pcgHash((word + k) >>> 0) >>> 24]!]!;
    [x, y] = [a * x + b * y + e, c * x + d * y + f];
    if (!(Math.abs(x) < 1e3 && Math.abs(y) < 1e3)) return undefined;
    if (k >= 100) points.push([x, y]);
  }
  const [u, v] = [axisOf(points.map(([p]) => p)), axisOf(points.map(([, q]) => q))];
  return u && v ? { centre: [u.centre, v.centre], half: Math.max(u.half, v.half), last: [x, y] } : undefined;
}

/** The maps in whole coordinates around their attractor; undefined where they do not contract enough, or a number does not fit. */
function quantise(maps: readonly AffineMap[], word: number): FixedSystem | undefined {
  const choice = choiceOf(maps);
  const found = boxOf(maps, choice, word);
  if (!found) return undefined;
  const {
    centre: [p, q],
    half,
    last,
  } = found;
  const scale = HALF / half;
  const fixed = maps.map(([a, b, c, d, e, f]) => [
    ...[a, b, c, d].map((value) => Math.round(value * 16_384)),
    Math.round((a * p + b * q + e - p) * scale),
    Math.round((c * p + d * q + f - q) * scale),
  ]);
  const fits = fixed.every((map) => map.every((value, i) => Math.abs(value) <= (i < 4 ? LIMIT.coefficient : LIMIT.translation)));
  return fits ? { maps: fixed, choice, start: [Math.round((last[0] - p) * scale), Math.round((last[1] - q) * scale)] } : undefined;
}

/** The share of a 64×64 picture that 8,192 points hit; 0 where the attractor leaves the coordinates when all coefficients grow by `growth`. */
export function filledShare(system: FixedSystem, word: number, growth = 0): number {
  const game = { system, word, view: viewOf(0, 0), width: CHECK.side, height: CHECK.side, walkers: CHECK.walkers, blocks: CHECK.blocks };
  if (growth > 0) {
    const grown = { ...system, maps: system.maps.map((map) => map.map((value, i) => (i < 4 ? Math.round(value * (1 + growth)) : value))) };
    const { box } = play({ ...game, system: grown, blocks: 0 });
    if (box.some((side) => Math.abs(side) > 30_000)) return 0;
  }
  return play(game).counts.reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0) / CHECK.side ** 2;
}

/** What a table of systems is made from. */
export interface SystemSpec {
  readonly seed: number;
  readonly sampling: 'fractaldb' | 'svd';
  /** Range of the number of maps. */
  readonly maps: readonly [number, number];
  /** SVD sampling: the sum of s₁ + 2s₂ over the maps; without it uniform in ((5 + n)/2, (6 + n)/2). */
  readonly alpha?: number;
  /** Range of the share of pixels that a system's picture fills. */
  readonly fill: readonly [number, number];
  /** The largest jitter of a sample's coefficients. */
  readonly jitter: number;
}

/** Tries candidates until one is a system whose picture is filled as asked. @throws InputError after 2,048 */
function search(
  spec: SystemSpec,
  subject: string,
  index: number,
  candidate: (units: Units) => AffineMap[],
): { maps: AffineMap[]; system: FixedSystem } {
  for (let k = 0; k < TRIES; k++) {
    const units = new Units(spec.seed, k, index);
    const maps = candidate(units);
    const word = units.word();
    const system = quantise(maps, word);
    if (!system) continue;
    const share = filledShare(system, word, spec.jitter);
    if (share >= spec.fill[0] && share <= spec.fill[1]) return { maps, system };
  }
  throw new InputError({
    subject,
    got: `no system number ${index} among ${TRIES} candidates, fill ${JSON.stringify(spec.fill)}`,
    expected: 'ranges that systems of affine maps can meet',
    next: 'widen the range of fill, lower the jitter, or take another systemSeed',
  });
}

function randomMaps(spec: SystemSpec, units: Units): AffineMap[] {
  const n = units.whole(...spec.maps);
  if (spec.sampling === 'fractaldb') return fractalDbMaps(units, n);
  return svdMaps(units, n, spec.alpha ?? units.uniform((5 + n) / 2, (6 + n) / 2));
}

/** System `index` of a recipe: the first candidate that is good. It does not depend on how many systems there are. */
export const independentSystem = (spec: SystemSpec, index: number, subject: string): { maps: AffineMap[]; system: FixedSystem } =>
  search(spec, subject, index, (units) => randomMaps(spec, units));

/** System `index` around given maps: every coefficient times its own factor from U(1 − delta, 1 + delta). */
export const perturbedSystem = (spec: SystemSpec, base: readonly AffineMap[], delta: number, index: number, subject: string): FixedSystem =>
  search(spec, subject, index, (units) =>
    base.map((map) => map.map((value) => value * units.uniform(1 - delta, 1 + delta)) as unknown as AffineMap),
  ).system;

/** The table that `shaders/families/ifs/render.wgsl` reads: 256 turns, then 90 words a system. */
export function systemTable(systems: readonly FixedSystem[]): Uint32Array<ArrayBuffer> {
  const turns = Array.from({ length: 256 }, (_, turn) => pair(...turnPair(turn)));
  const table = new Uint32Array(256 + SYSTEM_WORDS * systems.length);
  table.set(turns);
  systems.forEach(({ maps, choice, start }, s) => {
    const at = 256 + SYSTEM_WORDS * s;
    table[at] = maps.length;
    table[at + 1] = pair(...start);
    maps.forEach((map, m) => {
      for (let k = 0; k < 3; k++) table[at + 2 + 3 * m + k] = pair(map[2 * k]!, map[2 * k + 1]!);
    });
    choice.forEach((map, byte) => {
      table[at + 26 + (byte >> 2)]! |= map << (8 * (byte & 3));
    });
  });
  return table;
}
