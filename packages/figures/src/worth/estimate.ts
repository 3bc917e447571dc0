import { InputError } from '@kindling/core';
import type { SweepLine } from '../sweep/results.js';
import { bootstrap, tInterval } from '../sweep/statistics.js';
import { boundsOf, type Crossing, crossingOf, differenceOf, ratioOf, widening } from './crossing.js';

/** A line of `results.jsonl` of `kindling worth`: a sweep's line of a training on `n` natural images. */
export interface WorthLine extends SweepLine {
  readonly n: number;
  /** Steps on generated batches before. */
  readonly warmupSteps: number;
}

/** A number with its 95 % interval. `null`: the ladder of n does not say. */
export interface Estimate {
  readonly value: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/** How many natural images an arm needs to reach a target. */
export interface WorthNeed {
  readonly arm: string;
  /** null where the target was not reached, or was already reached at the smallest n. */
  readonly n: number | null;
  /** 95 %; null where the ladder does not bound it on that side. */
  readonly low: number | null;
  readonly high: number | null;
  /** Whether the mean over seeds reaches the target at some n of the ladder. */
  readonly reached: boolean;
  /** Reached at the smallest n already: the answer is at most that n. */
  readonly atMost: boolean;
  /** Best mean accuracy over the ladder. */
  readonly best: number;
}

/** What a warm-up saves of natural images at a target. */
export interface WorthRatio {
  readonly arm: string;
  /** n of plain training over n of the arm: how many natural images of plain training one of the arm's stands for. */
  readonly ratio: Estimate;
  /** The difference of the two: the images that the whole warm-up replaces. */
  readonly replaces: Estimate;
  /** That, by generated batch; null for arms without a warm-up. */
  readonly perBatch: Estimate | null;
}

export interface WorthTarget {
  readonly target: number;
  readonly arms: readonly WorthNeed[];
  /** Of every arm but the baseline. */
  readonly ratios: readonly WorthRatio[];
}

/** Accuracy over the seeds at one n, with its 95 % t-interval. */
export interface WorthCell {
  /** Natural images. */
  readonly n: number;
  readonly seeds: number;
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
}

/** One arm's accuracies. */
export interface WorthCurve {
  readonly arm: string;
  readonly warmupSteps: number;
  readonly naturalSteps: number;
  readonly cells: readonly WorthCell[];
}

export interface WorthEstimate {
  readonly baseline: string;
  readonly n: readonly number[];
  /** Seeds that every arm has at every n; the others are left out. */
  readonly seeds: readonly number[];
  readonly curves: readonly WorthCurve[];
  readonly targets: readonly WorthTarget[];
  /** Why the numbers may not answer the question. */
  readonly notes: readonly string[];
}

export interface WorthOptions {
  readonly baseline?: string;
  readonly resamples?: number;
}

/** Seeds below which no interval of this kind is to be trusted. */
const FEW_SEEDS = 5;

const RESAMPLES = 10_000;

/** What identifies a line, and names it in messages. */
export const worthKey = ({ dataSet, arm, n, seed }: WorthLine): string => JSON.stringify([dataSet, arm, n, seed]);
export const worthName = ({ dataSet, arm, n, seed }: WorthLine): string => `${dataSet} ${arm} n=${n} seed ${seed}`;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** What an estimate may be: its bounds mean nothing outside. */
interface Kind {
  readonly positive: boolean;
  readonly least: number;
  readonly most: number;
}

/** `point` with the bounds of its resamples; an end outside what the quantity may be is null. */
function estimate(point: Crossing, resampled: readonly Crossing[] | null, seeds: number, { positive, least, most }: Kind): Estimate {
  const value = point.least === point.most ? finite(point.least) : null;
  if (!resampled) return { value, low: null, high: null };
  const bounds = boundsOf(point, resampled, widening(seeds), positive);
  return { value, low: bounds.least < least ? null : finite(bounds.least), high: bounds.most > most ? null : finite(bounds.most) };
}

const scaled = ({ value, low, high }: Estimate, factor: number): Estimate => {
  const times = (x: number | null): number | null => (x === null ? null : x * factor);
  return { value: times(value), low: times(low), high: times(high) };
};

interface Table {
  readonly arms: readonly string[];
  readonly n: readonly number[];
  readonly seeds: readonly number[];
  readonly left: number;
  readonly line: (arm: string, n: number, seed: number) => WorthLine;
}

/** Lines by arm, n and seed. @throws InputError for two lines of one trial */
function tableOf(lines: readonly WorthLine[]): Table {
  const found = new Map<string, WorthLine>();
  for (const line of lines) {
    if (found.has(worthKey(line))) {
      const next = 'delete the line that is too many';
      throw new InputError({ subject: 'results', got: `two lines of ${worthName(line)}`, expected: 'one line a trial', next });
    }
    found.set(worthKey(line), line);
  }
  const rising = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
  const arms = [...new Set(lines.map(({ arm }) => arm))];
  const n = rising(lines.map((line) => line.n));
  const all = rising(lines.map(({ seed }) => seed));
  const { dataSet } = lines[0] ?? { dataSet: '' };
  const at = (arm: string, images: number, seed: number): WorthLine | undefined =>
    found.get(worthKey({ dataSet, arm, n: images, seed } as WorthLine));
  const seeds = all.filter((seed) => arms.every((arm) => n.every((images) => at(arm, images, seed))));
  return { arms, n, seeds, left: all.length - seeds.length, line: (arm, images, seed) => at(arm, images, seed)! };
}

function notesOf({ seeds, left, arms }: Table, baseline: string): string[] {
  const notes: string[] = [];
  if (left > 0) notes.push(`${left} of ${left + seeds.length} seeds were not run for every arm at every n and are left out`);
  if (seeds.length === 1) notes.push('one seed: no intervals');
  else if (seeds.length > 1 && seeds.length < FEW_SEEDS) notes.push(`${seeds.length} seeds: too few, the intervals are not to be trusted`);
  if (!arms.includes(baseline)) notes.push(`no arm ${baseline}: nothing to compare with`);
  return notes;
}

/**
 * How many natural images each arm needs to reach each target, and how many times as many plain training needs. Accuracies are means over seeds,
 * made non-decreasing in n and joined by lines in log n; a target beyond the ladder is not reached, and nothing is extrapolated. Intervals: bootstrap
 * over seeds, 95 %, widened for few of them; a resample takes the same seeds at every n and in every arm, and an interval that reaches past the
 * ladder has no end there.
 * @param targets accuracies, 0 to 1
 * @throws InputError for two lines of the same trial
 */
export function worthOf(lines: readonly WorthLine[], targets: readonly number[], options: WorthOptions = {}): WorthEstimate {
  const { baseline = 'none', resamples = RESAMPLES } = options;
  const table = tableOf(lines);
  const { arms, n, seeds, line } = table;
  const notes = notesOf(table, baseline);
  if (seeds.length === 0) {
    return { baseline, n, seeds, curves: [], targets: [], notes: [...notes, 'no seed was run for every arm at every n'] };
  }
  const accuracy = new Map(arms.map((arm) => [arm, n.map((images) => seeds.map((seed) => line(arm, images, seed).accuracy))]));
  const meanOf = (row: readonly number[], picked: readonly number[]): number =>
    picked.reduce((sum, index) => sum + row[index]!, 0) / picked.length;
  const everySeed = seeds.map((_, index) => index);
  const picks: (readonly number[])[] = [];
  if (seeds.length > 1) {
    // Only the choices are wanted here: each serves every arm and target.
    const keep = (picked: readonly number[]): number => picks.push(picked);
    bootstrap(seeds.length, keep, { resamples });
  }
  const [first, last] = [n[0]!, n.at(-1)!];
  const images: Kind = { positive: true, least: first, most: last };
  const factor: Kind = { positive: true, least: first / last, most: last / first };
  const difference: Kind = { positive: false, least: first - last, most: last - first };
  const crossings = (arm: string, target: number): { point: Crossing; resampled: Crossing[] | null } => {
    const rows = accuracy.get(arm)!;
    const at = (picked: readonly number[]): Crossing => {
      const means = rows.map((row) => meanOf(row, picked));
      return crossingOf(n, means, target);
    };
    return { point: at(everySeed), resampled: picks.length > 0 ? picks.map(at) : null };
  };
  const stepsOf = (arm: string) => {
    const { steps, warmupSteps } = line(arm, n[0]!, seeds[0]!);
    return { naturalSteps: steps, warmupSteps };
  };
  const curves = arms.map((arm) => ({
    arm,
    ...stepsOf(arm),
    cells: n.map((images, index): WorthCell => {
      const { n: count, ...interval } = tInterval(accuracy.get(arm)![index]!);
      return { n: images, seeds: count, ...interval };
    }),
  }));
  const found = targets.map((target): WorthTarget => {
    const all = new Map(arms.map((arm) => [arm, crossings(arm, target)]));
    const needs = arms.map((arm): WorthNeed => {
      const { point, resampled } = all.get(arm)!;
      const { value, low, high } = estimate(point, resampled, seeds.length, images);
      const best = Math.max(...accuracy.get(arm)!.map((row) => meanOf(row, everySeed)));
      return { arm, n: value, low, high, reached: point.most < Number.POSITIVE_INFINITY, atMost: point.least === 0, best };
    });
    const plain = all.get(baseline);
    const others = plain ? arms.filter((arm) => arm !== baseline) : [];
    const ratios = others.map((arm): WorthRatio => {
      const own = all.get(arm)!;
      const by = (of: (a: Crossing, b: Crossing) => Crossing, kind: Kind): Estimate => {
        const resampled = own.resampled && plain!.resampled!.map((one, index) => of(one, own.resampled![index]!));
        return estimate(of(plain!.point, own.point), resampled, seeds.length, kind);
      };
      const replaces = by(differenceOf, difference);
      const { warmupSteps } = stepsOf(arm);
      const perBatch = warmupSteps > 0 ? scaled(replaces, 1 / warmupSteps) : null;
      return { arm, ratio: by(ratioOf, factor), replaces, perBatch };
    });
    return { target, arms: needs, ratios };
  });
  return { baseline, n, seeds, curves, targets: found, notes };
}
