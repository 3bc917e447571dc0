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
  /** What the numbers are of: the clock on the wall, or CPU time where that alone shows a difference. */
  readonly by: 'wall' | 'cpu';
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

/** How sure, and of how much. */
interface Options {
  readonly threshold: number;
  readonly confidence: number;
  /** Whether the interval, or only the size, of a difference must hold beside the ceilings too. */
  readonly ceilings: 'interval' | 'size';
}

/** Half the width of intervals that hold for all entries at once: the largest standardised deviation of a draw, at that quantile. */
function widths(deviations: readonly Float64Array[], confidence: number): number[] {
  const typical = median(deviations.map(deviation));
  // An entry whose few samples happen to agree is no surer than its neighbours in the same rounds.
  const errors = deviations.map((values) => Math.sqrt((deviation(values) ** 2 + typical ** 2) / 2));
  const largest = Array.from({ length: DRAWS }, (_, i) => Math.max(...deviations.map((values, e) => Math.abs(values[i]!) / errors[e]!)));
  const critical = quantile(largest, confidence);
  return errors.map((error) => critical * error);
}

/** What is read off a sample. */
type Reading = (entry: Samples, i: number) => number;
const wall: Reading = ({ samples }, i) => samples[i]!;
const cpuTime: Reading = ({ samples, cpu }, i) => samples[i]! * cpu![i]!;

type Named = Samples & Pick<Entry, 'id'>;

/** One reading of all entries of two runs. */
interface Read {
  readonly machine: RunComparison['machine'];
  readonly entries: ReadonlyMap<string, Pick<CompareEntry, 'ratio' | 'ratioToCeilings' | 'low' | 'high' | 'verdict'>>;
}

function readOff(
  a: ComparedRun,
  b: ComparedRun,
  ids: readonly string[],
  references: readonly string[],
  reading: Reading,
  options: Options,
): Read {
  const pick = (run: ComparedRun): Named[] => [
    ...ids.map((id) => run.entries.find((entry) => entry.id === id)!),
    ...references.map((id) => run.reference.find((entry) => entry.id === id)!),
  ];
  const side = (run: ComparedRun, seed: number): Side =>
    sideOf(
      pick(run).map((entry) => ({ ...entry, samples: entry.samples.map((_, i) => reading(entry, i)) })),
      seed,
    );
  const [sideA, sideB] = [side(a, 1), side(b, 2)];
  const next = uniforms(3);
  const shift = (id: string): number => sideB.levels.get(id)! - sideA.levels.get(id)!;
  const machineShift = references.length === 0 ? 0 : median(references.map(shift));
  const machine = middle(references.map((id) => difference(sideA, sideB, id, next)));
  const plain = ids.map((id) => difference(sideA, sideB, id, next));
  const beside = plain.map((values) => values.map((value, i) => value - machine[i]!));
  const [asMeasured, besideCeilings] =
    ids.length === 0 ? [[], []] : [widths(plain, options.confidence), widths(beside, options.confidence)];
  const least = Math.log1p(options.threshold);
  const entries = ids.map((id, e) => {
    const [raw, adjusted] = [shift(id), shift(id) - machineShift];
    const low = Math.min(raw - asMeasured[e]!, options.ceilings === 'interval' ? adjusted - besideCeilings[e]! : raw);
    const high = Math.max(raw + asMeasured[e]!, options.ceilings === 'interval' ? adjusted + besideCeilings[e]! : raw);
    const verdict: Verdict =
      low > 0 && Math.min(raw, adjusted) > least ? 'slower' : high < 0 && Math.max(raw, adjusted) < -least ? 'faster' : 'no difference';
    return [id, { ratio: Math.exp(raw), ratioToCeilings: Math.exp(adjusted), low: Math.exp(low), high: Math.exp(high), verdict }] as const;
  });
  const interval = (q: number): number => Math.exp(machineShift + quantile([...machine], q));
  return { machine: { ratio: Math.exp(machineShift), low: interval(0.025), high: interval(0.975) }, entries: new Map(entries) };
}

