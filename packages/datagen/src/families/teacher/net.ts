import { drawWord, normalPair, sampleKey } from '@kindling/core';
import type { TeacherRecipe } from './family.js';
import { UNIT } from './quantiles.js';

/**
 * A teacher in whole numbers. Perceptron (no hidden units): field = Σ wᵢxᵢ. MLP: field = Σⱼ vⱼ·⌊max(0, Σᵢ wⱼᵢxᵢ)/2^16⌋ − offset. x in units of
 * 1/4096, so |xᵢ| < 25,600; the sums of |w| and |v| are held so small that no partial sum leaves 32 bits in whatever order it is made.
 */
export interface Teacher {
  readonly dimensions: number;
  readonly hidden: number;
  /** w [hidden or 1, d], then v [hidden]. */
  readonly weights: Int32Array<ArrayBuffer>;
  /** The mean of the MLP's field. */
  readonly offset: number;
  /** One over the field's standard deviation: the value of a label has mean 0 and deviation 1. */
  readonly scale: number;
}

/** Most of Σ|w| a hidden unit, for 25,600·Σ|w| < 2^31; and of Σ|v|, for 2^15·Σ|v| < 2^30. */
const MOST_W = 83_000;
const MOST_V = 32_000;
const INVERSE_ROOT_2_PI = 0.3989422804014327;

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + Math.abs(value), 0);
const norm = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0));

/** Standard normals of the recipe's teacher seed: stream `initialisation`, step 0, index `row`. By arithmetic only, alike on every engine. */
function normals(seed: number, row: number, count: number): number[] {
  const key = sampleKey(seed, 'initialisation', 0);
  const word = (draw: number): number => drawWord(key, row, draw);
  return Array.from({ length: count }, (_, i) => normalPair(word(i - (i % 2)), word(i - (i % 2) + 1))[i % 2]!);
}

/** Largest whole numbers in proportion to the rows, the sum of none of which exceeds `most`. */
function quantise(rows: readonly (readonly number[])[], most: number): number[][] {
  const largest = Math.max(...rows.map(sumOf));
  return rows.map((row) => row.map((value) => Math.round((value * (most - row.length)) / largest)));
}

/** Standard deviation of Σ vⱼ·max(0, zⱼ) of jointly normal zⱼ with mean 0 (Cho and Saul's arc-cosine kernel of degree 1, 2009). */
function reluDeviation(w: readonly (readonly number[])[], v: readonly number[]): number {
  const sizes = w.map(norm);
  let variance = 0;
  w.forEach((a, i) => {
    w.forEach((b, j) => {
      const dot = a.reduce((sum, value, k) => sum + value * b[k]!, 0);
      const cosine = Math.min(1, Math.max(-1, dot / (sizes[i]! * sizes[j]! || 1)));
      const angle = Math.acos(cosine);
      variance += v[i]! * v[j]! * sizes[i]! * sizes[j]! * (Math.sin(angle) + (Math.PI - angle) * cosine - 1);
    });
  });
  return Math.sqrt(Math.max(0, variance) / (2 * Math.PI));
}

/** The teacher of a recipe: a pure function of `params` and the number of inputs. */
export function teacherOf({ params, image }: TeacherRecipe): Teacher {
  const dimensions = image.width;
  if (params.net === 'perceptron') {
    const [w] = quantise([normals(params.teacherSeed, 0, dimensions)], MOST_W);
    return { dimensions, hidden: 0, weights: Int32Array.from(w!), offset: 0, scale: 1 / (UNIT * norm(w!)) };
  }
  const { hidden } = params;
  const w = quantise(
    Array.from({ length: hidden }, (_, j) => normals(params.teacherSeed, j + 1, dimensions)),
    MOST_W,
  );
  const [v] = quantise([normals(params.teacherSeed, 0, hidden)], MOST_V);
  const unit = UNIT / 65_536;
  const mean = w.reduce((sum, row, j) => sum + v![j]! * unit * norm(row) * INVERSE_ROOT_2_PI, 0);
  const weights = Int32Array.from([...w.flat(), ...v!]);
  return { dimensions, hidden, weights, offset: Math.round(mean), scale: 1 / (unit * reluDeviation(w, v!)) };
}

/** The field of an input in whole units of x: what the label is the sign of, or in proportion to. */
export function teacherField({ dimensions, hidden, weights, offset }: Teacher, x: ArrayLike<number>): number {
  const dot = (row: number): number => {
    let sum = 0;
    for (let i = 0; i < dimensions; i++) sum += weights[row * dimensions + i]! * x[i]!;
    return sum;
  };
  if (hidden === 0) return dot(0);
  let sum = -offset;
  for (let j = 0; j < hidden; j++) sum += weights[hidden * dimensions + j]! * (Math.max(0, dot(j)) >> 16);
  return sum;
}

/** The unit vector of a perceptron teacher, to compare a student with. */
export function teacherVector(recipe: TeacherRecipe): Float64Array {
  const { weights, dimensions } = teacherOf({ ...recipe, params: { ...recipe.params, net: 'perceptron' } });
  const row = weights.subarray(0, dimensions);
  const length = norm(row);
  return Float64Array.from(row, (value) => value / length);
}
