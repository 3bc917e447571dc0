import { drawWord, InputError, normalPair, sampleKey } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { FORMS, type FormName, predict } from './forms/index.js';
import type { Row } from './rows.js';
import { fitScaling } from './scaling.js';

/** y of a form at x with multiplicative normal noise, `each` rows an x. */
function planted(form: FormName, parameters: readonly number[], xs: readonly number[], noise = 0, seed = 1, each = 1): Row[] {
  const key = sampleKey(seed, 'image', 7);
  let count = 0;
  return xs.flatMap((x) =>
    Array.from({ length: each }, () => {
      const i = count++;
      const [z] = normalPair(drawWord(key, i, 0), drawWord(key, i, 1));
      return { x, y: predict(form, parameters, x) * Math.exp(noise * z) };
    }),
  );
}

const logspace = (low: number, high: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => low * (high / low) ** (i / (n - 1)));
const one = (rows: Row[], form: FormName, bootstrap = 0, holdout = 3) => fitScaling(rows, { forms: [form], bootstrap, holdout }).forms[0]!;

/** A form, its parameters, and x that show all of them. */
const TRUTHS: [FormName, number[], number[]][] = [
  ['M1', [3, -0.7], logspace(10, 1e5, 12)],
  ['M2', [0.05, 2, -0.5], logspace(10, 1e5, 14)],
  ['M3', [4, 1e-3, 0.6], logspace(10, 1e5, 14)],
  ['M4', [0.05, 0.9, 0.8, 30, -0.7], logspace(3, 1e6, 24)],
  ['exponential', [0.02, 0.9, 0.004], logspace(20, 2000, 14)],
];

