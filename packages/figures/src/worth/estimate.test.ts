import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundsOf, crossingOf, isotonic, ratioOf, widening } from './crossing.js';
import { type WorthLine, worthOf } from './estimate.js';

const LADDER = [50, 100, 200, 500, 1000, 2000, 5000];

const lineOf = (arm: string, n: number, seed: number, accuracy: number, more: Partial<WorthLine> = {}): WorthLine => ({
  experiment: 'worth',
  arm,
  n,
  p: null,
  steps: 100,
  warmupSteps: arm === 'none' ? 0 : 40,
  seed,
  dataSet: 'mnist',
  accuracy,
  testLoss: 1,
  time: { total: 1 },
  ...more,
});

/** An accuracy that is linear in log n and is `target` at `crossing`. */
const curve = (n: number, crossing: number, slope = 0.05, target = 0.9): number => target + slope * Math.log(n / crossing);

/** Lines of arms whose accuracies are linear in log n, each seed shifted by its own amount. */
const linesOf = (crossings: Readonly<Record<string, number>>, shifts: readonly number[]): WorthLine[] =>
  Object.entries(crossings).flatMap(([arm, crossing]) =>
    LADDER.flatMap((n) => shifts.map((shift, i) => lineOf(arm, n, i + 1, Math.min(1, curve(n, crossing) + shift)))),
  );

/** Normal deviates, the same every time. */
function normals(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe('isotonic', () => {
  it('pools what falls, and leaves what rises', () => {
    expect(isotonic([1, 2, 3])).toEqual([1, 2, 3]);
    expect(isotonic([3, 1, 2])).toEqual([2, 2, 2]);
    expect(isotonic([0, 4, 2, 6])).toEqual([0, 3, 3, 6]);
  });

  it('is the nearest non-decreasing sequence: no small change of a pool that keeps the order is nearer', () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 7 });
    fc.assert(
      fc.property(values, values, (given, other) => {
        const fit = isotonic(given);
        const squares = (of: readonly number[]): number => of.reduce((sum, value, i) => sum + (value - given[i]!) ** 2, 0);
        // Any other non-decreasing sequence of the length, by sorting.
        const rival = given.map((_, i) => other[i % other.length]!).sort((a, b) => a - b);
        return fit.every((value, i) => i === 0 || value >= fit[i - 1]!) && squares(fit) <= squares(rival) + 1e-12;
      }),
    );
  });
});

describe('crossingOf', () => {
  it('is exact where accuracy is linear in log n, between the n that were tried', () => {
    for (const crossing of [50.5, 137, 500, 1999, 4900]) {
      const { least, most } = crossingOf(
        LADDER,
        LADDER.map((n) => curve(n, crossing)),
        0.9,
      );
      expect(least / crossing).toBeCloseTo(1, 9);
      expect(most).toBe(least);
    }
  });

  it('never extrapolates', () => {
    const below = LADDER.map((n) => curve(n, 6000));
    expect(crossingOf(LADDER, below, 0.9)).toEqual({ least: 5000, most: Number.POSITIVE_INFINITY });
    const above = LADDER.map((n) => curve(n, 40));
    expect(crossingOf(LADDER, above, 0.9)).toEqual({ least: 0, most: 50 });
  });

  it('a peak that later n do not hold is averaged away', () => {
    const { least } = crossingOf([1, 10, 100, 1000], [0.1, 0.9, 0.5, 0.95], 0.9);
    expect(least).toBeGreaterThan(100);
    expect(least).toBeLessThan(1000);
  });

  it('divides what it knows only by its bounds', () => {
    expect(ratioOf({ least: 600, most: 600 }, { least: 200, most: 200 })).toEqual({ least: 3, most: 3 });
    expect(ratioOf({ least: 5000, most: Number.POSITIVE_INFINITY }, { least: 500, most: 500 }).least).toBe(10);
    expect(ratioOf({ least: 600, most: 600 }, { least: 0, most: 50 })).toEqual({ least: 12, most: Number.POSITIVE_INFINITY });
    expect(ratioOf({ least: 600, most: 600 }, { least: 5000, most: Number.POSITIVE_INFINITY })).toEqual({ least: 0, most: 0.12 });
  });
});

