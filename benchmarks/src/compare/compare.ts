import { median, quantile } from '../statistics.js';
import type { Entry, Samples } from '../suite/entry.js';
import { DRAWS, type Side, sideOf } from './level.js';
import { normal, uniforms } from './random.js';

export type Verdict = 'no difference' | 'faster' | 'slower' | 'wrong';

/** One entry of two runs. Ratios are B's time over A's: above 1 B is slower. */
export interface CompareEntry {
  readonly id: string;
  readonly ratio: number;
  /** The same, divided by how much slower the machine's own ceilings were in B. */
  readonly ratioToCeilings: number;
  /** Holds the true ratio of all entries at once with 95 % probability, read either way. */
  readonly low: number;
  readonly high: number;
  readonly verdict: Verdict;
  readonly n: readonly [a: number, b: number];
}

export interface RunComparison {
  /** Relative change below which a difference is none. */
  readonly threshold: number;
  readonly confidence: number;
  /** Time of the reference ceilings in B over A, median over them. */
  readonly machine: { readonly ratio: number; readonly low: number; readonly high: number };
  readonly entries: readonly CompareEntry[];
  /** Ids that only one of the runs measured, or that were already wrong in A. */
  readonly unmatched: readonly string[];
  readonly slower: number;
  readonly faster: number;
  readonly wrong: number;
}

/** What is compared of a document. */
export interface ComparedRun {
  readonly entries: readonly (Samples & Pick<Entry, 'id' | 'wrong'>)[];
  readonly reference: readonly (Samples & Pick<Entry, 'id'>)[];
}

const CONFIDENCE = 0.95;

/**
 * What no bootstrap within a run can show: how far two runs of the same code lie apart though every pass agreed with the others, as a standard
 * deviation of the logarithm. A run of one process has not shown how processes differ either.
 */
const BETWEEN_RUNS = 0.015;
const BETWEEN_PROCESSES = 0.03;

const hidden = ({ passes }: Side): number => Math.hypot(BETWEEN_RUNS, passes > 1 ? 0 : BETWEEN_PROCESSES);

const deviation = (values: Float64Array): number => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);

/** Deviations of b − a, draw by draw, with the noise that no draw shows. */
function difference(a: Side, b: Side, id: string, next: () => number): Float64Array {
  const [own, other, unseen] = [a.deviations.get(id)!, b.deviations.get(id)!, Math.hypot(hidden(a), hidden(b))];
  return own.map((value, i) => other[i]! - value + unseen * normal(next));
}

/** The middle one of several shifts, draw by draw. */
const middle = (all: readonly Float64Array[]): Float64Array =>
  Float64Array.from({ length: DRAWS }, (_, i) => (all.length === 0 ? 0 : median(all.map((values) => values[i]!))));

/** Half the width of intervals that hold for all entries at once: the largest standardised deviation of a draw, at its 95 % quantile. */
function widths(deviations: readonly Float64Array[]): number[] {
  const typical = median(deviations.map(deviation));
  // An entry whose few samples happen to agree is no surer than its neighbours in the same rounds.
  const errors = deviations.map((values) => Math.sqrt((deviation(values) ** 2 + typical ** 2) / 2));
  const largest = Array.from({ length: DRAWS }, (_, i) => Math.max(...deviations.map((values, e) => Math.abs(values[i]!) / errors[e]!)));
  const critical = quantile(largest, CONFIDENCE);
  return errors.map((error) => critical * error);
}

/**
 * Compares two runs entry by entry. A difference counts only when it is one both as measured and beside the machine's own ceilings of the same
 * runs, and larger than the threshold: so neither a slower machine nor a lucky ceiling passes for slower code. Intervals come from a bootstrap
 * over passes and rounds, which draws the same ones for every entry of a run and so keeps what load did to all of them, and are wide enough
 * to hold for all entries at once (Westfall and Young's max-T).
 */
export function compareRuns(a: ComparedRun, b: ComparedRun, { threshold = 0.05 } = {}): RunComparison {
  const measured = (run: ComparedRun): ComparedRun['entries'] => run.entries.filter(({ samples }) => samples.length > 0);
  const byId = new Map(measured(b).map((entry) => [entry.id, entry]));
  const shared = measured(a).filter(({ id, wrong }) => byId.has(id) && !wrong);
  const broken = shared.filter(({ id }) => byId.get(id)!.wrong);
  const sound = shared.filter((entry) => !broken.includes(entry));
  const references = a.reference.filter(
    ({ id, samples }) => samples.length > 0 && b.reference.some((other) => other.id === id && other.samples.length > 0),
  );
  const pick = (run: ComparedRun): (Samples & { readonly id: string })[] => [
    ...sound.map(({ id }) => run.entries.find((entry) => entry.id === id)!),
    ...references.map(({ id }) => run.reference.find((entry) => entry.id === id)!),
  ];
  const [sideA, sideB] = [sideOf(pick(a), 1), sideOf(pick(b), 2)];
  const next = uniforms(3);
  const shift = (id: string): number => sideB.levels.get(id)! - sideA.levels.get(id)!;
  const machineShift = references.length === 0 ? 0 : median(references.map(({ id }) => shift(id)));
  const machine = middle(references.map(({ id }) => difference(sideA, sideB, id, next)));
  const plain = sound.map(({ id }) => difference(sideA, sideB, id, next));
  const beside = plain.map((values) => values.map((value, i) => value - machine[i]!));
  const [asMeasured, besideCeilings] = sound.length === 0 ? [[], []] : [widths(plain), widths(beside)];
  const least = Math.log1p(threshold);
  const entries = sound.map(({ id, samples }, e): CompareEntry => {
    const [raw, adjusted] = [shift(id), shift(id) - machineShift];
    const low = Math.min(raw - asMeasured[e]!, adjusted - besideCeilings[e]!);
    const high = Math.max(raw + asMeasured[e]!, adjusted + besideCeilings[e]!);
    const verdict: Verdict =
      low > 0 && Math.min(raw, adjusted) > least ? 'slower' : high < 0 && Math.max(raw, adjusted) < -least ? 'faster' : 'no difference';
    const n = [samples.length, byId.get(id)!.samples.length] as const;
    return { id, ratio: Math.exp(raw), ratioToCeilings: Math.exp(adjusted), low: Math.exp(low), high: Math.exp(high), verdict, n };
  });
  const wrong = broken.map(({ id, samples }): CompareEntry => {
    const n = [samples.length, byId.get(id)!.samples.length] as const;
    return { id, ratio: Number.NaN, ratioToCeilings: Number.NaN, low: Number.NaN, high: Number.NaN, verdict: 'wrong', n };
  });
  const matched = new Set(shared.map(({ id }) => id));
  const count = (verdict: Verdict): number => entries.filter((entry) => entry.verdict === verdict).length;
  const interval = (q: number): number => Math.exp(machineShift + quantile([...machine], q));
  return {
    ...{ threshold, confidence: CONFIDENCE, machine: { ratio: Math.exp(machineShift), low: interval(0.025), high: interval(0.975) } },
    entries: [...entries, ...wrong],
    unmatched: [...new Set([...a.entries, ...b.entries].map(({ id }) => id))].filter((id) => !matched.has(id)),
    ...{ slower: count('slower'), faster: count('faster'), wrong: wrong.length },
  };
}