describe('fitScaling', () => {
  it.each(TRUTHS)('%s: finds planted parameters without noise', (form, parameters, xs) => {
    const found = one(planted(form, parameters, xs), form);
    for (const [k, name] of FORMS[form].parameters.entries()) expect(found.parameters![name]! / parameters[k]!).toBeCloseTo(1, 4);
    expect(found.identifiable).toBe(true);
    expect(found.extrapolationLoss!).toBeLessThan(1e-5);
  });

  it('chinchilla: finds planted parameters of two inputs, and holds out the largest x·d', () => {
    const parameters = [1.7, 400, 0.34, 410, 0.28];
    const rows = [1e6, 1e7, 1e8, 1e9].flatMap((x) =>
      [1e7, 1e8, 1e9, 1e10].map((d) => ({ x, d, y: predict('chinchilla', parameters, x, d) })),
    );
    const result = fitScaling(rows, { bootstrap: 20, holdout: 3 });
    for (const [k, name] of FORMS.chinchilla.parameters.entries())
      expect(result.forms[0]!.parameters![name]! / parameters[k]!).toBeCloseTo(1, 3);
    expect(result.holdout.x.at(-1)).toEqual([1e9, 1e10]);
    expect(result.comparison.verdict).toBe('undecided');
    expect(result.comparison.words).toContain('two inputs');
  });

  it('states losses that anybody can recompute from the parameters', () => {
    const rows = planted('M2', [0.05, 2, -0.5], logspace(10, 1e5, 12), 0.05);
    const { forms, holdout } = fitScaling(rows, { bootstrap: 0, holdout: 3 });
    expect(holdout.count).toBe(3);
    const written: Record<string, (p: Record<string, number>, x: number) => number> = {
      M1: (p, x) => p.beta! * x ** p.c!,
      M2: (p, x) => p.epsilonInf! + p.beta! * x ** p.c!,
      M3: (p, x) => p.beta! * (1 / x + p.gamma!) ** p.c!,
      exponential: (p, x) => p.epsilonInf! + p.a! * Math.exp(-p.b! * x),
      // By bisection of its equation, which rises in y.
      M4(p, x) {
        let [low, high] = [p.epsilonInf!, p.epsilon0!];
        for (let i = 0; i < 200; i++) {
          const y = (low + high) / 2;
          if (Math.log(y - p.epsilonInf!) - p.alpha! * Math.log(p.epsilon0! - y) > Math.log(p.beta!) + p.c! * Math.log(x)) high = y;
          else low = y;
        }
        return low;
      },
    };
    const last = rows.slice(-3);
    for (const { form, parameters, extrapolationLoss } of forms) {
      const sum = last.reduce((total, { x, y }) => total + Math.log(written[form]!(parameters!, x) / y) ** 2, 0);
      expect(Math.abs(extrapolationLoss! - Math.sqrt(sum / 3)), form).toBeLessThan(1e-7);
    }
  });

  it('finds no better fit of M2 and the exponential than a scan of the curved unknown finds', () => {
    for (const [form, seed] of [
      ['M2', 1],
      ['M2', 2],
      ['exponential', 3],
    ] as const) {
      const rows = planted(form, form === 'M2' ? [0.05, 2, -0.5] : [0.02, 0.9, 0.004], logspace(20, 2000, 12), 0.1, seed);
      const found = one(rows, form, 0, 0).fitLoss!;
      const u = rows.map(({ x }) => (form === 'M2' ? Math.log(x) : x));
      const least = Math.min(...rows.map(({ y }) => y));
      let best = Number.POSITIVE_INFINITY;
      // Floors below every y are scanned; for each, slopes are; the coefficient by a few Newton steps of its logarithm.
      for (let f = 0; f < 1; f += 0.02) {
        for (let s = 0; s < 200; s++) {
          const slope = form === 'M2' ? -2 * (s / 200) : -0.02 * (s / 200);
          let lnB = 0;
          const residuals = () => rows.map(({ y }, i) => Math.log(f * least + Math.exp(lnB + slope * u[i]!)) - Math.log(y));
          for (let k = 0; k < 30; k++) {
            const g = rows.map((_, i) => 1 - (f * least) / (f * least + Math.exp(lnB + slope * u[i]!)));
            const r = residuals();
            lnB -= r.reduce((t, v, i) => t + v * g[i]!, 0) / g.reduce((t, v) => t + v * v, 1e-12);
          }
          best = Math.min(best, Math.sqrt(residuals().reduce((t, v) => t + v * v, 0) / rows.length));
        }
      }
      expect(found).toBeLessThanOrEqual(best + 1e-9);
    }
  });

  it('covers the truth: 95 % intervals of c hold it in at least 50 of 60 data sets', () => {
    // By chance 49 or fewer of 60 at .95: less than one in 10,000; at .88, 13 %.
    for (const [form, parameters, xs, name, k] of [
      ['M1', [3, -0.7], logspace(10, 1e4, 10), 'c', 1],
      ['M2', [0.05, 2, -0.5], logspace(10, 1e5, 14), 'epsilonInf', 0],
    ] as const) {
      let inside = 0;
      for (let seed = 1; seed <= 60; seed++) {
        const [low, high] = one(planted(form, parameters, xs, 0.05, seed), form, 200, 0).intervals![name]!;
        if (low <= parameters[k] && parameters[k] <= high) inside++;
      }
      expect(inside, form).toBeGreaterThanOrEqual(50);
    }
  });

  it('resamples the rows of each x where every x has several, and covers', () => {
    const xs = logspace(10, 1e4, 6);
    let inside = 0;
    for (let seed = 1; seed <= 40; seed++) {
      const rows = planted('M1', [3, -0.7], xs, 0.1, seed, 4);
      const result = fitScaling(rows, { forms: ['M1'], bootstrap: 200, holdout: 0 });
      expect(result.bootstrap.over).toBe('rows of each x');
      const [low, high] = result.forms[0]!.intervals!.c!;
      if (low <= -0.7 && -0.7 <= high) inside++;
    }
    expect(inside).toBeGreaterThanOrEqual(33);
  });

  it('depends on seed and rows alone, not on their order', () => {
    const rows = planted('M2', [0.05, 2, -0.5], logspace(10, 1e5, 10), 0.05);
    const options = { bootstrap: 30, forms: ['M2', 'exponential'] as FormName[] };
    expect(fitScaling(rows, options)).toEqual(fitScaling(rows, options));
    const found = fitScaling(rows, options).forms[0]!.parameters!;
    const turned = fitScaling(rows.toReversed(), options).forms[0]!.parameters!;
    for (const name of Object.keys(found)) expect(turned[name]! / found[name]!).toBeCloseTo(1, 8);
    expect(fitScaling(rows, { ...options, seed: 2 }).forms[0]!.intervals).not.toEqual(fitScaling(rows, options).forms[0]!.intervals);
  });
});

