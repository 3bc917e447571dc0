import { type SweepCell, type SweepLine, sweepCells } from './results.js';
import { type BootstrapOptions, bootstrap, type Interval, mean, percentileInterval, tInterval } from './statistics.js';

/** How far the warm-up of one arm can go at one budget before accuracy suffers. */
export interface Threshold {
  readonly experiment: string;
  readonly dataSet: string;
  /** The budget: all steps of a trial. */
  readonly steps: number;
  readonly arm: string;
  /** Largest p such that at it and at every smaller p of the grid the mean accuracy is at least that of p = 0 less the margin; null without p = 0. */
  readonly threshold: number | null;
  /** Bounds of the 95 % bootstrap interval over seeds; null with fewer than two seeds. */
  readonly low: number | null;
  readonly high: number | null;
  /** Seeds that every p of the grid has; the others are left out. */
  readonly seeds: number;
  /** Every p that was tried, in increasing order. */
  readonly grid: readonly number[];
  /** Mean accuracy at p = 0. */
  readonly baseline: number | null;
  /** The whole grid holds: the threshold is at least the largest p that was tried. */
  readonly atLeast: boolean;
  /** The first p that fails: the threshold lies below it. */
  readonly fails: number | null;
  /** Accuracy at each p of the grid, mean and 95 % t-interval over those seeds. */
  readonly cells: readonly Interval[];
  /** Why the numbers may not answer the question. */
  readonly notes: readonly string[];
}

/** Seeds below which a bootstrap interval is known to be too narrow. */
const FEW_SEEDS = 5;

/** Index into the grid of the last p that holds. `accuracy[i][s]`: p number i, seed number s; the first row is p = 0. */
export function lastThatHolds(accuracy: readonly (readonly number[])[], margin: number, picked?: readonly number[]): number {
  const at = (row: readonly number[]): number => mean(picked ? picked.map((seed) => row[seed]!) : row);
  const least = at(accuracy[0]!) - margin;
  const failed = accuracy.findIndex((row, index) => index > 0 && at(row) < least - ROUNDING);
  return (failed < 0 ? accuracy.length : failed) - 1;
}

/** A mean that equals the bar but for the last bits of a sum has reached it: .89 against .9 − .01. */
const ROUNDING = 1e-12;

const points = (share: number): string => `${(100 * share).toFixed(2)} points`;

function one(cells: readonly SweepCell[], margin: number, options: BootstrapOptions): Threshold {
  const { experiment, dataSet, steps, arm } = cells[0]!;
  const grid = cells.map(({ p }) => p!);
  const all = [...new Set(cells.flatMap(({ lines }) => lines.map(({ seed }) => seed)))];
  const common = all.filter((seed) => cells.every(({ lines }) => lines.some((line) => line.seed === seed))).sort((a, b) => a - b);
  const notes: string[] = [];
  const base = { experiment, dataSet, steps, arm, seeds: common.length, grid };
  const none = { threshold: null, low: null, high: null, baseline: null, atLeast: false, fails: null, cells: [] };
  if (grid[0] !== 0) return { ...base, ...none, notes: ['no trial at p = 0: nothing to compare with'] };
  if (common.length === 0) return { ...base, ...none, notes: ['no seed was run at every p'] };
  if (common.length < all.length) {
    notes.push(`${all.length - common.length} of ${all.length} seeds were not run at every p and are left out`);
  }
  const accuracy = cells.map(({ lines }) => common.map((seed) => lines.find((line) => line.seed === seed)!.accuracy));
  const last = lastThatHolds(accuracy, margin);
  // One resample of the seeds serves every p: a seed begins with the same weights and batches at each of them.
  const enough = common.length >= 2;
  const found = enough ? bootstrap(common.length, (picked) => grid[lastThatHolds(accuracy, margin, picked)]!, options) : [];
  const [low, high] = enough ? percentileInterval(found) : [null, null];
  const atLeast = last === grid.length - 1;
  if (grid.length === 1) notes.push('p = 0 is the only p: the grid cannot answer');
  else if (atLeast) notes.push(`every p holds: at least ${grid[last]}; try larger ones`);
  else if (last === 0) notes.push(`the smallest p that was tried, ${grid[1]}, fails: try smaller ones`);
  const again = accuracy.findIndex((row, index) => index > last + 1 && mean(row) >= mean(accuracy[0]!) - margin - ROUNDING);
  if (again > 0) notes.push(`p = ${grid[again]} holds again above p = ${grid[last + 1]}, which fails`);
  if (!enough) notes.push('one seed: no interval');
  else {
    if (common.length < FEW_SEEDS) notes.push(`${common.length} seeds: too few, the interval is too narrow`);
    const widest = Math.max(0, ...accuracy.slice(1, last + 2).map((row) => halfWidth(row, accuracy[0]!)));
    if (widest > margin) notes.push(`differences from p = 0 are known to ± ${points(widest)} only, the margin is ${points(margin)}`);
  }
  return {
    ...base,
    threshold: grid[last]!,
    low,
    high,
    baseline: mean(accuracy[0]!),
    atLeast,
    fails: grid[last + 1] ?? null,
    cells: accuracy.map((row) => tInterval(row)),
    notes,
  };
}

/** Half the 95 % t-interval of the difference, seed by seed. */
function halfWidth(row: readonly number[], baseline: readonly number[]): number {
  const { low, high } = tInterval(row.map((value, seed) => value - baseline[seed]!));
  return (high! - low!) / 2;
}

/**
 * The threshold of every experiment, data set, budget and arm among the lines, with a bootstrap interval over seeds: all p of a resample take
 * the same seeds. Lines without p (the adaptive experiment) have none and are left out.
 * @throws InputError for two lines of the same trial
 */
export function thresholds(lines: readonly SweepLine[], margin = 0.01, options: BootstrapOptions = {}): Threshold[] {
  const groups = new Map<string, SweepCell[]>();
  for (const cell of sweepCells(lines)) {
    if (cell.p === null) continue;
    const key = JSON.stringify([cell.experiment, cell.dataSet, cell.steps, cell.arm]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return [...groups.values()].map((cells) => one(cells, margin, options));
}
