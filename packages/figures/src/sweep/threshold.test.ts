import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseResults, type SweepLine, sweepCells } from './results.js';
import { thresholds } from './threshold.js';

const line = (p: number | null, seed: number, accuracy: number, more: Partial<SweepLine> = {}): SweepLine => ({
  experiment: 'count',
  arm: 'published',
  p,
  steps: 100,
  seed,
  dataSet: 'mnist',
  accuracy,
  testLoss: 1,
  time: { total: 1 },
  ...more,
});

/** Accuracies by p, the same for every seed but for a shift of the seed's own. */
const curve = (values: Readonly<Record<string, number>>, seeds = 6, more: Partial<SweepLine> = {}): SweepLine[] =>
  Object.entries(values).flatMap(([p, accuracy]) =>
    Array.from({ length: seeds }, (_, i) => line(Number(p), i + 1, accuracy + 0.001 * i, more)),
  );

describe('thresholds', () => {
  it('is the largest p before the first that fails', () => {
    const [found] = thresholds(curve({ 0: 0.8, 0.1: 0.81, 0.2: 0.795, 0.3: 0.78, 0.4: 0.5 }));
    expect(found).toMatchObject({
      threshold: 0.2,
      low: 0.2,
      high: 0.2,
      seeds: 6,
      grid: [0, 0.1, 0.2, 0.3, 0.4],
      fails: 0.3,
      atLeast: false,
    });
    expect(found!.baseline).toBeCloseTo(0.8025, 12);
    expect(found!.cells.map(({ n }) => n)).toEqual([6, 6, 6, 6, 6]);
    expect(found!.notes).toEqual([]);
  });

  it('a mean that equals the bar holds, whatever the last bits of its sum', () => {
    expect(thresholds(curve({ 0: 0.9, 0.5: 0.89 }))[0]).toMatchObject({ threshold: 0.5, atLeast: true });
    expect(thresholds(curve({ 0: 0.9, 0.5: 0.8899 }))[0]).toMatchObject({ threshold: 0 });
  });

  it('says what the grid cannot answer', () => {
    const notesOf = (lines: readonly SweepLine[]) => thresholds(lines)[0]!.notes.join('; ');
    expect(notesOf(curve({ 0: 0.8, 0.3: 0.8, 0.6: 0.81 }))).toContain('every p holds: at least 0.6');
    expect(notesOf(curve({ 0: 0.8, 0.3: 0.1 }))).toContain('the smallest p that was tried, 0.3, fails');
    expect(notesOf(curve({ 0: 0.8 }))).toContain('p = 0 is the only p');
    expect(notesOf(curve({ 0: 0.8, 0.1: 0.7, 0.2: 0.8 }))).toContain('p = 0.2 holds again above p = 0.1');
    expect(notesOf(curve({ 0: 0.8, 0.1: 0.8 }, 3))).toContain('3 seeds: too few');
    expect(notesOf([line(0, 1, 0.8), line(0, 2, 0.9), line(0.1, 1, 0.9), line(0.1, 2, 0.8)])).toContain('known to ± ');
  });

  it('has no threshold without p = 0 or a common seed, and no interval for one seed', () => {
    expect(thresholds(curve({ 0.1: 0.8, 0.2: 0.8 }))[0]).toMatchObject({ threshold: null, baseline: null, cells: [] });
    expect(thresholds([line(0, 1, 0.8), line(0.1, 2, 0.8)])[0]).toMatchObject({
      threshold: null,
      seeds: 0,
      notes: ['no seed was run at every p'],
    });
    expect(thresholds(curve({ 0: 0.8, 0.1: 0.5 }, 1))[0]).toMatchObject({ threshold: 0, low: null, high: null, seeds: 1 });
  });

  it('leaves out seeds that some p lacks', () => {
    const lines = curve({ 0: 0.8, 0.1: 0.8 }).filter(({ p, seed }) => !(p === 0.1 && seed === 6));
    expect(thresholds(lines)[0]).toMatchObject({
      seeds: 5,
      notes: ['1 of 6 seeds were not run at every p and are left out', expect.any(String)],
    });
  });

  it('keeps experiments, data sets, budgets and arms apart, and has none for lines without p', () => {
    const lines = [
      ...curve({ 0: 0.8, 0.1: 0.8 }),
      ...curve({ 0: 0.8, 0.1: 0.1 }, 6, { arm: 'skip' }),
      ...curve({ 0: 0.8, 0.1: 0.1 }, 6, { steps: 200 }),
      ...curve({ 0: 0.8, 0.1: 0.1 }, 6, { dataSet: 'cifar10' }),
      line(null, 1, 0.9, { experiment: 'adaptive' }),
    ];
    expect(thresholds(lines).map(({ dataSet, steps, arm, threshold }) => [dataSet, steps, arm, threshold])).toEqual([
      ['mnist', 100, 'published', 0.1],
      ['mnist', 100, 'skip', 0],
      ['mnist', 200, 'published', 0],
      ['cifar10', 100, 'published', 0],
    ]);
  });

  it('pairs seeds: a shift that is a seed’s own, at every p, moves nothing', () => {
    const lines = curve({ 0: 0.5, 0.1: 0.495, 0.2: 0.48 }, 8).map((own) => ({ ...own, accuracy: own.accuracy + 0.04 * own.seed }));
    expect(thresholds(lines)[0]).toMatchObject({ threshold: 0.1, low: 0.1, high: 0.1 });
  });

  const grids = fc
    .uniqueArray(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 5 })
    .map((tenths) => [0, ...tenths.sort((a, b) => a - b)]);
  const noisy = fc.tuple(grids, fc.integer({ min: 2, max: 6 })).chain(([tenths, seeds]) =>
    fc
      .array(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: seeds, maxLength: seeds }), {
        minLength: tenths.length,
        maxLength: tenths.length,
      })
      .map((table) => table.flatMap((row, i) => row.map((accuracy, seed) => line(tenths[i]! / 10, seed + 1, accuracy)))),
  );
  const few = { resamples: 100 };

  it('for any data: on the grid, inside its definition, within an ordered interval, whatever the order of the lines', () => {
    fc.assert(
      fc.property(noisy, fc.double({ min: 0, max: 0.5, noNaN: true }), (lines, margin) => {
        const [found] = thresholds(lines, margin, few);
        const mean = (p: number): number => {
          const own = lines.filter((other) => other.p === p).map(({ accuracy }) => accuracy);
          return own.reduce((sum, accuracy) => sum + accuracy, 0) / own.length;
        };
        const { grid, threshold, low, high } = found!;
        const holds = grid.map((p) => mean(p) >= mean(0) - margin - 1e-12);
        const at = grid.indexOf(threshold!);
        expect(holds.slice(0, at + 1).every((ok, i) => ok || i === 0)).toBe(true);
        expect(holds[at + 1] ?? false).toBe(false);
        expect(grid).toContain(low);
        expect(grid).toContain(high);
        expect(low!).toBeLessThanOrEqual(high!);
        expect(thresholds(lines.toReversed(), margin, few)).toEqual([found]);
      }),
      { numRuns: 60 },
    );
  });

  it('never falls when the margin grows', () => {
    fc.assert(
      fc.property(noisy, fc.double({ min: 0, max: 0.3, noNaN: true }), fc.double({ min: 0, max: 0.3, noNaN: true }), (lines, a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)].map((margin) => thresholds(lines, margin, few)[0]!);
        return small!.threshold! <= large!.threshold! && small!.low! <= large!.low! && small!.high! <= large!.high!;
      }),
      { numRuns: 60 },
    );
  });
});

