import { InputError } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { cdf, quantile } from './normal.js';
import type { Keep } from './perfect.js';
import { gaussLegendre } from './quadrature.js';
import { crossover, envelope, pruneTheory, smallestFraction } from './theory.js';

// α_tot, f, then the errors of hard, easy and random, computed elsewhere (specification of this project, "values to reproduce").
const TABLE: readonly [number, number, number, number, number][] = [
  [0.5, 1, 0.32885, 0.32885, 0.32885],
  [0.5, 0.6, 0.42123, 0.31135, 0.36513],
  [0.5, 0.22, 0.4845, 0.33124, 0.41664],
  [2, 1, 0.18848, 0.18848, 0.18848],
  [2, 0.6, 0.26126, 0.17871, 0.2464],
  [2, 0.22, 0.46199, 0.21197, 0.33869],
  [8, 1, 0.0609, 0.0609, 0.0609],
  [8, 0.6, 0.06091, 0.06414, 0.09725],
  [8, 0.22, 0.19421, 0.09475, 0.20325],
];

describe('normal', () => {
  it('gives the distribution function to fifteen decimals, and its far tail to eight digits', () => {
    // mpmath: Φ(−6), Φ(−1), Φ(.5), Φ(3).
    const known: [number, number][] = [
      [-6, 9.865876450376946e-10],
      [-1, 0.15865525393145707],
      [0.5, 0.6914624612740131],
      [3, 0.9986501019683699],
    ];
    for (const [x, value] of known) {
      expect(Math.abs(cdf(x) - value)).toBeLessThan(1e-15);
      expect(Math.abs(cdf(x) / value - 1)).toBeLessThan(1e-8);
    }
    expect(cdf(-8) / 6.220960574271785e-16).toBeCloseTo(1, 7);
    for (const p of [1e-12, 0.001, 0.3, 0.5, 0.97]) expect(cdf(quantile(p)) / p).toBeCloseTo(1, 12);
  });

  it('integrates polynomials of degree 2n − 1 exactly', () => {
    const { nodes, weights } = gaussLegendre(12);
    const integral = nodes.reduce((sum, x, i) => sum + weights[i]! * x ** 22, 0);
    expect(integral).toBeCloseTo(2 / 23, 14);
  });
});

describe('pruneTheory', () => {
  it.each(TABLE)('α_tot = %s, f = %s: hard %s, easy %s, random %s', (alpha, keepFraction, ...errors) => {
    (['hard', 'easy', 'random'] as Keep[]).forEach((keep, i) => {
      expect(Math.abs(pruneTheory({ alpha, keepFraction, keep }).error - errors[i]!)).toBeLessThan(1.1e-5);
    });
  });

  it('solves imperfect probes', () => {
    expect(pruneTheory({ alpha: 4, keepFraction: 0.6, keep: 'hard', angle: 20 }).error).toBeCloseTo(0.13581, 5);
    expect(pruneTheory({ alpha: 4, keepFraction: 0.22, keep: 'easy', angle: 40 }).error).toBeCloseTo(0.26118, 5);
  });

  // Found by climbing with differences for second derivatives, before Newton's method on the conditions themselves replaced it.
  it.each([
    [60, 0.1, 'easy', 40, 0.202825816],
    [900, 0.01, 'easy', 20, 0.111956488],
    [900, 0.01, 'hard', 20, 0.38756025],
    [60, 0.1, 'hard', 80, 0.09258129],
    [8, 0.05, 'hard', 1, 0.491697052],
  ] as const)('solves α_tot = %s, f = %s, %s, %s°: %s', (alpha, keepFraction, keep, angle, error) => {
    expect(Math.abs(pruneTheory({ alpha, keepFraction, keep, angle }).error - error)).toBeLessThan(1e-8);
  });

  it('joins both solvers: a probe that is off by .01° is a perfect one, one that keeps all is none', () => {
    for (const keep of ['hard', 'easy'] as const) {
      const perfect = pruneTheory({ alpha: 3, keepFraction: 0.5, keep });
      const nearly = pruneTheory({ alpha: 3, keepFraction: 0.5, keep, angle: 0.01 });
      expect(nearly.error).toBeCloseTo(perfect.error, 5);
      expect(nearly.kappa).toBeCloseTo(perfect.kappa, 5);
      const all = pruneTheory({ alpha: 3, keepFraction: 0.9999, keep, angle: 30 });
      expect(all.error).toBeCloseTo(pruneTheory({ alpha: 3, keepFraction: 1, keep }).error, 3);
    }
  });

  it('takes a probe for its opposite', () => {
    const [a, b] = [60, 120].map((angle) => pruneTheory({ alpha: 4, keepFraction: 0.6, keep: 'hard', angle }));
    expect(b!.error).toBe(a!.error);
    expect(b!.rho).toBe(-a!.rho!);
  });

  it('falls with unlimited data as the check values say', () => {
    const errors = [1.9, 2.0, 2.1, 2.5].map((kept) => pruneTheory({ alpha: kept / 0.01, keepFraction: 0.01, keep: 'hard' }).error);
    [0.439, 0.035, 0.0052, 0.0024].forEach((value, i) => {
      expect(Math.abs(errors[i]! / value - 1)).toBeLessThan(0.02);
    });
    expect(1e4 * pruneTheory({ alpha: 1e4, keepFraction: 1, keep: 'random' }).error).toBeCloseTo(0.50049, 4);
  });

  it.each([
    [{ alpha: 0, keepFraction: 0.5, keep: 'hard' }, /alpha: got 0/],
    [{ alpha: 2, keepFraction: 1.2, keep: 'hard' }, /keepFraction: got 1.2/],
    [{ alpha: 2, keepFraction: 0.5, keep: 'best' }, /keep: got "best"; expected hard, easy, random/],
    [{ alpha: 2, keepFraction: 0.5, keep: 'easy', angle: 200 }, /angle: got 200/],
    [{ alpha: Number.NaN, keepFraction: 0.5, keep: 'easy' }, /alpha: got NaN/],
  ])('refuses %o', (setting, message) => {
    const call = (): unknown => pruneTheory(setting as Parameters<typeof pruneTheory>[0]);
    expect(call).toThrow(InputError);
    expect(call).toThrow(message);
  });
});

describe('what follows from it', () => {
  it('finds the crossovers', () => {
    expect(crossover(0.6, ['hard', 'easy'])).toBeCloseTo(4.933, 2);
    expect(crossover(0.36, ['hard', 'easy'])).toBeCloseTo(6.22, 2);
    expect(crossover(0.6, ['hard', 'random'])).toBeCloseTo(2.253, 2);
    expect(crossover(0.36, ['hard', 'random'])).toBeCloseTo(4.425, 2);
  });

  it('finds the smallest share that costs 1 %', () => {
    for (const [alpha, fraction] of [
      [8, 0.426],
      [32, 0.116],
      [128, 0.0291],
    ] as const) {
      expect(Math.abs(smallestFraction(alpha) / fraction - 1)).toBeLessThan(0.01);
    }
  });

  it('has an envelope that prunes more the more there is to choose from', () => {
    const points = envelope([0.5, 2, 4], [1, 0.6, 0.36, 0.2, 0.1]);
    expect(points.map(({ fraction }) => fraction)).toEqual([1, 0.1, 0.1]);
    for (const { error, unpruned } of points) expect(error).toBeLessThanOrEqual(unpruned + 1e-12);
  });
});
