import type { Samples } from '../suite/entry.js';

/** The passes of a run, and the rounds of each, as slots that are numbered throughout: what met the same machine stands in the same slot of every entry. */
export interface Layout {
  /** Slots of each pass. */
  readonly passes: readonly (readonly number[])[];
  /** Number of slots. */
  readonly size: number;
  slotOf(pass: number, round: number): number;
}

/** Passes and rounds that any of the entries has. */
export function layoutOf(all: readonly Samples[]): Layout {
  const found = new Map<number, Set<number>>();
  for (const { pass, round } of all) {
    pass.forEach((p, i) => {
      const rounds = found.get(p) ?? new Set();
      found.set(p, rounds.add(round[i]!));
    });
  }
  const slots = new Map<string, number>();
  const passes = [...found]
    .sort(([a], [b]) => a - b)
    .map(([pass, rounds]) =>
      [...rounds]
        .sort((a, b) => a - b)
        .map((round) => {
          slots.set(`${pass} ${round}`, slots.size);
          return slots.size - 1;
        }),
    );
  return { passes, size: slots.size, slotOf: (pass, round) => slots.get(`${pass} ${round}`)! };
}

/** Logarithms of the samples by slot; NaN where there is none. */
export function logarithms({ samples, pass, round }: Samples, layout: Layout): Float64Array {
  const values = new Float64Array(layout.size).fill(Number.NaN);
  samples.forEach((value, i) => {
    values[layout.slotOf(pass[i]!, round[i]!)] = Math.log(value);
  });
  return values;
}

/** Every slot once. */
export const whole = (layout: Layout): number[] => layout.passes.flat();

/** Draws passes with replacement, and rounds with replacement within each: samples of one process resemble each other, and so do those of a round. */
export function redraw({ passes }: Layout, next: () => number): number[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!;
  return passes.flatMap(() => {
    const slots = pick(passes);
    return slots.map(() => pick(slots));
  });
}

/** The values of the drawn slots that were measured. */
export const drawn = (values: Float64Array, draw: readonly number[]): Float64Array =>
  Float64Array.from(draw, (slot) => values[slot]!).filter((value) => !Number.isNaN(value));