describe('power law or exponential', () => {
  it('tells a power law and an exponential, with noise, and says undecided where nothing tells', () => {
    const verdict = (rows: Row[]) => fitScaling(rows, { forms: ['M1', 'M2', 'exponential'], bootstrap: 200, holdout: 3 }).comparison;
    const power = verdict(planted('M1', [3, -0.5], logspace(10, 1e4, 12), 0.03));
    expect(power.verdict).toBe('power-law');
    expect(power.words).toMatch(/^Power law: on the held-out rows M2/);
    expect(verdict(planted('exponential', [0, 2, 0.002], logspace(50, 3000, 12), 0.03)).verdict).toBe('exponential');
    expect(verdict(planted('M1', [3, -0.5], logspace(10, 15, 8), 0.2)).verdict).toBe('undecided');
    expect(verdict(planted('M1', [3, 0], logspace(10, 15, 8))).words).toContain('constant');
  });
});

describe('data that say little', () => {
  it('three x: two parameters are found, three leave nothing to judge, five are refused as not identifiable', () => {
    const { forms } = fitScaling(planted('M1', [2, -1], [1, 2, 4]), { holdout: 0, bootstrap: 50 });
    const [m1, m2, , m4] = forms;
    expect(m1!.parameters!.c).toBeCloseTo(-1, 6);
    expect(m2!.intervals).toBeNull();
    expect(m4!.parameters).toBeNull();
    expect(m4!.notes).toEqual(['not identifiable: 3 distinct x to fit, and 5 parameters']);
  });

  it('a constant y: M1 says c = 0, the others that they cannot tell', () => {
    const { forms, comparison } = fitScaling(planted('M1', [2, 0], logspace(1, 1000, 10)), { bootstrap: 20 });
    expect(forms[0]!.parameters!.c).toBeCloseTo(0, 12);
    for (const form of forms.slice(1)) expect([form.form, form.identifiable]).toEqual([form.form, false]);
    expect(comparison.verdict).toBe('undecided');
  });

  it('a pure power law: floors vanish and say so', () => {
    const { forms } = fitScaling(planted('M1', [2, -1], logspace(1, 1000, 12)), { bootstrap: 0, forms: ['M2', 'M3'] });
    expect(forms[0]!.parameters!.epsilonInf).toBe(0);
    expect(forms[0]!.notes[0]).toContain('epsilonInf is at its limit 0');
    expect(forms[1]!.parameters!.gamma).toBe(0);
  });

  it('refuses numbers without a logarithm, one x, and options out of range, naming them', () => {
    const good = planted('M1', [2, -1], [1, 2, 4, 8]);
    const refused = (rows: Row[], options = {}): string => {
      try {
        fitScaling(rows, options);
      } catch (error) {
        if (error instanceof InputError) return error.message;
        throw error;
      }
      return 'nothing';
    };
    expect(refused([...good, { x: 16, y: 0 }])).toMatch(/^row 5: got y = 0/);
    expect(refused([...good, { x: 16, y: -1 }])).toMatch(/^row 5: got y = -1/);
    expect(refused([{ x: 16, y: Number.NaN, at: 'a.csv line 3' }, ...good])).toMatch(/^a.csv line 3: got y = NaN/);
    expect(refused([...good, { x: 0, y: 1 }])).toMatch(/^row 5: got x = 0/);
    expect(refused([...good, { x: 0, y: 1 }], { forms: ['exponential'], holdout: 1, bootstrap: 0 })).toBe('nothing');
    expect(refused([good[0]!, good[0]!])).toMatch(/1 distinct x/);
    expect(refused([])).toMatch(/0 distinct x/);
    expect(refused(good, { holdout: 3 })).toMatch(/^--holdout: got 3 of 4/);
    for (const holdout of [-1, 1.5, Number.NaN]) expect(refused(good, { holdout })).toMatch(/^--holdout/);
    for (const bootstrap of [-1, 0.5, 1e9]) expect(refused(good, { bootstrap })).toMatch(/^--bootstrap/);
    expect(refused(good, { seed: -1 })).toMatch(/^--seed/);
    expect(refused(good, { forms: ['M9'] })).toMatch(/^--forms: got "M9"/);
    expect(refused(good, { forms: ['chinchilla'] })).toMatch(/second input/);
    expect(
      refused(
        good.map((row) => ({ ...row, d: 1 })),
        { forms: ['M1'] },
      ),
    ).toMatch(/^--forms: got "M1"/);
  });
});
