import { pcg3d, pcgHash } from '@kindling/core';
import type { Draws } from '../../draws.js';
import type { TwinSample } from '../../family.js';
import { toneOf } from '../../tone.js';
import { NOISE_MAKE, type NoiseRecipe } from './recipe.js';

const SKEW = (Math.sqrt(3) - 1) / 2;
const UNSKEW = (3 - Math.sqrt(3)) / 6;

/** The unit gradient of a lattice point, times the way from it; its angle is that of `cos_sin_turn`. */
function ramp(cellX: number, cellY: number, lattice: number, x: number, y: number): number {
  const angle = (2 * Math.PI * ((pcg3d(cellX, cellY, lattice)[0] >>> 8) + 0.5)) / 2 ** 24;
  return Math.cos(angle) * x + Math.sin(angle) * y;
}

function perlin(x: number, y: number, lattice: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [x - i, y - j];
  const fade = (t: number): number => t ** 3 * (t * (t * 6 - 15) + 10);
  const mix = (a: number, b: number, t: number): number => a + (b - a) * t;
  const line = (dj: number): number => mix(ramp(i, j + dj, lattice, u, v - dj), ramp(i + 1, j + dj, lattice, u - 1, v - dj), fade(u));
  return mix(line(0), line(1), fade(v));
}

function simplex(x: number, y: number, lattice: number): number {
  const [i, j] = [Math.floor(x + (x + y) * SKEW), Math.floor(y + (x + y) * SKEW)];
  const [u, v] = [x - i + (i + j) * UNSKEW, y - j + (i + j) * UNSKEW];
  const corner = (di: number, dj: number): number => {
    const [a, b] = [u - di + (di + dj) * UNSKEW, v - dj + (di + dj) * UNSKEW];
    return Math.max(0.5 - a * a - b * b, 0) ** 4 * ramp(i + di, j + dj, lattice, a, b);
  };
  return corner(0, 0) + (u > v ? corner(1, 0) : corner(0, 1)) + corner(1, 1);
}

/** Distances to the nearest and the second nearest point. */
function worley(x: number, y: number, lattice: number): [number, number] {
  const distances = [];
  for (let j = Math.floor(y) - 1; j <= Math.floor(y) + 1; j++) {
    for (let i = Math.floor(x) - 1; i <= Math.floor(x) + 1; i++) {
      const [a, b] = pcg3d(i, j, lattice);
      distances.push(Math.hypot(i + (a >>> 8) / 2 ** 24 - x, j + (b >>> 8) / 2 ** 24 - y));
    }
  }
  distances.sort((a, b) => a - b);
  return [distances[0]!, distances[1]!];
}

/** One octave: mean 0 and variance 1, by constants measured over 10⁶ points. */
export function octave(basis: number, folded: boolean, x: number, y: number, lattice: number): number {
  if (basis >= 2) {
    const [first, second] = worley(x, y, lattice);
    return basis === 2 ? (0.43 - first) * 5.27 : (second - first - 0.269) * 4.98;
  }
  const value = basis === 0 ? perlin(x, y, lattice) * 4.65 : simplex(x, y, lattice) * 184;
  return folded ? (Math.abs(value) - 0.82) * 1.73 : value;
}

/** One sample of family `noise` in f64, from its drawn parameters. */
export function noiseTwin(recipe: NoiseRecipe, _: Draws, parameters: Readonly<Record<string, number>>): TwinSample {
  const { height, width, channels } = recipe.image;
  const p = parameters as Record<'type' | 'octaves' | 'frequency' | 'turns' | 'persistence' | 'seed', number>;
  const { basis, folded, single } = NOISE_MAKE[recipe.params.types[p.type]!];
  const octaves = single && recipe.label.kind === 'class' ? 1 : p.octaves;
  const angle = 2 * Math.PI * p.turns;
  const pixel = toneOf(parameters, channels);
  const image = new Float32Array(channels * height * width);
  for (let j = 0; j < height; j++) {
    for (let i = 0; i < width; i++) {
      const scale = p.frequency / Math.max(height, width);
      const [u, v] = [(i + 0.5 - width / 2) * scale, (j + 0.5 - height / 2) * scale];
      let [x, y] = [Math.cos(angle) * u - Math.sin(angle) * v, Math.sin(angle) * u + Math.cos(angle) * v];
      let [sum, power] = [0, 0];
      for (let k = 0; k < octaves; k++) {
        const lattice = pcgHash((p.seed + k) >>> 0);
        const weight = p.persistence ** k;
        sum += weight * octave(basis, folded, x + (lattice >>> 16) / 2 ** 16, y + (lattice & 0xffff) / 2 ** 16, lattice);
        power += weight ** 2;
        [x, y] = [2 * (0.8 * x - 0.6 * y), 2 * (0.6 * x + 0.8 * y)];
      }
      const z = sum / Math.sqrt(power);
      for (let c = 0; c < channels; c++) image[(c * height + j) * width + i] = pixel(z / Math.sqrt(1 + z * z), c);
    }
  }
  return { image };
}
