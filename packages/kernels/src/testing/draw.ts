import { numel, type Shape } from '@kindling/core';

/** Uniform numbers in [0, 1), a pure function of the seed text (FNV-1a, then mulberry32). */
export function generator(seed: string): () => number {
  let state = 0x811c9dc5;
  for (const letter of seed) state = Math.imul(state ^ letter.charCodeAt(0), 0x01000193);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** f32 values in ±scale. */
export const uniform = (shape: Shape, random: () => number, scale = 1): Float32Array =>
  Float32Array.from({ length: numel(shape) }, () => scale * (2 * random() - 1));

/** Integers 0 .. classes − 1. */
export const integers = (shape: Shape, random: () => number, classes: number): Uint32Array =>
  Uint32Array.from({ length: numel(shape) }, () => Math.floor(random() * classes));

/** Values that differ pairwise, and from 0, by at least 0.005: a shuffled grid of step 0.01. */
export function distinct(shape: Shape, random: () => number): Float32Array {
  const size = numel(shape);
  const values = Float32Array.from({ length: size }, (_, i) => 0.01 * (i - Math.floor(size / 2)) + 0.005);
  for (let i = size - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}
