import { describe, expect, it } from 'vitest';
import { SCHEMA } from '../suite/document.js';
import { entryOf } from '../suite/entry.js';
import { drawn, layoutOf, logarithms, redraw } from './blocks.js';
import { type ComparedRun, compareRuns } from './compare.js';
import { conclusion, formatComparison } from './format.js';
import { quickLevel } from './level.js';
import { parseRun, parseThreshold, requireSameAdapter } from './load.js';
import { normal, uniforms } from './random.js';
import { ratioWithin } from './ratio.js';

interface Noise {
  readonly seed: number;
  readonly entries?: number;
  readonly passes?: number;
  readonly rounds?: number;
  /** Standard deviations of the logarithm between runs, processes and rounds; share of samples that other work hits, up to twice as long. */
  readonly run?: number;
  readonly process?: number;
  readonly round?: number;
  readonly hit?: number;
  /** How much slower the machine is. */
  readonly machine?: number;
}

/** A run as a machine with neighbours would measure it: noise that only adds, some of it a round's, some a process's, some the whole run's. */
function synthetic(noise: Noise): ComparedRun {
  const { seed, entries = 12, passes = 4, rounds = 4, run = 0.01, process = 0.015, round = 0.05, hit = 0.1, machine = 1 } = noise;
  const next = uniforms(1000 + seed);
  const make = (set: string, name: string, base: number) => {
    const own = run * normal(next);
    const samples: number[] = [];
    const [inPass, inRound]: [number[], number[]] = [[], []];
    for (let p = 0; p < passes; p++) {
      const apart = process * normal(next);
      for (let r = 0; r < rounds; r++) {
        const disturbed = next() < hit ? next() * Math.log(2) : 0;
        samples.push(base * machine * Math.exp(own + apart + round * Math.abs(normal(next)) + disturbed));
        inPass.push(p);
        inRound.push(r);
      }
    }
    return entryOf({ set, name, samples, pass: inPass, round: inRound, warmUp: 1, repetitions: 1 });
  };
  return {
    entries: Array.from({ length: entries }, (_, i) => make('step', `e${i}`, 1 + i)),
    reference: ['fma', 'fill', 'dispatch'].map((name) => make('reference', name, 2)),
  };
}

const slower = (run: ComparedRun, factor: number, wanted: (id: string) => boolean): ComparedRun => ({
  ...run,
  entries: run.entries.map((entry) => (wanted(entry.id) ? { ...entry, samples: entry.samples.map((ms) => factor * ms) } : entry)),
});

const none = (a: Noise, b: Noise): boolean => {
  const { slower: s, faster: f } = compareRuns(synthetic(a), synthetic(b));
  return s + f === 0;
};
const pairs = (count: number) => Array.from({ length: count }, (_, i) => [2 * i, 2 * i + 1] as const);

