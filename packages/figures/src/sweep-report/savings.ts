import type { SweepCell } from '../sweep/results.js';
import { type Interval, mean, tInterval } from '../sweep/statistics.js';
import { code, short } from './text.js';

/** What a trial's seconds went on, in the order in which figures and tables show it; `teacher`: of arm `guarded` in Experiment 1 alone. */
export const PARTS = ['compile', 'teacher', 'generate', 'load', 'train', 'evaluate'] as const;
export type Part = (typeof PARTS)[number];

/** How much less time an arm takes at one p than at p = 0, and where the difference lies. */
export interface Saving {
  readonly arm: string;
  readonly p: number;
  /** Mean seconds of a trial at p = 0, and here. */
  readonly before: number;
  readonly after: number;
  /** Seconds less by part; negative where more. `other` is what no part accounts for. */
  readonly parts: Readonly<Record<Part | 'other', number>>;
  /** Seconds more than `skip` at the same p, which trains the same natural steps and nothing else; undefined without `skip`. */
  readonly beyondSkip: number | undefined;
  /** Evaluations of a trial at p = 0 and here, where the record lists them. */
  readonly evaluations: readonly [number, number] | undefined;
}

/**
 * Mean of a time over a cell's trials, and its interval. Trials that ran in the same dispatches have equal shares of one measured time, which count
 * as one measurement: an interval over their seeds would have no width. Undefined where no trial has the time.
 */
export function timeOf(cell: SweepCell, part: string): Interval | undefined {
  const known = cell.lines.filter(({ time }) => Number.isFinite(time[part]));
  if (known.length === 0) return undefined;
  const values = known.map(({ time }) => time[part]!);
  const blocks = new Map(known.map(({ time, together }, index) => [(together ?? 1) > 1 ? `${time.total}` : index, time[part]!]));
  const { low, high } = tInterval([...blocks.values()]);
  return { mean: mean(values), low, high, n: blocks.size };
}

/** How many times longer a natural step may take in one cell than in another before times are called uneven. */
const UNEVEN = 2;

/** In words, where the same natural step, as `skip` trains nothing else, took very unequal time: other work ran on the machine. Undefined elsewhere. */
export function unevenTimes({ cells, steps }: { readonly cells: readonly SweepCell[]; readonly steps: number }): string | undefined {
  const perStep = cells.flatMap((cell) => {
    const natural = cell.arm === 'skip' && cell.p !== null ? steps - Math.floor(cell.p * steps + 1e-9) : 0;
    const train = timeOf(cell, 'train')?.mean ?? 0;
    return natural > 0 && train > 0 ? [{ p: cell.p!, ms: (1000 * train) / natural }] : [];
  });
  if (perStep.length < 2) return undefined;
  const [least, most] = [perStep.reduce((a, b) => (b.ms < a.ms ? b : a)), perStep.reduce((a, b) => (b.ms > a.ms ? b : a))];
  if (most.ms <= UNEVEN * least.ms) return undefined;
  return `a natural step of ${code('skip')} took ${short(least.ms)} ms at p = ${least.p} and ${short(most.ms)} ms at p = ${most.p}, for the same work`;
}

/** Whether the cell's parts are known, not only its total. */
export const isSplit = (cell: SweepCell): boolean => PARTS.some((part) => timeOf(cell, part) !== undefined);

/** Evaluations of a trial, as its lines list them; undefined where they do not. */
export function evaluationsOf(cell: SweepCell): number | undefined {
  const counts = cell.lines.flatMap(({ evals }) => (Array.isArray(evals) ? [evals.length] : []));
  return counts.length > 0 ? mean(counts) : undefined;
}

/** The savings of every arm at every p above 0, where both ends have their seconds by part. */
export function savings(
  arms: readonly string[],
  at: (arm: string, p: number | null) => SweepCell | undefined,
  grid: readonly (number | null)[],
): Saving[] {
  const total = (cell: SweepCell | undefined): number | undefined => cell && timeOf(cell, 'total')?.mean;
  return arms.flatMap((arm) =>
    grid.flatMap((p): Saving[] => {
      const [plain, cell] = [at(arm, 0), at(arm, p)];
      const [before, after] = [total(plain), total(cell)];
      if (p === null || p === 0 || !plain || !cell || before === undefined || after === undefined) return [];
      if (!isSplit(plain) || !isSplit(cell)) return [];
      const less = (part: Part): number => (timeOf(plain, part)?.mean ?? 0) - (timeOf(cell, part)?.mean ?? 0);
      const parts = Object.fromEntries(PARTS.map((part) => [part, less(part)])) as Record<Part, number>;
      const other = before - after - PARTS.reduce((sum, part) => sum + parts[part], 0);
      const skip = arm === 'skip' ? undefined : total(at('skip', p));
      const [first, now] = [evaluationsOf(plain), evaluationsOf(cell)];
      return [
        {
          arm,
          p,
          before,
          after,
          parts: { ...parts, other },
          beyondSkip: skip === undefined ? undefined : after - skip,
          evaluations: first === undefined || now === undefined ? undefined : [first, now],
        },
      ];
    }),
  );
}
