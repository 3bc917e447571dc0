import { type SweepCell, type SweepLine, sweepCells } from '../sweep/results.js';
import { type Interval, tInterval } from '../sweep/statistics.js';
import { type Threshold, thresholds } from '../sweep/threshold.js';
import { type Saving, savings } from './savings.js';

/** What a page is made of: a sweep's recipe and results, and where they come from. */
export interface SweepRecord {
  /** The recipe as `sweep.json` holds it; the fields named here are what the report reads. */
  readonly recipe: Readonly<Record<string, unknown>> & {
    readonly arms: readonly string[];
    readonly p: readonly number[] | null;
    readonly seeds: readonly number[];
  };
  /** Lines that the finished sweep has. */
  readonly expected: number;
  readonly shard: { readonly index: number; readonly count: number } | null;
  readonly data: Readonly<Record<string, { readonly train: number; readonly test: number; readonly sha256: string }>>;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
  readonly date: string;
  readonly lines: readonly SweepLine[];
  readonly notes: readonly string[];
}

/** An arm's accuracy less another's, seed by seed. */
export interface Comparison {
  readonly arm: string;
  readonly p: number | null;
  /** Mean difference over the seeds that both have, with its 95 % t-interval. */
  readonly difference: Interval;
  /** `better` and `worse`: the interval leaves 0 out. `open`: it does not. `one seed`: there is none. `same`: both are the same training. */
  readonly verdict: 'better' | 'worse' | 'open' | 'one seed' | 'same';
}

/** Which arm has the highest mean at one p. */
export interface Best {
  readonly p: number | null;
  readonly arm: string;
  readonly accuracy: Interval;
  /** Arms that are the same training as it, as all are without warm-up. */
  readonly same: readonly string[];
  /** Arms whose paired difference from it does not leave 0 out. */
  readonly open: readonly string[];
  /** Arms from which it is told apart. */
  readonly apart: readonly string[];
}

/** All that one (experiment, data set, budget) of a sweep says; everything follows from the lines. */
export interface GroupFacts {
  readonly experiment: string;
  readonly dataSet: string;
  readonly steps: number;
  /** In the order of the recipe. */
  readonly arms: readonly string[];
  readonly grid: readonly (number | null)[];
  readonly cells: readonly SweepCell[];
  readonly thresholds: readonly Threshold[];
  readonly best: readonly Best[];
  /** Every arm but `skip` against `skip` at each p above 0. */
  readonly againstSkip: readonly Comparison[];
  /** Every arm at each p above 0 against plain training on all steps, p = 0. */
  readonly againstPlain: readonly Comparison[];
  /** The adaptive experiment: `published` against `control`. */
  readonly againstControl: readonly Comparison[];
  readonly savings: readonly Saving[];
  /** How far mean accuracy may fall below that of p = 0 for `thresholds`. */
  readonly margin: number;
}

/** A sweep's lines in groups, with what had to be left out. */
export interface SweepFacts {
  readonly groups: readonly GroupFacts[];
  readonly lines: readonly SweepLine[];
  /** Lines whose accuracy is no number: left out of everything. */
  readonly unusable: readonly SweepLine[];
  readonly margin: number;
}

/** Values that differ by less are equal: a difference of means has the rounding of its sums. */
const ROUNDING = 1e-12;

/** The values of two cells at the seeds that both have. */
export function paired(a: SweepCell, b: SweepCell, pick: (line: SweepLine) => number | undefined | null): [number, number][] {
  return a.lines.flatMap((line): [number, number][] => {
    const other = b.lines.find(({ seed }) => seed === line.seed);
    const [left, right] = [pick(line), other && pick(other)];
    return Number.isFinite(left) && Number.isFinite(right) ? [[left!, right!]] : [];
  });
}

const sameTraining = (a: SweepCell, b: SweepCell): boolean =>
  a.arm === b.arm || (a.lines.length > 0 && a.lines.every((line) => line.sharedWith?.includes(b.arm)));

