import { floatBits } from '../../parameter.js';
import { remember } from '../ifs/remember.js';
import { Units } from '../ifs/sampling.js';

/** The lines of one class; lengths in units of the outer radius. */
export interface ContourSystem {
  readonly orbits: number;
  readonly vertices: number;
  readonly frequencies: readonly [number, number];
  readonly amplitudes: readonly [number, number];
  readonly noise: number;
  /** Mean radius of the first orbit. */
  readonly inner: number;
}

type Range = readonly [number, number];

/** What the systems of a recipe are drawn from. */
export interface ContourSpec {
  readonly systemSeed: number;
  readonly orbits: Range;
  readonly vertices: Range;
  readonly frequency: Range;
  readonly amplitude: Range;
  readonly noise: Range;
  readonly inner: Range;
}

/** Candidates for a class before one that has the orbits, frequencies and kind of corners of an earlier class is accepted. */
const TRIES = 64;

/** The octave of a number of vertices above the least: 3 to 5 corners look unlike each other, 300 and 500 do not. */
const octave = (vertices: number, least: number): number => Math.floor(Math.log2(vertices / least) + 1e-9);

function candidate(spec: ContourSpec, attempt: number, index: number): ContourSystem {
  const units = new Units(spec.systemSeed, attempt, index);
  const real = ([low, high]: Range): number => Math.fround(units.uniform(low, high));
  const orbits = units.whole(...spec.orbits);
  // Uniform over octaves: most of 3 .. 1000 would be circles otherwise.
  const [fewest, most] = spec.vertices;
  const base = fewest * 2 ** units.whole(0, octave(most, fewest));
  const vertices = units.whole(base, Math.min(most, 2 * base - 1));
  const frequencies = [units.whole(...spec.frequency), units.whole(...spec.frequency)] as const;
  const amplitudes = [real(spec.amplitude), real(spec.amplitude)] as const;
  const noise = real(spec.noise);
  // Lines must not reach the centre, where their angles lose their meaning; a single one is large.
  const reach = amplitudes[0] / 2 + amplitudes[1] / 2 + noise;
  const least = orbits === 1 ? 0.9 - reach : reach + 0.1;
  const inner = Math.max(real(spec.inner), Math.fround(least));
  return { orbits, vertices, frequencies, amplitudes, noise, inner };
}

/** What sets a class apart at a glance: a wave that is too low to be seen does not. */
function looks({ orbits, vertices, frequencies, amplitudes }: ContourSystem, [fewest]: Range): string {
  const waves = frequencies.map((frequency, i) => (amplitudes[i]! < 0.02 ? 0 : frequency)).sort((p, q) => p - q);
  return JSON.stringify([orbits, vertices < 12 ? vertices : octave(vertices, fewest), waves]);
}

function makeSystems(spec: ContourSpec, classes: number): ContourSystem[] {
  const seen = new Set<string>();
  return Array.from({ length: classes }, (_, index) => {
    let system = candidate(spec, 0, index);
    for (let attempt = 1; attempt < TRIES && seen.has(looks(system, spec.vertices)); attempt++) system = candidate(spec, attempt, index);
    seen.add(looks(system, spec.vertices));
    return system;
  });
}

/** The systems of the first `classes` classes, each unlike the ones before where the ranges have room for that. */
export function contourSystems(
  { systemSeed, orbits, vertices, frequency, amplitude, noise, inner }: ContourSpec,
  classes: number,
): readonly ContourSystem[] {
  const spec = { systemSeed, orbits, vertices, frequency, amplitude, noise, inner };
  return remember(`contours ${JSON.stringify([spec, classes])}`, () => makeSystems(spec, classes));
}

/** The table that `shaders/families/contours/render.wgsl` reads: 8 words a class. */
export const contourTable = (systems: readonly ContourSystem[]): Uint32Array<ArrayBuffer> =>
  Uint32Array.from(
    systems.flatMap(({ orbits, vertices, frequencies, amplitudes, noise, inner }) => [
      orbits,
      vertices,
      ...frequencies,
      ...[...amplitudes, noise, inner].map(floatBits),
    ]),
  );