describe('boundsOf', () => {
  const exact = (value: number) => ({ least: value, most: value });

  it('widens for few seeds, and not for many', () => {
    // √(5/4) · 2.77645 / 1.95996.
    expect(widening(5)).toBeCloseTo(1.58379, 4);
    expect(widening(9)).toBeGreaterThan(1.2);
    expect(widening(2001)).toBeCloseTo(1, 2);
  });

  it('moves percentiles away from the point, by factors or by differences', () => {
    const resampled = Array.from({ length: 41 }, (_, i) => exact(100 * 2 ** ((i - 20) / 20)));
    // Places 1 and 39 of 0 … 40.
    const { least, most } = boundsOf(exact(100), resampled, 2, true);
    expect(least).toBeCloseTo(100 * 2 ** (-2 * 0.95), 9);
    expect(most).toBeCloseTo(100 * 2 ** (2 * 0.95), 9);
    expect(boundsOf(exact(0), [exact(-1), exact(3)], 2, false)).toEqual({ least: -2, most: 6 });
  });

  it('has no end where the point or the percentile has none', () => {
    const beyond = { least: 100, most: Number.POSITIVE_INFINITY };
    expect(boundsOf(exact(50), [exact(50), beyond], 2, true)).toEqual({ least: 50, most: Number.POSITIVE_INFINITY });
    expect(boundsOf(beyond, [exact(50), beyond], 2, true).least).toBeCloseTo(25, 9);
    expect(boundsOf({ least: 0, most: 10 }, [exact(40), exact(40)], 0.5, true)).toMatchObject({ least: 0, most: expect.closeTo(20, 9) });
  });
});