describe('compareRuns', () => {
  it('says "no difference" of re-runs of the same code in at least nine of ten comparisons', () => {
    expect(pairs(20).filter(([a, b]) => none({ seed: a }, { seed: b })).length).toBeGreaterThanOrEqual(18);
  });

  it('does so on a machine that other work hits half of the time, and on one that became 1.3 times slower', () => {
    const busy = { hit: 0.5, round: 0.15 };
    expect(pairs(10).filter(([a, b]) => none({ seed: a, ...busy }, { seed: b, ...busy })).length).toBeGreaterThanOrEqual(9);
    expect(pairs(10).filter(([a, b]) => none({ seed: a }, { seed: b, machine: 1.3 })).length).toBeGreaterThanOrEqual(9);
  });

  it('catches an artificial slowdown of 20 % of one entry, and names no other', () => {
    const found = pairs(10).map(([a, b]) => {
      const result = compareRuns(
        synthetic({ seed: a }),
        slower(synthetic({ seed: b }), 1.2, (id) => id === 'step/e3'),
      );
      return result.entries.filter(({ verdict }) => verdict === 'slower').map(({ id }) => id);
    });
    expect(found.filter((ids) => ids.join() === 'step/e3').length).toBeGreaterThanOrEqual(9);
  });

  it('catches it in every entry of a scaled copy, and the other way round as faster', () => {
    const run = synthetic({ seed: 5 });
    const scaled = slower(run, 1.2, () => true);
    const there = compareRuns(run, scaled);
    expect(there).toMatchObject({ slower: 12, faster: 0, wrong: 0, machine: { ratio: 1 } });
    for (const { ratio, low, high } of there.entries) {
      expect(ratio).toBeCloseTo(1.2, 9);
      expect(low > 1 && low < 1.2 && high > 1.2).toBe(true);
    }
    expect(compareRuns(scaled, run)).toMatchObject({ slower: 0, faster: 12 });
    expect(conclusion(there)).toBe('12 slower, of 12 entries');
  });

  it('finds none in a run beside itself, nor below the threshold', () => {
    const run = synthetic({ seed: 5 });
    expect(compareRuns(run, run)).toMatchObject({ slower: 0, faster: 0 });
    const scaled = slower(run, 1.2, () => true);
    expect(compareRuns(run, scaled, { threshold: 0.25 })).toMatchObject({ slower: 0, threshold: 0.25 });
  });

  it('still sees a large slowdown where each run is one process', () => {
    const one = { passes: 1, rounds: 15, entries: 2 };
    const result = compareRuns(
      synthetic({ seed: 1, ...one }),
      slower(synthetic({ seed: 2, ...one }), 1.4, (id) => id === 'step/e1'),
    );
    expect(result.entries.map(({ verdict }) => verdict)).toEqual(['no difference', 'slower']);
  });

  it('marks an entry whose result became wrong, however fast, and lists what only one run has', () => {
    const [a, b] = [synthetic({ seed: 1 }), synthetic({ seed: 2 })];
    const [first, ...others] = b.entries.slice(1);
    const spoiled = { ...first!, wrong: true, samples: first!.samples.map((ms) => ms / 2) };
    const result = compareRuns(a, { ...b, entries: [spoiled, ...others] });
    expect(result.entries.find(({ id }) => id === 'step/e1')!.verdict).toBe('wrong');
    expect(result).toMatchObject({ wrong: 1, faster: 0, unmatched: ['step/e0'] });
    expect(conclusion(result)).toBe('1 wrong in B, of 11 entries');
  });

  it('sees in the CPU time what neighbours hide on the wall, where both runs hold it', () => {
    // Work that takes 2 ms of CPU time, give or take 2 %, while others stretch the time on the wall up to five times.
    const busy = (seed: number): ComparedRun => {
      const next = uniforms(seed);
      const stretch = <T extends ComparedRun['entries'][number] | ComparedRun['reference'][number]>(entry: T): T => {
        const samples = entry.samples.map(() => 2 * (1 + 4 * next()));
        return { ...entry, samples, cpu: samples.map((ms) => (2 * (1 + 0.02 * Math.abs(normal(next)))) / ms) };
      };
      const { entries, reference } = synthetic({ seed });
      return { entries: entries.map(stretch), reference: reference.map(stretch) };
    };
    const one = (id: string): boolean => id === 'step/e3';
    const slow = (run: ComparedRun): ComparedRun => slower(run, 1.2, one);
    expect(compareRuns(busy(1), busy(2))).toMatchObject({ slower: 0, faster: 0 });
    const result = compareRuns(busy(1), slow(busy(2)));
    expect(result.entries.filter(({ verdict }) => verdict !== 'no difference')).toMatchObject([
      { id: 'step/e3', verdict: 'slower', by: 'cpu' },
    ]);
    const without = (run: ComparedRun): ComparedRun => ({ ...run, entries: run.entries.map(({ cpu: _, ...entry }) => entry) });
    expect(compareRuns(without(busy(1)), slow(busy(2)))).toMatchObject({ slower: 0 });
  });

  it('gives the same interval each time', () => {
    const [a, b] = [synthetic({ seed: 1 }), synthetic({ seed: 2 })];
    expect(compareRuns(a, b)).toEqual(compareRuns(a, b));
  });
});

