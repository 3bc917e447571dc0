import { InputError } from '@kindling/core';
import { solveImperfect } from './imperfect.js';
import { type Keep, solvePerfect } from './perfect.js';

/** One setting of the teacher–student perceptron with pruning. */
export interface TheorySetting {
  /** α_tot: examples before pruning by dimension, above 0. */
  readonly alpha: number;
  /** f: share of the examples that is kept, above 0 and at most 1. */
  readonly keepFraction: number;
  /** `hard` keeps the smallest |J_probe·x|, `easy` the largest. */
  readonly keep: Keep;
  /** θ: angle between probe and teacher in degrees, 0 to 180; 0 by default. No matter to `random`. */
  readonly angle?: number;
}

/** What the theory says of it in the limit of many dimensions. */
export interface TheoryResult {
  /** Share of new examples that the student misclassifies: arccos(R)/π. */
  readonly error: number;
  /** Overlap of student and teacher, both unit vectors. */
  readonly R: number;
  /** Margin y·J·x of the max-margin student J, |J| = 1. */
  readonly kappa: number;
  /** Overlap of student and probe; null where there is no probe (`random`). */
  readonly rho: number | null;
}

const KEEPS: readonly Keep[] = ['hard', 'easy', 'random'];
/** What was tried: outside of it the solver may be right, and nobody has looked. */
const LIMITS = { alpha: [1e-3, 1e6], keepFraction: [1e-4, 1] } as const;

function check({ alpha, keepFraction, keep, angle = 0 }: TheorySetting): void {
  const refuse = (subject: string, got: unknown, expected: string, next: string): never => {
    throw new InputError({ subject, got: String(got), expected, next });
  };
  const [[least, most], [smallest, largest]] = [LIMITS.alpha, LIMITS.keepFraction];
  if (!(alpha >= least && alpha <= most))
    refuse('alpha', alpha, `a number from ${least} to ${most}`, 'give examples by dimension before pruning, e.g. 2');
  if (!(keepFraction >= smallest && keepFraction <= largest)) {
    refuse('keepFraction', keepFraction, `a share from ${smallest} to ${largest}`, 'give the share of examples that stays, e.g. 0.6');
  }
  if (!KEEPS.includes(keep)) refuse('keep', JSON.stringify(keep), KEEPS.join(', '), 'choose one of them');
  if (!(angle >= 0 && angle <= 180)) refuse('angle', angle, 'degrees from 0 to 180', 'give the angle between probe and teacher, e.g. 20');
}

/**
 * Generalisation error of the max-margin perceptron after pruning, as dimension and examples go to infinity at a fixed ratio (Sorscher et al.
 * 2022, "Beyond neural scaling laws"; the perfect probe is θ = 0). Good to some 1e-6.
 * @throws InputError outside the limits of alpha and keepFraction
 */
export function pruneTheory(setting: TheorySetting): TheoryResult {
  check(setting);
  const { alpha, keepFraction, keep, angle = 0 } = setting;
  // |J_probe·x| does not tell a probe from its opposite. All kept: nothing is left of the probe.
  const theta = (Math.min(angle, 180 - angle) * Math.PI) / 180;
  const result = (student: number, kappa: number, rho: number | null): TheoryResult => ({
    error: student / Math.PI,
    R: Math.cos(student),
    kappa,
    rho,
  });
  if (keep === 'random') {
    const { angle: student, kappa } = solvePerfect(alpha, keepFraction, 'random');
    return result(student, kappa, null);
  }
  if (keepFraction === 1 || theta === 0) {
    const { angle: student, kappa } = solvePerfect(alpha, keepFraction, keep);
    return result(student, kappa, Math.cos(student) * Math.cos((angle * Math.PI) / 180));
  }
  const { angle: student, kappa, rho } = solveImperfect(alpha, keepFraction, keep, theta);
  return result(student, kappa, angle > 90 ? -rho : rho);
}

/** Bisects the logarithm of x for a sign change of f between low and high; null where there is none. */
function signChange(f: (x: number) => number, low: number, high: number): number | null {
  let [a, b] = [Math.log(low), Math.log(high)];
  const atLow = f(low);
  if (atLow * f(high) > 0) return null;
  for (let i = 0; i < 60 && b - a > 1e-8; i++) {
    const middle = (a + b) / 2;
    if (f(Math.exp(middle)) * atLow > 0) a = middle;
    else b = middle;
  }
  return Math.exp((a + b) / 2);
}

/** The α_tot at which two ways of keeping the same share have the same error, between 0.05 and 1000; null where they never have. */
export function crossover(keepFraction: number, pair: readonly [Keep, Keep], angle = 0): number | null {
  const error = (alpha: number, keep: Keep): number => pruneTheory({ alpha, keepFraction, keep, angle }).error;
  return signChange((alpha) => error(alpha, pair[0]) - error(alpha, pair[1]), 0.05, 1000);
}

/** The smallest share whose error is within `tolerance` (a share, .01 by default) of the error with all data, keeping `keep`. */
export function smallestFraction(alpha: number, keep: Keep = 'hard', tolerance = 0.01, angle = 0): number {
  const full = pruneTheory({ alpha, keepFraction: 1, keep, angle }).error * (1 + tolerance);
  const over = (keepFraction: number): number => pruneTheory({ alpha, keepFraction, keep, angle }).error - full;
  return signChange(over, LIMITS.keepFraction[0], 1) ?? 1;
}

/** A point of the Pareto envelope: the best share to keep where `kept` examples by dimension are trained on. */
export interface EnvelopePoint {
  readonly kept: number;
  readonly fraction: number;
  readonly error: number;
  /** Error of as many examples without pruning. */
  readonly unpruned: number;
}

/** For each number of kept examples by dimension the share f (so α_tot = kept/f) with the smallest error. */
export function envelope(kept: readonly number[], fractions: readonly number[], keep: Keep = 'hard', angle = 0): EnvelopePoint[] {
  return kept.map((alpha) => {
    const tried = fractions.map((fraction) => ({
      fraction,
      error: pruneTheory({ alpha: alpha / fraction, keepFraction: fraction, keep, angle }).error,
    }));
    const best = tried.reduce((a, b) => (b.error < a.error ? b : a));
    return { kept: alpha, ...best, unpruned: pruneTheory({ alpha, keepFraction: 1, keep: 'random' }).error };
  });
}