/**
 * Compares two runs entry by entry. A difference counts only when it is one both as measured and beside the machine's own ceilings of the same
 * runs, and larger than the threshold: so neither a slower machine nor a lucky ceiling passes for slower code. Intervals come from a bootstrap
 * over passes and rounds, which draws the same ones for every entry of a run and so keeps what load did to all of them, and are wide enough
 * to hold for all entries at once (Westfall and Young's max-T).
 *
 * Where both runs hold the CPU time of their samples, as on software adapters, it is read in the same way, and an entry that the wall clock says
 * nothing about has its verdict: neighbours stretch the one and hardly the other. Each reading is then allowed half of the 5 %. The ceilings' noise is no
 * part of that interval: measured at loads of 15 to 34, it made half widths of 21 % from 15 %, and none of 21 re-runs differed with either.
 */
export function compareRuns(a: ComparedRun, b: ComparedRun, { threshold = 0.05 } = {}): RunComparison {
  const measured = (run: ComparedRun): ComparedRun['entries'] => run.entries.filter(({ samples }) => samples.length > 0);
  const byId = new Map(measured(b).map((entry) => [entry.id, entry]));
  const shared = measured(a).filter(({ id, wrong }) => byId.has(id) && !wrong);
  const broken = shared.filter(({ id }) => byId.get(id)!.wrong);
  const sound = shared.filter((entry) => !broken.includes(entry));
  const references = a.reference
    .map(({ id }) => id)
    .filter((id) => [a, b].every((run) => run.reference.some((entry) => entry.id === id && entry.samples.length > 0)));
  const hasCpu = (run: ComparedRun, id: string): boolean => {
    const entry = [...run.entries, ...run.reference].find((one) => one.id === id)!;
    return entry.cpu !== undefined && entry.cpu.length === entry.samples.length && entry.cpu.every((share) => share > 0);
  };
  const both = (id: string): boolean => hasCpu(a, id) && hasCpu(b, id);
  const withCpu = sound.map(({ id }) => id).filter(both);
  const readings = withCpu.length > 0 ? 2 : 1;
  const options = { threshold, confidence: 1 - (1 - CONFIDENCE) / readings, ceilings: 'interval' } as const;
  const onWall = readOff(
    a,
    b,
    sound.map(({ id }) => id),
    references,
    wall,
    options,
  );
  const onCpu = readOff(a, b, withCpu, references.filter(both), cpuTime, { ...options, ceilings: 'size' });
  const entries = sound.map(({ id, samples }): CompareEntry => {
    const n = [samples.length, byId.get(id)!.samples.length] as const;
    const [first, second] = [onWall.entries.get(id)!, onCpu.entries.get(id)];
    const decides = second && first.verdict === 'no difference' && second.verdict !== 'no difference' ? second : first;
    return { id, ...decides, by: decides === second ? 'cpu' : 'wall', n };
  });
  const wrong = broken.map(({ id, samples }): CompareEntry => {
    const n = [samples.length, byId.get(id)!.samples.length] as const;
    return {
      id,
      ...{ ratio: Number.NaN, ratioToCeilings: Number.NaN, low: Number.NaN, high: Number.NaN, by: 'wall' },
      verdict: 'wrong',
      n,
    };
  });
  const matched = new Set(shared.map(({ id }) => id));
  const count = (verdict: Verdict): number => entries.filter((entry) => entry.verdict === verdict).length;
  return {
    ...{ threshold, confidence: CONFIDENCE, machine: onWall.machine },
    entries: [...entries, ...wrong],
    unmatched: [...new Set([...a.entries, ...b.entries].map(({ id }) => id))].filter((id) => !matched.has(id)),
    ...{ slower: count('slower'), faster: count('faster'), wrong: wrong.length },
  };
}
