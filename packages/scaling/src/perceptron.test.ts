import { envelope, pruneTheory } from '@kindling/pruning';
import { describe, expect, it } from 'vitest';
import { fitScaling } from './scaling.js';

const logspace = (low: number, high: number, n: number): number[] =>
  Array.from({ length: n }, (_, i) => low * (high / low) ** (i / (n - 1)));

describe('the perceptron’s exponents', () => {
  it('without pruning α·error tends to .50049: M1 finds β and an exponent of −1 at large α, and it foretells', () => {
    const rows = logspace(200, 20_000, 9).map((x) => ({ x, y: pruneTheory({ alpha: x, keepFraction: 1, keep: 'random' }).error }));
    const [m1] = fitScaling(rows, { forms: ['M1'], holdout: 3, bootstrap: 100 }).forms;
    expect(Math.abs(m1!.parameters!.c! + 1)).toBeLessThan(0.003);
    expect(Math.abs(m1!.parameters!.beta! - 0.50049)).toBeLessThan(0.01);
    expect(m1!.extrapolationLoss!).toBeLessThan(0.01);
  });

  it('at small α M3, a power of 1/x + γ, foretells where a pure power does not', () => {
    const rows = logspace(1, 100, 12).map((x) => ({ x, y: pruneTheory({ alpha: x, keepFraction: 1, keep: 'random' }).error }));
    const { forms, comparison } = fitScaling(rows, { holdout: 4, bootstrap: 100 });
    expect(forms.find(({ form }) => form === 'M1')!.extrapolationLoss!).toBeGreaterThan(0.1);
    expect(comparison.verdict).toBe('power-law');
  });

  it('with the best share kept the error falls ever steeper, where without pruning it does not pass −1', () => {
    const kept = logspace(0.5, 3, 9);
    const points = envelope(kept, logspace(0.02, 1, 14));
    const exponent = (from: number, y: 'error' | 'unpruned'): number =>
      fitScaling(
        points.slice(from, from + 3).map((point) => ({ x: point.kept, y: point[y] })),
        { forms: ['M1'], holdout: 0, bootstrap: 0 },
      ).forms[0]!.parameters!.c!;
    const [early, middle, late] = [0, 3, 6].map((from) => exponent(from, 'error'));
    expect(middle!).toBeLessThan(early! - 0.1);
    expect(late!).toBeLessThan(middle! - 0.5);
    expect(late!).toBeLessThan(-1.5);
    for (const from of [0, 3, 6]) expect(exponent(from, 'unpruned')).toBeGreaterThan(-1);
  });
});
