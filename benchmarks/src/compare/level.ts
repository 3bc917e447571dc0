import type { Entry, Samples } from '../suite/entry.js';
import { drawn, layoutOf, logarithms, redraw, whole } from './blocks.js';
import { uniforms } from './random.js';

/** Bootstrap draws of each side. */
export const DRAWS = 1000;

/**
 * Mean of the quickest quarter of logarithms; NaN for none. Other work on the machine only ever adds time, so the quick samples say what the code
 * costs. Measured on two cores at a load of 10 to 20, re-runs of the same code differed by 6 % in it (median over 25 entries), and by 22 % in
 * their medians.
 */
export function quickLevel(values: Float64Array): number {
  const sorted = Float64Array.from(values).sort();
  const quick = sorted.subarray(0, Math.max(1, Math.ceil(sorted.length / 4)));
  let sum = 0;
  for (const value of quick) sum += value;
  return quick.length === 0 ? Number.NaN : sum / quick.length;
}

/** One side of a comparison: the level of each entry, and how it varies under a bootstrap that draws the same passes and rounds for all. */
export interface Side {
  readonly levels: ReadonlyMap<string, number>;
  /** By entry: deviation of each draw from the level. */
  readonly deviations: ReadonlyMap<string, Float64Array>;
  readonly passes: number;
}

/** @param seed another for each side, as their passes have nothing to do with each other */
export function sideOf(entries: readonly (Samples & Pick<Entry, 'id'>)[], seed: number): Side {
  const layout = layoutOf(entries);
  const passes = layout.passes.length;
  const next = uniforms(seed);
  const draws = Array.from({ length: DRAWS }, () => redraw(layout, next));
  // Drawing from so few passes shows less variation than there is between passes.
  const few = passes > 1 ? Math.sqrt(passes / (passes - 1)) : 1;
  const levels = new Map<string, number>();
  const deviations = new Map<string, Float64Array>();
  for (const entry of entries) {
    const values = logarithms(entry, layout);
    const level = quickLevel(drawn(values, whole(layout)));
    levels.set(entry.id, level);
    const deviation = (draw: readonly number[]): number => few * (quickLevel(drawn(values, draw)) - level) || 0;
    deviations.set(entry.id, Float64Array.from(draws, deviation));
  }
  return { levels, deviations, passes };
}
