import { type Form, line, meanLog, range, STEEPEST, VANISHING } from '../problem.js';

/** ln σ(u) of the logistic function, exact at both ends. */
const lnSigma = (u: number): number => (u > 0 ? -Math.log1p(Math.exp(-u)) : u - Math.log1p(Math.exp(u)));
const sigma = (u: number): number => Math.exp(lnSigma(u));

/** The u with ln σ(u) − α·ln σ(−u) = target: rising in u with a slope between min(1, α) and max(1, α), so Newton within a bracket. */
function solveLogit(alpha: number, target: number): number {
  // For u < 0 the first term rules, for u > 0 the second.
  let u = target < 0 ? target : target / alpha;
  let [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < 100; i++) {
    const miss = lnSigma(u) - alpha * lnSigma(-u) - target;
    if (miss > 0) high = u;
    else low = u;
    let next = u - miss / (sigma(-u) + alpha * sigma(u));
    if (!(next > low && next < high)) next = Number.isFinite(low + high) ? (low + high) / 2 : next;
    if (Math.abs(next - u) <= 1e-14 * (1 + Math.abs(u))) return next;
    u = next;
  }
  return u;
}

/**
 * M4, (y − ε∞)/(ε0 − y)^α = β·x^c with ε∞ ≤ y < ε0 and α > 0 (Alabdulmohsin et al. 2022): between the error ε0 of guessing at small x and
 * the floor ε∞ at large x. ŷ is the one y that solves it; with y = ε∞ + (ε0 − ε∞)·σ(u) the left side rises with u from 0 to infinity.
 */
export const M4: Form = {
  id: 'M4',
  formula: '(y - epsilonInf) / (epsilon0 - y)^alpha = beta * x^c, solved for y',
  inputs: 1,
  parameters: ['epsilonInf', 'epsilon0', 'alpha', 'beta', 'c'],
  limits: [0, null, null, null, null],
  predict([floor, top, alpha, beta, c], x) {
    const width = top! - floor!;
    const u = solveLogit(alpha!, Math.log(beta!) + c! * Math.log(x) - (1 - alpha!) * Math.log(width));
    return floor! + width * sigma(u);
  },
  problem({ x, lnY }) {
    const middle = meanLog(x);
    const lnX = x.map((value) => Math.log(value) - middle);
    const [least, most] = range(lnY);
    const y = lnY.map(Math.exp);
    const starts = [1e-4, 0.7].flatMap((share) =>
      [1.02, 1.5, 6].flatMap((above) =>
        [0.5, 1.5].map((alpha) => {
          const [floor, top] = [share * Math.exp(least), above * Math.exp(most)];
          const [lnBeta, c] = line(
            lnX,
            y.map((value) => Math.log(value - floor * 0.999) - alpha * Math.log(top - value)),
          );
          return [Math.log(floor), Math.log(top - floor), Math.log(alpha), lnBeta, c];
        }),
      ),
    );
    return {
      low: [least - VANISHING, least - 5, -6, -1e3, -STEEPEST],
      high: [most + 1, most + 8, 4, 1e3, STEEPEST],
      starts,
      value([lnFloor, lnWidth, lnAlpha, lnBeta, c], i, gradient) {
        const [floor, width, alpha] = [Math.exp(lnFloor!), Math.exp(lnWidth!), Math.exp(lnAlpha!)];
        const u = solveLogit(alpha, lnBeta! + c! * lnX[i]! - (1 - alpha) * lnWidth!);
        const [up, down] = [sigma(u), sigma(-u)];
        const value = floor + width * up;
        const slope = down + alpha * up;
        // dy/du, and through the equation du by each unknown.
        const by = (width * up * down) / slope / value;
        gradient[0] = floor / value;
        gradient[1] = (width * up) / value - by * (1 - alpha);
        gradient[2] = by * alpha * (lnWidth! + lnSigma(-u));
        gradient[3] = by;
        gradient[4] = by * lnX[i]!;
        return Math.log(value);
      },
      parameters([lnFloor, lnWidth, lnAlpha, lnBeta, c]) {
        const floor = Math.exp(lnFloor!);
        return [floor, floor + Math.exp(lnWidth!), Math.exp(lnAlpha!), Math.exp(lnBeta! - c! * middle), c!];
      },
    };
  },
};
