import type { Device } from '@kindling/device';
import { bindPasses } from '@kindling/device';
import { pixelsOf } from '../family.js';
import { type GenerateOptions, type Generation, planGeneration, type Rows, sample } from '../generate.js';
import { isFloat, type Parameter } from '../parameter.js';

/** What a generation wrote: images as values, labels as the recipe stores them, and the drawn parameters of each family in it. */
export interface Rendered {
  readonly x: Float32Array<ArrayBuffer>;
  readonly y: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>;
  /** By family buffer: [M,B,stride] raw words, word 0 tells whether the sample is the family's. */
  readonly rows: Readonly<Record<string, Uint32Array<ArrayBuffer>>>;
}

/** Contents of control buffers and of `rows` beforehand, by name. */
export type Controls = Readonly<Record<string, Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>>;

/** The rows of the families, and of the posts as those of a family more. */
const rowsOf = ({ rows, postRows }: Generation): Rows[] => {
  if (!postRows) return [...rows];
  const parameters = postRows.parameters.map((parameter) => ({ ...parameter, stream: 'label' }) as Parameter);
  return [...rows, { name: postRows.name, family: 'post', parameters }];
};

const GUARD = 64;
const SENTINEL = 0xdeadbeef;

/** Renders on a device and reads back. Buffers are 64 elements too long and filled with a sentinel: what touches the end throws. */
export async function render(
  device: Device,
  options: GenerateOptions,
  seeds: readonly number[],
  step: number,
  controls: Controls = {},
): Promise<Rendered> {
  const plan = planGeneration({ traits: device.traits, ...options });
  const images = (options.models ?? 1) * options.batch;
  const size = images * pixelsOf(plan.recipe.image);
  const labels = images * (plan.label.dtype === 'u32' ? 1 : plan.label.outputs);
  const logs = Object.fromEntries(
    rowsOf(plan).map(({ name, parameters }) => [
      name,
      device.upload(name, controls[name] ?? new Uint32Array(images * (1 + parameters.length)).fill(SENTINEL)),
    ]),
  );
  const buffers = {
    state: device.upload('state', Uint32Array.of(step)),
    seeds: device.upload('seeds', Uint32Array.from(seeds)),
    x: device.upload('x', new Uint32Array(size + GUARD).fill(SENTINEL)),
    y: device.upload('y', new Uint32Array(labels + GUARD).fill(SENTINEL)),
    ...Object.fromEntries(Object.entries(controls).map(([name, data]) => [name, device.upload(name, data)])),
    ...logs,
  };
  const bound = bindPasses(device, plan, buffers);
  for (const { program, resources } of bound.dispatches) device.run(program, resources);
  const x = await device.readU32(buffers.x);
  const y = await device.readU32(buffers.y);
  const rows: Record<string, Uint32Array<ArrayBuffer>> = {};
  for (const [name, buffer] of Object.entries(logs)) rows[name] = await device.readU32(buffer);
  bound.destroy();
  for (const buffer of Object.values(buffers)) buffer.destroy();
  for (const [name, words, length] of [['x', x, size] as const, ['y', y, labels] as const]) {
    if (words.subarray(length).some((word) => word !== SENTINEL)) throw new Error(`wrote past the end of ${name}`);
    const missed = words.subarray(0, length).indexOf(SENTINEL);
    if (missed >= 0) throw new Error(`left ${name}[${missed}] unwritten`);
  }
  const bits = y.slice(0, labels);
  return { x: new Float32Array(x.buffer, 0, size), y: plan.label.dtype === 'u32' ? bits : new Float32Array(bits.buffer), rows };
}

/** The batch that the contract asks for, from the CPU twin. */
export function expected(options: GenerateOptions, seeds: readonly number[], step: number) {
  const { recipe, batch, models = 1, firstIndex = 0, indexStep = 1, seedsShared = false } = options;
  const samples = Array.from({ length: models * batch }, (_, i) => {
    const seed = seeds[seedsShared ? 0 : Math.floor(i / batch)]!;
    return sample(recipe, seed, step, firstIndex + (i % batch) * indexStep);
  });
  return { samples, x: samples.flatMap(({ image }) => [...image]), y: samples.flatMap(({ labels }) => [...labels]) };
}