describe('worthOf', () => {
  const few = { resamples: 400 };

  it('finds known crossings, their ratio, and the images that a batch replaces', () => {
    const shifts = [-0.01, -0.005, 0, 0.005, 0.01];
    const found = worthOf(linesOf({ none: 800, 'family:strokes': 200 }, shifts), [0.9], few);
    const [target] = found.targets;
    const [plain, warm] = target!.arms;
    expect(plain).toMatchObject({ arm: 'none', reached: true, atMost: false });
    expect(plain!.n! / 800).toBeCloseTo(1, 9);
    expect(warm!.n! / 200).toBeCloseTo(1, 9);
    const [ratio] = target!.ratios;
    expect(ratio!.arm).toBe('family:strokes');
    expect(ratio!.ratio.value).toBeCloseTo(4, 9);
    expect(ratio!.replaces.value).toBeCloseTo(600, 6);
    expect(ratio!.perBatch!.value).toBeCloseTo(600 / 40, 6);
    // A shift of .01 moves the crossing by a factor of e^.2 in both arms; the ratio of the same seeds stays.
    // The t-interval of the shifts, ± .00982, as a factor.
    expect(Math.log(plain!.low! / 800)).toBeCloseTo(-0.196, 1);
    expect(Math.log(plain!.high! / 800)).toBeCloseTo(0.196, 1);
    expect(ratio!.ratio.low!).toBeCloseTo(4, 6);
    expect(ratio!.ratio.high!).toBeCloseTo(4, 6);
    expect(found.curves[0]).toMatchObject({ arm: 'none', warmupSteps: 0, naturalSteps: 100 });
    expect(found.notes).toEqual([]);
  });

  it('says "not reached" where it is not, and bounds the ratio on one side', () => {
    const shifts = [-0.002, -0.001, 0, 0.001, 0.002];
    const found = worthOf(linesOf({ none: 20_000, 'family:strokes': 500, longer: 20 }, shifts), [0.9], few);
    const [{ arms, ratios }] = found.targets as [(typeof found.targets)[number]];
    expect(arms[0]).toMatchObject({ arm: 'none', n: null, reached: false, low: 5000, high: null });
    expect(arms[0]!.best).toBeCloseTo(curve(5000, 20_000), 9);
    expect(arms[2]).toMatchObject({ arm: 'longer', n: null, reached: true, atMost: true, low: null, high: 50 });
    const [strokes, longer] = ratios;
    expect(strokes!.ratio).toMatchObject({ value: null, high: null });
    expect(strokes!.ratio.low!).toBeGreaterThan(9);
    expect(strokes!.ratio.low!).toBeLessThan(10.01);
    expect(longer!.ratio).toEqual({ value: null, low: 100, high: null });
    expect(longer!.perBatch!.low).toBeCloseTo(4950 / 40, 9);
  });

  it('an interval that reaches past the ladder has no end there', () => {
    const found = worthOf(linesOf({ none: 4500 }, [-0.03, -0.01, 0, 0.01, 0.03]), [0.9], few);
    const [need] = found.targets[0]!.arms;
    expect(need!.n! / 4500).toBeCloseTo(1, 6);
    expect(need!.low).toBeGreaterThan(2000);
    expect(need!.high).toBeNull();
  });

  it('leaves out seeds that some cell lacks, and says what is missing', () => {
    const lines = linesOf({ none: 800, longer: 400 }, [0, 0.001, 0.002, 0.003]);
    const found = worthOf(
      lines.filter(({ arm, n, seed }) => !(arm === 'longer' && n === 500 && seed === 4)),
      [0.9],
      few,
    );
    expect(found.seeds).toEqual([1, 2, 3]);
    expect(found.notes).toEqual([
      '1 of 4 seeds were not run for every arm at every n and are left out',
      '3 seeds: too few, the intervals are not to be trusted',
    ]);
    const one = worthOf(linesOf({ none: 800 }, [0]), [0.9], few);
    expect(one.targets[0]!.arms[0]).toMatchObject({ low: null, high: null, reached: true });
    expect(one.notes).toEqual(['one seed: no intervals']);
    expect(worthOf(linesOf({ longer: 800 }, [0, 0]), [0.9], few)).toMatchObject({ targets: [{ ratios: [] }] });
    expect(worthOf([lineOf('none', 50, 1, 0.5), lineOf('longer', 50, 2, 0.5)], [0.9], few)).toMatchObject({ targets: [], seeds: [] });
  });

  it('refuses a trial that is there twice', () => {
    expect(() => worthOf([lineOf('none', 50, 1, 0.5), lineOf('none', 50, 1, 0.5)], [0.9])).toThrow(
      'got two lines of mnist none n=50 seed 1',
    );
  });

  it('covers the truth about as often as it says, with five seeds', () => {
    // Noise of a seed’s own and of each cell. 400 experiments: a share of .95 has a standard error of .011, and .92 and .94 are what came out.
    const normal = normals(7);
    let [need, ratio] = [0, 0];
    const runs = 400;
    for (let run = 0; run < runs; run++) {
      const shifts = Array.from({ length: 5 }, () => 0.006 * normal());
      const lines = linesOf({ none: 800, 'family:a': 300 }, shifts).map((line) => ({
        ...line,
        accuracy: line.accuracy + 0.004 * normal(),
      }));
      const [{ arms, ratios }] = worthOf(lines, [0.9], { resamples: 400 }).targets as [ReturnType<typeof worthOf>['targets'][number]];
      if (arms[0]!.low! <= 800 && arms[0]!.high! >= 800) need++;
      const { low, high } = ratios[0]!.ratio;
      if (low! <= 800 / 300 && high! >= 800 / 300) ratio++;
    }
    for (const covered of [need, ratio]) {
      expect(covered / runs).toBeGreaterThan(0.9);
      expect(covered / runs).toBeLessThanOrEqual(1);
    }
  }, 60_000);
});
