import { density, type Hinge, hinge, quantile } from './normal.js';
import { aroundStep, eachNode } from './quadrature.js';

/** Which examples stay: the smallest |probe·x|, the largest, or a share of all. */
export type Keep = 'hard' | 'easy' | 'random';

/** Beyond this a normal field has less than 1e-33 of its mass. */
export const FAR = 12;

/** What remains of |z|, the absolute field of the probe, when a share f of the examples is kept: an interval. */
export function keptInterval(keep: Keep, fraction: number): readonly [number, number] {
  if (keep === 'random' || fraction === 1) return [0, Number.POSITIVE_INFINITY];
  // Φ⁻¹ of a small tail keeps its digits: γ of hard is −Φ⁻¹((1 − f)/2), that of easy −Φ⁻¹(f/2).
  return keep === 'hard' ? [0, -quantile((1 - fraction) / 2)] : [-quantile(fraction / 2), Number.POSITIVE_INFINITY];
}

/** Density of |z| on its interval is 2φ(z)/share. */
export const shareOf = (keep: Keep, fraction: number): number => (keep === 'random' ? 1 : fraction);

/** The saddle point of one setting. `angle`: between student and teacher, radians; the margin is in units of a unit vector's field. */
export interface Saddle {
  readonly angle: number;
  readonly kappa: number;
}

interface Terms {
  value: number;
  byKappa: number;
  byAngle: number;
}

/**
 * F(ε, κ) = α·E_z[M(κ − z·cos ε, sin ε)] − sin² ε and its derivatives; M is the second moment of a hinge. z is the teacher's field where the
 * probe is the teacher. F = 0 gives the largest margin that a student at angle ε reaches (Gardner 1988; with pruning Sorscher et al. 2022).
 */
function terms(alpha: number, interval: readonly [number, number], share: number, angle: number, kappa: number, out: Terms): void {
  const [R, s] = [Math.cos(angle), Math.sin(angle)];
  const moments: Hinge = { share: 0, first: 0, second: 0 };
  let [value, byKappa, byAngle] = [0, 0, 0];
  const [low, high] = [interval[0], Math.min(interval[1], Math.max(FAR, interval[0] + FAR))];
  eachNode(low, high, aroundStep(kappa / R, s / R), 0.75, (z, weight) => {
    hinge(kappa - R * z, s, moments);
    const w = (weight * 2 * density(z)) / share;
    value += w * moments.second;
    byKappa += w * 2 * moments.first;
    // d/dε of a = κ − z·cos ε is z·sin ε; of s is cos ε, and ∂M/∂s = 2sΦ.
    byAngle += w * (2 * moments.first * z * s + 2 * s * moments.share * R);
  });
  out.value = alpha * value - s * s;
  out.byKappa = alpha * byKappa;
  out.byAngle = alpha * byAngle - 2 * s * R;
}

/** The margin at which F = 0, by Newton's method from below's far side: F is convex and rises with κ, so steps from above never overshoot. */
export function marginWhere(evaluate: (kappa: number) => { value: number; byKappa: number }, from: number): number {
  let kappa = from;
  let step = 1;
  while (evaluate(kappa).value < 0) {
    kappa += step;
    step *= 2;
  }
  for (let i = 0; i < 200; i++) {
    const { value, byKappa } = evaluate(kappa);
    const move = value / byKappa;
    kappa -= move;
    if (Math.abs(move) < 1e-14 * Math.max(1, Math.abs(kappa))) break;
  }
  return kappa;
}

/** Steps of the scan for the first bracket over log ε. */
const SCAN = 48;

/** Largest margin of a student trained on what a perfect probe keeps: the angle at which dκ/dε = 0, bracketed on a logarithmic grid and bisected. */
export function solvePerfect(alphaTotal: number, fraction: number, keep: Keep): Saddle {
  const alpha = alphaTotal * fraction;
  const interval = keptInterval(keep, fraction);
  const share = shareOf(keep, fraction);
  const out: Terms = { value: 0, byKappa: 0, byAngle: 0 };
  let kappa = 0;
  const slope = (angle: number): number => {
    kappa = marginWhere((at) => {
      terms(alpha, interval, share, angle, at, out);
      return out;
    }, 0);
    terms(alpha, interval, share, angle, kappa, out);
    return out.byAngle;
  };
  // κ rises with ε while ∂F/∂ε < 0. From a right angle downwards: the last sign change from there.
  const top = Math.PI / 2 - 1e-9;
  const bottom = 1e-9;
  let high = top;
  for (let i = 1; i <= SCAN; i++) {
    const low = top * (bottom / top) ** (i / SCAN);
    if (slope(low) < 0) {
      let [a, b] = [low, high];
      for (let step = 0; step < 80 && b - a > 1e-13 * b; step++) {
        const middle = (a + b) / 2;
        if (slope(middle) < 0) a = middle;
        else b = middle;
      }
      slope((a + b) / 2);
      return { angle: (a + b) / 2, kappa };
    }
    high = low;
  }
  return { angle: bottom, kappa };
}
