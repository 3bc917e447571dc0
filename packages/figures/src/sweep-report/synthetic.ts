import type { SweepLine } from '../sweep/results.js';
import type { SweepRecord } from './facts.js';

/** Repeatable noise in [−1, 1): a counter through the finaliser of MurmurHash3, so that neighbouring seeds have nothing in common. */
function noise(seed: number): () => number {
  let counter = Math.imul(seed + 1, 0x9e3779b9);
  return () => {
    counter = (counter + 0x6d2b79f5) | 0;
    let word = counter;
    word = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
    word = Math.imul(word ^ (word >>> 13), 0xc2b2ae35);
    return ((word ^ (word >>> 16)) >>> 0) / 2 ** 31 - 1;
  };
}

/** What a made-up sweep holds. */
export interface SyntheticSweep {
  readonly experiment?: string;
  readonly arms: readonly string[];
  readonly p: readonly number[] | null;
  readonly seeds: readonly number[];
  readonly steps?: readonly number[];
  readonly dataSets?: readonly string[];
  /** Mean accuracy of an arm at p. */
  readonly accuracy: (arm: string, p: number) => number;
  /** Half the range of seeds around it; seeds of different arms move together by half of it, as paired seeds do. */
  readonly spread?: number;
  /** Evaluations every so many natural steps; 0: one a phase. */
  readonly evalEvery?: number;
  /** Trials that share a dispatch and so a time; 1 by default. */
  readonly together?: number;
  /** Leaves these lines out. */
  readonly without?: (line: SweepLine) => boolean;
  /** Fields that replace those of a line. */
  readonly change?: (line: SweepLine) => Partial<SweepLine>;
  /** With epochs, weights and confusion matrices in the lines. */
  readonly classes?: boolean;
}

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** A matrix of ten classes of a thousand images, whose diagonal has the mean `accuracy`. */
function confusion(accuracy: number, random: () => number): number[][] {
  const rows = Array.from({ length: 10 }, (_, t) => {
    const right = Math.round(1000 * clamp(accuracy + 0.04 * random() - (t === 5 || t === 8 ? 0.04 : 0)));
    const row = new Array<number>(10).fill(Math.floor((1000 - right) / 12));
    row[t] = right;
    row[(t + 3) % 10] = row[(t + 3) % 10]! + 1000 - row.reduce((sum, count) => sum + count, 0);
    return row;
  });
  return rows;
}

/** A made-up sweep with plausible numbers, the same on every call, for tests and demonstrations. */
export function syntheticSweep(options: SyntheticSweep): SweepRecord {
  const {
    experiment = 'count',
    arms,
    p,
    seeds,
    steps = [500],
    dataSets = ['mnist'],
    accuracy,
    spread = 0.01,
    evalEvery = 0,
    together = 1,
  } = options;
  const lines: SweepLine[] = [];
  for (const dataSet of dataSets) {
    for (const budget of steps) {
      for (const share of p ?? [null]) {
        for (const [place, arm] of arms.entries()) {
          for (const [index, seed] of seeds.entries()) {
            const [shared, own] = [noise(seed), noise(1000 * (place + 1) + 31 * seed + Math.round(100 * (share ?? 0)))];
            const plain = share === 0;
            const jitter = 0.5 * shared() + (plain ? 0 : 0.5 * own());
            const reached = clamp(accuracy(arm, share ?? 0) + spread * jitter);
            const warm = arm === 'skip' ? 0 : Math.floor((share ?? 0) * budget);
            const natural = budget - Math.floor((share ?? 0) * budget);
            const evaluations = (warm > 0 ? 1 : 0) + (evalEvery > 0 ? Math.ceil(natural / evalEvery) : 1);
            const block = noise(10 * Math.floor(index / together) + place);
            const slower = 1 + 0.04 * block();
            const time = {
              compile: 0.4 + (warm > 0 ? 0.15 : 0),
              generate: 0.0016 * warm * slower,
              load: 0.0006 * natural * slower,
              train: 0.008 * (warm + natural) * slower,
              evaluate: 0.16 * evaluations * slower,
            };
            const total = Object.values(time).reduce((sum, value) => sum + value, 0.05);
            const line: SweepLine = {
              experiment,
              arm,
              p: share,
              steps: budget,
              seed,
              dataSet,
              accuracy: reached,
              testLoss: 0.05 - Math.log(Math.max(0.1, reached)) * 1.1,
              time: { ...time, total },
              adapter: 'made up',
              ...(plain && arms.length > 1 ? { sharedWith: arms.filter((other) => other !== arm) } : {}),
              ...(together > 1 ? { together } : {}),
              split: 'timestamps',
              evals: Array.from({ length: evaluations }, (_, i) => ({ step: i, accuracy: reached })),
              ...(options.classes ? classFields(arm, reached, own) : {}),
            };
            const made = { ...line, ...options.change?.(line) } as SweepLine;
            if (!options.without?.(made)) lines.push(made);
          }
        }
      }
    }
  }
  const recipe = { experiment, arms, p, seeds, steps, dataSets, batch: 64, preset: null, generator: null, evalEvery };
  return {
    recipe,
    expected: arms.length * (p ?? [null]).length * seeds.length * steps.length * dataSets.length,
    shard: null,
    data: Object.fromEntries(dataSets.map((name) => [name, { train: 60_000, test: 10_000, sha256: '06b0d1f1'.repeat(8) }])),
    versions: { kindling: '0.1.0', node: '20.20.2' },
    commit: '3f2a91c7d0',
    date: '2026-11-22T01:00:00.000Z',
    lines,
    notes: [],
  };
}

/** What lines of the adaptive experiment may hold besides. */
function classFields(arm: string, reached: number, random: () => number) {
  const epochs = Array.from({ length: 10 }, (_, epoch) => {
    const accuracy = Array.from({ length: 10 }, (_, c) =>
      clamp((reached - 0.02 * (c % 4)) * (1 - Math.exp(-(epoch + 1) / 3)) + 0.03 * random()),
    );
    return { loss: 2.3 * Math.exp(-epoch / 4), accuracy, weights: accuracy.map((value) => (arm === 'control' ? 1 : 1.1 - value)) };
  });
  return { epochs, confusion: confusion(reached, random) };
}