describe('the level of a run', () => {
  it('is the mean logarithm of the quickest quarter', () => {
    const level = (values: number[]): number => quickLevel(Float64Array.from(values));
    expect(level([4, 1, 3, 2])).toBe(1);
    expect(level([9, 1, 8, 2, 7, 6, 5, 4])).toBe(1.5);
    expect([level([3]), level([])]).toEqual([3, Number.NaN]);
  });

  it('draws whole processes, and as many rounds of each as it has', () => {
    const { entries } = synthetic({ seed: 3, passes: 3, rounds: 2 });
    const layout = layoutOf(entries);
    expect(layout.passes).toEqual([
      [0, 1],
      [2, 3],
      [4, 5],
    ]);
    expect(logarithms({ samples: [1, Math.E], pass: [0, 2], round: [1, 0] }, layout)).toEqual(
      Float64Array.of(Number.NaN, 0, Number.NaN, Number.NaN, 1, Number.NaN),
    );
    const next = uniforms(7);
    const draws = Array.from({ length: 200 }, () => redraw(layout, next));
    for (const draw of draws) {
      const passes = [0, 2, 4].map((i) => new Set(draw.slice(i, i + 2).map((slot) => Math.floor(slot / 2))).size);
      expect(passes).toEqual([1, 1, 1]);
      expect(drawn(logarithms(entries[0]!, layout), draw).length).toBe(6);
    }
    // A pass drawn twice, and a round drawn twice within one, do happen.
    expect(draws.some((draw) => Math.floor(draw[0]! / 2) === Math.floor(draw[2]! / 2))).toBe(true);
    expect(draws.some((draw) => draw[0] === draw[1])).toBe(true);
  });
});

describe('ratioWithin', () => {
  it('takes the ratio round by round, and for the same work', () => {
    const base = { set: 'sweep', pass: [0, 0, 1, 1], round: [0, 1, 0, 1], warmUp: 1, repetitions: 1 };
    const one = entryOf({ ...base, name: 'one', samples: [10, 100, 20, 40] });
    const eight = entryOf({ ...base, name: 'eight', samples: [20, 200, 40, 80] });
    expect(ratioWithin('x', eight, one, [8, 1])).toMatchObject({ n: 4, of: 'sweep/eight', over: 'sweep/one' });
    expect(ratioWithin('x', eight, one, [8, 1])!.ratio).toBeCloseTo(4, 9);
    expect(ratioWithin('x', eight, { ...one, wrong: true })).toBeUndefined();
    expect(ratioWithin('x', eight, undefined)).toBeUndefined();
  });
});

describe('files to compare', () => {
  const { entries, reference } = synthetic({ seed: 1, entries: 2 });
  const document = { schema: SCHEMA, adapter: 'GPU', load: 0.5, environment: { date: '2026-01-02' }, entries, reference, slowed: null };
  const parse = (change: object) => parseRun(JSON.stringify({ ...document, ...change }), 'a.json');

  it('reads what bench wrote', () => {
    const run = parse({});
    expect(run).toMatchObject({ adapter: 'GPU', date: '2026-01-02', load: 0.5, slowed: null });
    const text = formatComparison(compareRuns(run, run), run, { ...run, slowed: 'step/=1.2' });
    expect(text.split('\n').at(-1)).toBe('no difference in 2 entries');
    expect(text).toContain('B was slowed down on purpose: step/=1.2');
  });

  it.each([
    [{ schema: undefined }, 'no field schema'],
    [{ schema: 'kindling-bench/9' }, 'kindling-bench/9'],
    [{ entries: undefined }, 'no list entries'],
    [{ reference: {} }, 'no list reference'],
    [{ entries: [{}] }, 'entries[0] without an id'],
    [{ entries: [{ ...entries[0], samples: [1, -2] }] }, 'no positive numbers'],
    [{ entries: [{ ...entries[0], samples: ['1'] }] }, 'no positive numbers'],
    [{ entries: [{ ...entries[0], cpu: [1] }] }, 'one a sample'],
    [{ entries: [{ ...entries[0], pass: [0] }] }, 'other numbers of passes'],
    [{ entries: [entries[0], entries[0]] }, 'twice in entries'],
  ])('refuses %j', (change, text) => {
    expect(() => parse(change)).toThrow(text);
  });

  it('refuses what is no JSON, and runs of different adapters', () => {
    expect(() => parseRun('{', 'a.json')).toThrow('a.json: got no JSON');
    expect(() => parseRun('[]', 'a.json')).toThrow('no object');
    expect(() => requireSameAdapter(parse({}), parse({ adapter: 'CPU' }))).toThrow('same adapter');
  });

  it('reads thresholds', () => {
    expect([parseThreshold('5%'), parseThreshold('0.05'), parseThreshold(' 12.5 % '), parseThreshold('0')]).toEqual([0.05, 0.05, 0.125, 0]);
    for (const text of ['', '5 percent', '-1', 'x', '1000%']) expect(() => parseThreshold(text)).toThrow('--threshold');
  });
});
