import type { Problem } from './problem.js';

/** Solves A·s = b for a symmetric positive definite A (row-major, n × n); null where it is not. */
export function cholesky(matrix: Float64Array, b: Float64Array, n: number): Float64Array | null {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i === j) {
        if (!(sum > 0)) return null;
        l[i * n + i] = Math.sqrt(sum);
      } else l[i * n + j] = sum / l[j * n + j]!;
    }
  }
  const s = Float64Array.from(b);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) s[i] = s[i]! - l[i * n + k]! * s[k]!;
    s[i] = s[i]! / l[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) s[i] = s[i]! - l[k * n + i]! * s[k]!;
    s[i] = s[i]! / l[i * n + i]!;
  }
  return s;
}

export interface Minimum {
  readonly theta: number[];
  /** Σ weight · (ln ŷ − ln y)² at θ. */
  readonly objective: number;
}

/** How long to look: iterations at most, and the share of the objective that one must still gain. */
export interface Effort {
  readonly iterations: number;
  readonly gain: number;
}

/** For the fit itself, and for a resample's, whose own spread is far above a part in a million. */
export const THOROUGH: Effort = { iterations: 300, gain: 1e-13 };
export const QUICK: Effort = { iterations: 40, gain: 1e-6 };

/**
 * Levenberg and Marquardt's damped least squares in a box: minimises Σ weight·(ln ŷ − target)² over θ. The damping is scaled by each
 * unknown's own curvature (Marquardt 1963); an unknown at the side of the box that the gradient pushes through rests there for that step.
 */
export function minimise(
  problem: Problem,
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
  start: readonly number[],
  effort: Effort = THOROUGH,
): Minimum {
  const { low, high } = problem;
  const n = start.length;
  const gradient = new Float64Array(n);
  const clamp = (value: number, k: number): number => Math.min(high[k]!, Math.max(low[k]!, value));
  const objectiveAt = (theta: readonly number[]): number => {
    let sum = 0;
    for (let i = 0; i < targets.length; i++) {
      if (weights[i] === 0) continue;
      sum += weights[i]! * (problem.value(theta, i, gradient) - targets[i]!) ** 2;
    }
    return Number.isNaN(sum) ? Number.POSITIVE_INFINITY : sum;
  };

  let theta = start.map(clamp);
  let objective = objectiveAt(theta);
  let damping = 1e-3;
  for (let iteration = 0; iteration < effort.iterations && objective > 0; iteration++) {
    const curvature = new Float64Array(n * n);
    const descent = new Float64Array(n);
    for (let i = 0; i < targets.length; i++) {
      if (weights[i] === 0) continue;
      const residual = targets[i]! - problem.value(theta, i, gradient);
      for (let k = 0; k < n; k++) {
        const weighted = weights[i]! * gradient[k]!;
        descent[k] = descent[k]! + weighted * residual;
        for (let j = 0; j <= k; j++) curvature[k * n + j] = curvature[k * n + j]! + weighted * gradient[j]!;
      }
    }
    const free = theta.flatMap((value, k) => {
      const out = (value <= low[k]! && descent[k]! <= 0) || (value >= high[k]! && descent[k]! >= 0);
      return out || !(curvature[k * n + k]! > 1e-300) ? [] : [k];
    });
    if (free.length === 0) break;
    const m = free.length;
    let better: Minimum | null = null;
    while (damping < 1e12) {
      const damped = new Float64Array(m * m);
      for (let a = 0; a < m; a++) {
        for (let b = 0; b <= a; b++) damped[a * m + b] = curvature[free[a]! * n + free[b]!]!;
        damped[a * m + a] = damped[a * m + a]! * (1 + damping);
      }
      const step = cholesky(
        damped,
        Float64Array.from(free, (k) => descent[k]!),
        m,
      );
      if (step) {
        const tried = [...theta];
        for (let a = 0; a < m; a++) tried[free[a]!] = clamp(theta[free[a]!]! + step[a]!, free[a]!);
        const reached = objectiveAt(tried);
        if (reached < objective) {
          better = { theta: tried, objective: reached };
          break;
        }
      }
      damping *= 4;
    }
    if (!better) break;
    const gain = (objective - better.objective) / objective;
    ({ theta, objective } = better);
    damping = Math.max(damping / 9, 1e-12);
    if (gain < effort.gain) break;
  }
  return { theta, objective };
}

/** The best end of several starts. */
export function minimiseFrom(
  problem: Problem,
  targets: ArrayLike<number>,
  weights: ArrayLike<number>,
  starts: readonly (readonly number[])[],
  effort: Effort = THOROUGH,
): Minimum {
  const ends = starts.map((start) => minimise(problem, targets, weights, start, effort));
  return ends.reduce((a, b) => (b.objective < a.objective ? b : a));
}

/**
 * Whether the data fix every unknown at θ: the smallest pivot of JᵀJ with columns of length 1, 1 where they are orthogonal, 0 where one
 * depends on the others. `held` unknowns are at a limit, and left out.
 */
export function smallestPivot(problem: Problem, weights: ArrayLike<number>, theta: readonly number[], held: readonly boolean[]): number {
  const kept = theta.flatMap((_, k) => (held[k] ? [] : [k]));
  const m = kept.length;
  const gram = new Float64Array(m * m);
  const gradient = new Float64Array(theta.length);
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue;
    problem.value(theta, i, gradient);
    for (let a = 0; a < m; a++) {
      for (let b = 0; b < m; b++) gram[a * m + b] = gram[a * m + b]! + weights[i]! * gradient[kept[a]!]! * gradient[kept[b]!]!;
    }
  }
  const size = kept.map((_, a) => Math.sqrt(gram[a * m + a]!));
  if (size.some((value) => !(value > 1e-12))) return 0;
  for (let a = 0; a < m; a++) for (let b = 0; b < m; b++) gram[a * m + b] = gram[a * m + b]! / (size[a]! * size[b]!);
  // Elimination with the largest remaining pivot first, so that the last one tells.
  const left = kept.map((_, a) => a);
  let smallest = 1;
  while (left.length > 0) {
    const p = left.reduce((a, b) => (gram[b * m + b]! > gram[a * m + a]! ? b : a));
    const pivot = gram[p * m + p]!;
    smallest = Math.min(smallest, pivot);
    if (!(pivot > 0)) return 0;
    left.splice(left.indexOf(p), 1);
    for (const a of left) for (const b of left) gram[a * m + b] = gram[a * m + b]! - (gram[a * m + p]! * gram[p * m + b]!) / pivot;
  }
  return smallest;
}
