import type { AdapterInfo } from '@kindling/device';
import type { Environment } from '../environment.js';
import type { PassResult } from './bench.js';
import { type Entry, entryOf, idOf } from './entry.js';
import type { PassAnswer } from './passes.js';

/** The version of the documents' schema, `benchmarks/schema/bench.schema.json`. */
export const SCHEMA = 'kindling-bench/1';

/** How many times faster one entry is than another: median over the rounds that both ran in, with a 95 % interval. */
export interface Comparison {
  readonly name: string;
  /** Ids: `over`'s time a unit of work over `of`'s. */
  readonly of: string;
  readonly over: string;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** An engine, or an entry, that could not be measured. */
export interface Missing {
  readonly what: string;
  readonly reason: string;
}

/** What every document of `kindling bench` has in common. */
export interface BenchDocument {
  readonly schema: typeof SCHEMA;
  /** `default`, or the name of a set. */
  readonly bench: string;
  readonly sets: readonly string[];
  readonly adapter: string;
  readonly adapterInfo: AdapterInfo;
  readonly environment: Environment;
  /** Load average over the minute before the run. */
  readonly load: number;
  readonly loadAfter: readonly number[];
  readonly versions: Readonly<Record<string, string>>;
  readonly entries: readonly Entry[];
  /** The adapter's own ceilings, sampled in every round beside the entries: what tells a slower machine from slower code. */
  readonly reference: readonly Entry[];
  readonly comparisons: readonly Comparison[];
  readonly missing: readonly Missing[];
  /** What a reader should know of this run, e.g. that a pass was left out. */
  readonly notes: readonly string[];
  /** Processes that measured, and the rounds of each. */
  readonly passes: number;
  readonly rounds: number;
  readonly sampleSeconds: number;
  /** What KINDLING_BENCH_SLOW slowed down on purpose; null for an honest run. */
  readonly slowed: string | null;
  readonly rssBytes: number;
  readonly seconds: number;
}

/** Joins what the passes found, entry by entry. A problem in one pass is kept beside what the others measured. */
export function joinPasses(answers: readonly PassAnswer[]): Entry[] {
  const ids = new Map(
    answers.flatMap(({ results }) => results.map(({ set, name, engine }) => [idOf(set, name, engine), { set, name, engine }])),
  );
  return [...ids].map(([id, { set, name, engine }]) => {
    const found = answers.map(({ results }) => results.find((result) => idOf(result.set, result.name, result.engine) === id));
    const one = <T>(pick: (result: PassResult) => T): T | undefined => {
      const last =
        found.findLast((result) => result !== undefined && result.samples.length > 0) ?? found.find((result) => result !== undefined);
      return last && pick(last);
    };
    return entryOf({
      ...{ set, name, engine },
      samples: found.flatMap((result) => result?.samples ?? []),
      cpu: found.flatMap((result) => result?.cpu ?? []),
      pass: found.flatMap((result, pass) => (result?.samples ?? []).map(() => pass)),
      round: found.flatMap((result) => (result?.rounds ?? []).slice(0, result?.samples.length)),
      warmUp: found.reduce((sum, result) => sum + (result?.warmUp ?? 0), 0),
      repetitions: one(({ repetitions }) => repetitions) ?? 0,
      work: one(({ work }) => work),
      facts: one(({ facts }) => facts) ?? {},
      wrong: found.some((result) => result?.wrong ?? false),
      problem: found.find((result) => result?.problem !== undefined)?.problem,
    });
  });
}
