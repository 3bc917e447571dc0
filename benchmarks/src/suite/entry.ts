import { quantile } from '../statistics.js';

/** What a run measures; `peers` and `headline` bring their own sets of engines. */
export const setNames = ['ceiling', 'kernels', 'generate', 'data', 'step', 'sweep'] as const;
export type SetName = (typeof setNames)[number];

/** What one repetition does, so that a time becomes a rate. */
export interface Work {
  readonly amount: number;
  readonly unit: 'FLOP' | 'byte' | 'image' | 'dispatch' | 'model step';
}

/** What every list of a document says about one measured thing. Times are ms a repetition; null where nothing ran, and `problem` says why. */
export interface Entry {
  /** `<set>/<name>`, with the engine in brackets where it is not Kindling: what `bench compare` pairs by. */
  readonly id: string;
  readonly set: string;
  readonly name: string;
  readonly engine: string;
  readonly unit: 'ms';
  readonly median: number | null;
  readonly min: number | null;
  readonly max: number | null;
  readonly q1: number | null;
  readonly q3: number | null;
  /** (q3 − q1) / median. */
  readonly spread: number | null;
  readonly n: number;
  /** Repetitions before the first sample, all passes together. */
  readonly warmUp: number;
  /** Repetitions of one sample, which waits once; of the last pass. */
  readonly repetitions: number;
  /** ms a repetition of every sample, in the order in which they were taken. */
  readonly samples: readonly number[];
  /**
   * By sample: CPU time of the process over the time on the wall, where a software adapter works in the process itself; else empty. Other work on the
   * machine stretches the time on the wall, but hardly that of the CPU.
   */
  readonly cpu: readonly number[];
  /** By sample: the process that took it, from 0. */
  readonly pass: readonly number[];
  /** By sample: its round in that pass, from 0. What ran in the same round of the same pass met the same machine. */
  readonly round: readonly number[];
  /** Work of one repetition over the median: GFLOP/s, GB/s, images/s …; null where no amount is defined. */
  readonly rate: { readonly unit: string; readonly median: number } | null;
  /** Counts that belong to it, e.g. bytes from the host to the GPU a batch. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** True when its result is not what all others compute: its time means nothing, and no ratio uses it. */
  readonly wrong: boolean;
  readonly problem?: string;
}

/** Samples of one thing. */
export interface Samples {
  readonly samples: readonly number[];
  readonly cpu?: readonly number[];
  readonly pass: readonly number[];
  readonly round: readonly number[];
}

export interface EntryParts extends Samples {
  readonly set: string;
  readonly name: string;
  readonly engine?: string;
  readonly warmUp: number;
  readonly repetitions: number;
  readonly work?: Work | undefined;
  readonly facts?: Readonly<Record<string, number | string>>;
  readonly wrong?: boolean;
  readonly problem?: string | undefined;
}

/** How rates of each kind of work are called, and their scale. */
const rates: Readonly<Record<Work['unit'], readonly [unit: string, scale: number]>> = {
  FLOP: ['GFLOP/s', 1e9],
  byte: ['GB/s', 1e9],
  image: ['images/s', 1],
  dispatch: ['dispatches/s', 1],
  'model step': ['model steps/s', 1],
};

export const idOf = (set: string, name: string, engine = 'kindling'): string =>
  `${set}/${name}${engine === 'kindling' ? '' : ` (${engine})`}`;

/** Samples of one process, a round each. */
export const onePass = (samples: readonly number[], cpu: readonly number[] = []): Samples => ({
  samples,
  cpu,
  pass: samples.map(() => 0),
  round: samples.map((_, i) => i),
});

/** An entry with its summary. */
export function entryOf(parts: EntryParts): Entry {
  const {
    set,
    name,
    engine = 'kindling',
    samples,
    cpu = [],
    pass,
    round,
    warmUp,
    repetitions,
    work,
    facts = {},
    wrong = false,
    problem,
  } = parts;
  const at = (q: number): number | null => (samples.length === 0 ? null : quantile(samples, q));
  const [median, q1, q3] = [at(0.5), at(0.25), at(0.75)];
  const rate = work && median !== null ? { unit: rates[work.unit][0], median: work.amount / (median / 1000) / rates[work.unit][1] } : null;
  return {
    ...{ id: idOf(set, name, engine), set, name, engine, unit: 'ms' },
    ...{ median, min: at(0), max: at(1), q1, q3 },
    spread: median === null ? null : (q3! - q1!) / median,
    ...{ n: samples.length, warmUp, repetitions, samples, cpu: cpu.length === samples.length ? cpu : [], pass, round, rate, facts, wrong },
    ...(problem === undefined ? {} : { problem }),
  };
}