describe('sweepCells', () => {
  it('gathers seeds, orders by p, and takes the interval over seeds', () => {
    const cells = sweepCells([line(0.2, 2, 0.3), line(0.1, 1, 0.5), line(0.2, 1, 0.1)]);
    expect(cells.map(({ p, lines }) => [p, lines.map(({ seed }) => seed)])).toEqual([
      [0.1, [1]],
      [0.2, [1, 2]],
    ]);
    expect(cells[1]!.accuracy).toMatchObject({ mean: 0.2, n: 2 });
    expect(cells[1]!.accuracy.high! - 0.2).toBeCloseTo(12.7062 * 0.1, 4);
  });

  it('refuses a trial that is there twice', () => {
    expect(() => sweepCells([line(0, 1, 0.3), line(0, 1, 0.3)])).toThrow('two lines of count published p=0 100 steps mnist seed 1');
  });
});

describe('parseResults', () => {
  const text = (...lines: object[]): string => lines.map((own) => `${JSON.stringify(own)}\n`).join('');

  it('reads back what was written, fields that it does not know included', () => {
    const lines = [line(0, 1, 0.5, { together: 4, weights: [1, 2] }), line(null, 2, 0.6, { testLoss: null })];
    expect(parseResults(text(...lines))).toEqual({ lines, notes: [] });
    expect(parseResults('')).toEqual({ lines: [], notes: [] });
  });

  it('drops a torn last line wherever it was cut, also just before its end', () => {
    const whole = text(line(0, 1, 0.5), line(0, 2, 0.5));
    const first = whole.indexOf('\n') + 1;
    for (const cut of [first + 1, first + 20, whole.length - 2, whole.length - 1]) {
      const { lines, notes } = parseResults(whole.slice(0, cut));
      expect(lines).toHaveLength(1);
      expect(notes).toEqual(['the last line was cut off and is left out']);
    }
  });

  it.each([
    ['a broken line within', '{"p":\n', 'r line 1: got no JSON'],
    ['a line that is no object', '7\n', 'r line 1: got 7; expected a JSON object'],
    ['an accuracy beyond 1', text(line(0, 1, 1.5)), '"accuracy": 1.5'],
    ['a missing arm', text({ ...line(0, 1, 0.5), arm: undefined }), '"arm": undefined'],
    ['a p that is text', text({ ...line(0, 1, 0.5), p: '0' }), '"p": "0"'],
    ['half a seed', text(line(0, 1.5, 0.5)), '"seed": 1.5'],
    ['seconds that are text', text({ ...line(0, 1, 0.5), time: { total: '1' } }), '"time": {"total":"1"}'],
  ])('refuses %s and names it', (_, bad, message) => {
    expect(() => parseResults(bad, 'r')).toThrow(message);
  });
});