/** One arm's accuracy less another's, at the seeds that both have; undefined without any. */
export function compareCells(a: SweepCell, b: SweepCell): Comparison | undefined {
  const differences = paired(a, b, ({ accuracy }) => accuracy).map(([left, right]) => left - right);
  if (differences.length === 0) return undefined;
  const difference = tInterval(differences);
  const { low, high } = difference;
  const verdict = (): Comparison['verdict'] => {
    if (a.p === b.p && sameTraining(a, b)) return 'same';
    if (low === null || high === null) return 'one seed';
    return low > ROUNDING ? 'better' : high < -ROUNDING ? 'worse' : 'open';
  };
  return { arm: a.arm, p: a.p, difference, verdict: verdict() };
}

function bestAt(cells: readonly SweepCell[]): Best {
  const best = cells.reduce((a, b) => (b.accuracy.mean > a.accuracy.mean + ROUNDING ? b : a));
  const others = cells.filter((cell) => cell !== best);
  const isSame = (cell: SweepCell): boolean => sameTraining(best, cell);
  const isApart = (cell: SweepCell): boolean => compareCells(best, cell)?.verdict === 'better';
  const name = ({ arm }: SweepCell): string => arm;
  return {
    p: best.p,
    arm: best.arm,
    accuracy: best.accuracy,
    same: others.filter(isSame).map(name),
    open: others.filter((cell) => !isSame(cell) && !isApart(cell)).map(name),
    apart: others.filter((cell) => !isSame(cell) && isApart(cell)).map(name),
  };
}

function factsOf(record: SweepRecord, cells: readonly SweepCell[], margin: number): GroupFacts {
  const { experiment, dataSet, steps } = cells[0]!;
  const present = [...new Set(cells.map(({ arm }) => arm))];
  const arms = [
    ...record.recipe.arms.filter((arm) => present.includes(arm)),
    ...present.filter((arm) => !record.recipe.arms.includes(arm)),
  ];
  const grid = [...new Set(cells.map(({ p }) => p))].sort((a, b) => (a ?? -1) - (b ?? -1));
  const at = (arm: string, p: number | null): SweepCell | undefined => cells.find((cell) => cell.arm === arm && cell.p === p);
  const ordered = arms.flatMap((arm) => cells.filter((cell) => cell.arm === arm));
  /** Each cell with warm-up against another; cells without such another are left out. */
  const against = (other: (cell: SweepCell) => SweepCell | undefined): Comparison[] =>
    ordered.flatMap((cell) => {
      const reference = (cell.p ?? 0) > 0 ? other(cell) : undefined;
      return (reference && compareCells(cell, reference)) ?? [];
    });
  const control = at('control', null);
  const adaptive = ordered.filter(({ p, arm }) => p === null && arm !== 'control');
  const lines = ordered.flatMap((cell) => cell.lines);
  return {
    experiment,
    dataSet,
    steps,
    arms,
    grid,
    cells: ordered,
    thresholds: thresholds(lines, margin),
    best: grid.map((p) => bestAt(ordered.filter((cell) => cell.p === p))),
    againstSkip: against((cell) => (cell.arm === 'skip' ? undefined : at('skip', cell.p))),
    againstPlain: against((cell) => at(cell.arm, 0)),
    againstControl: control ? adaptive.flatMap((cell) => compareCells(cell, control) ?? []) : [],
    savings: savings(arms, at, grid),
    margin,
  };
}

/**
 * Everything that the report says, computed from the lines.
 * @param margin how far the mean accuracy may fall below that of p = 0 for a threshold
 * @throws InputError for two lines of the same trial
 */
export function sweepFacts(record: SweepRecord, margin = 0.01): SweepFacts {
  const usable = record.lines.filter(({ accuracy }) => Number.isFinite(accuracy));
  const unusable = record.lines.filter(({ accuracy }) => !Number.isFinite(accuracy));
  const groups = new Map<string, SweepCell[]>();
  for (const cell of sweepCells(usable)) {
    const key = JSON.stringify([cell.experiment, cell.dataSet, cell.steps]);
    groups.set(key, [...(groups.get(key) ?? []), cell]);
  }
  return { groups: [...groups.values()].map((cells) => factsOf(record, cells, margin)), lines: usable, unusable, margin };
}

/** Mean and interval of the finite test losses of a cell; undefined where there is none. */
export function testLossOf(cell: SweepCell): Interval | undefined {
  const values = cell.lines.flatMap(({ testLoss }) => (testLoss !== null && Number.isFinite(testLoss) ? [testLoss] : []));
  return values.length > 0 ? tInterval(values) : undefined;
}
