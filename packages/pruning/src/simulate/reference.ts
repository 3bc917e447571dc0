import { drawWord, normalPair, sampleKey } from '@kindling/core';
import { turn } from './programs.js';
import type { SimulationPlan } from './setting.js';

/** The same perceptron in f64, slow and obvious: what the kernels are compared with. */
export interface ReferenceSeed {
  readonly teacher: Float64Array;
  readonly probe: Float64Array;
  /** T·x and J_probe·x of every example, P of each. */
  readonly fields: Float64Array;
  readonly scores: Float64Array;
  /** Indices of the kept examples, ascending. */
  readonly chosen: number[];
  /** y·x of the kept examples. */
  readonly z: Float64Array[];
}

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
const scaled = (a: Float64Array, scale: number): Float64Array => a.map((value) => value * scale);

/** `dimension` standard normals: pair i from call i of the counter `index`. */
function normals(key: readonly [number, number], index: number, dimension: number): Float64Array {
  const values = new Float64Array(dimension);
  for (let i = 0; i < dimension; i += 2) {
    const pair = normalPair(drawWord(key, index, i), drawWord(key, index, i + 1));
    values[i] = pair[0];
    if (i + 1 < dimension) values[i + 1] = pair[1];
  }
  return values;
}

/** The `kept` smallest keys, lower indices first among equals; ascending. */
export function selectReference(keys: ArrayLike<number>, kept: number): number[] {
  const order = Array.from({ length: keys.length }, (_, i) => i).sort((a, b) => keys[a]! - keys[b]! || a - b);
  return order.slice(0, kept).sort((a, b) => a - b);
}

/** What seed number `model` draws, scores and keeps. */
export function drawReference(plan: SimulationPlan, model: number): ReferenceSeed {
  const { seed, dimension, examples, kept, keep, angle } = plan;
  const directions = sampleKey(seed, 'initialisation', model);
  const image = sampleKey(seed, 'image', model);
  const selection = sampleKey(seed, 'selection', model);
  const raw = normals(directions, 0, dimension);
  const teacher = scaled(raw, 1 / Math.sqrt(dot(raw, raw)));
  const other = normals(directions, 1, dimension);
  const along = dot(other, teacher);
  const rest = other.map((value, i) => value - along * teacher[i]!);
  const [cosine, sine] = turn(angle);
  const unit = scaled(rest, 1 / Math.sqrt(dot(rest, rest)));
  const probe = teacher.map((value, i) => cosine * value + sine * unit[i]!);
  const x = Array.from({ length: examples }, (_, example) => normals(image, example, dimension));
  const fields = Float64Array.from(x, (one) => dot(one, teacher));
  const scores = Float64Array.from(x, (one) => dot(one, probe));
  const keys = {
    hard: () => scores.map(Math.abs),
    easy: () => scores.map((score) => -Math.abs(score)),
    random: () => Float64Array.from(x, (_, example) => drawWord(selection, example, 0)),
  }[keep]();
  const chosen = selectReference(keys, kept);
  const z = chosen.map((example) => scaled(x[example]!, fields[example]! >= 0 ? 1 : -1));
  return { teacher, probe, fields, scores, chosen, z };
}

/**
 * The max-margin separator by AdaTron (Anlauf and Biehl, 1989): a_i += max(−a_i, (1 − z_i·w)/|z_i|²), one example after another, until the
 * margin is within `gap` of |w|/Σa, which no separator exceeds.
 */
export function adatron(z: readonly Float64Array[], gap = 1e-6, mostSweeps = 100_000): { w: Float64Array; kappa: number; gap: number } {
  const w = new Float64Array(z[0]!.length);
  const a = new Float64Array(z.length);
  const sizes = z.map((row) => dot(row, row));
  for (let sweep = 1; ; sweep++) {
    z.forEach((row, i) => {
      const change = Math.max(-a[i]!, (1 - dot(row, w)) / sizes[i]!);
      a[i] = a[i]! + change;
      if (change !== 0) for (let j = 0; j < w.length; j++) w[j] = w[j]! + change * row[j]!;
    });
    if (sweep % 10 !== 0 && sweep < mostSweeps) continue;
    const margin = Math.min(...z.map((row) => dot(row, w)));
    const left = 1 - (margin * a.reduce((sum, value) => sum + value, 0)) / dot(w, w);
    if (left <= gap || sweep >= mostSweeps) return { w, kappa: margin / Math.sqrt(dot(w, w)), gap: left };
  }
}

/** Share misclassified by w where the teacher is right: arccos(R)/π. */
export const errorReference = (w: Float64Array, teacher: Float64Array): number =>
  Math.acos(dot(w, teacher) / Math.sqrt(dot(w, w))) / Math.PI;