/** Throws at the first place where two batches differ, bit for bit. `what` says which comparison it was. */
export function requireEqual(
  got: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  wanted: { readonly x: ArrayLike<number>; readonly y: ArrayLike<number> },
  what: string,
): void {
  for (const name of ['x', 'y'] as const) {
    if (got[name].length !== wanted[name].length)
      throw new Error(`${what}: ${got[name].length} values of ${name}, not ${wanted[name].length}`);
    for (let i = 0; i < wanted[name].length; i++) {
      if (Object.is(got[name][i], wanted[name][i])) continue;
      throw new Error(`${what}: ${name}[${i}] is ${got[name][i]}, not ${wanted[name][i]}`);
    }
  }
}

/** How far a GPU may be from the twin, which computes in f64. */
export interface FamilyTolerance {
  /** Absolute, a pixel. */
  readonly pixel: number;
  /** Share of pixels that may be further off than `pixel`, for kernels with an edge; 0 by default. */
  readonly outliers?: number;
  /** Absolute, a label value or parameter of magnitude 1 (larger ones relatively); 1e-6 by default. */
  readonly value?: number;
}

/**
 * Throws unless a batch agrees with the twin: pixels and float labels within the tolerance, integer labels and integer parameters exactly.
 * @returns the largest pixel difference, to be stated where it is worth it
 */
export function requireTwin(
  got: Rendered,
  options: GenerateOptions,
  seeds: readonly number[],
  step: number,
  tolerance: FamilyTolerance,
): number {
  const { samples, x, y } = expected(options, seeds, step);
  const plan = planGeneration(options);
  const text = `${JSON.stringify(options.recipe)} seeds ${seeds} step ${step}`;
  const value = tolerance.value ?? 1e-6;
  let worst = 0;
  let outliers = 0;
  let first = '';
  for (let i = 0; i < x.length; i++) {
    const difference = Math.abs(got.x[i]! - x[i]!);
    // Written so that a NaN fails.
    if (!(difference <= tolerance.pixel)) {
      outliers++;
      first ||= `x[${i}] (pixel ${i % (x.length / samples.length)} of sample ${Math.floor(i / (x.length / samples.length))}) is ${got.x[i]}, not ${x[i]}`;
    }
    worst = Math.max(worst, difference);
  }
  const allowed = Math.floor((tolerance.outliers ?? 0) * x.length);
  if (outliers > allowed) {
    throw new Error(`${text}: ${outliers} of ${x.length} pixels differ by more than ${tolerance.pixel} (${allowed} may): ${first}`);
  }
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= value * Math.max(1, Math.abs(b));
  const exact = plan.label.dtype === 'u32';
  for (let i = 0; i < y.length; i++) {
    if (!(exact ? got.y[i] === y[i] : close(got.y[i]!, y[i]!))) throw new Error(`${text}: y[${i}] is ${got.y[i]}, not ${y[i]}`);
  }
  for (const { name, family, parameters } of rowsOf(plan)) {
    const words = got.rows[name]!;
    const floats = new Float32Array(words.buffer);
    const stride = parameters.length + 1;
    for (let s = 0; s < samples.length; s++) {
      const row = s * stride;
      // In a mixture a sample's parameters belong to one part only.
      if (words[row] === 0) continue;
      parameters.forEach((parameter, p) => {
        const want = samples[s]!.parameters[parameter.name]!;
        const have = isFloat(parameter) ? floats[row + 1 + p]! : words[row + 1 + p]! | 0;
        if (!(isFloat(parameter) ? close(have, want) : have === (want | 0))) {
          throw new Error(`${text}: parameter ${parameter.name} of ${family}, sample ${s}, is ${have}, not ${want}`);
        }
      });
    }
  }
  return worst;
}
