// Upper-tail probabilities of the statistics that the layout tests use. Each is accurate far into both tails, where Bonferroni looks.
import { gammaUpper } from '../../tails.js';

export { chiSquareTail, gammaUpper, kolmogorovDistance, kolmogorovTail } from '../../tails.js';

/** P(standard normal > z), infinities included. */
export function normalTail(z: number): number {
  if (Math.abs(z) === Infinity) return z > 0 ? 0 : 1;
  const tail = 0.5 * gammaUpper(0.5, (z * z) / 2);
  return z >= 0 ? tail : 1 - tail;
}

/** P(Poisson(mean) > count) + P(= count) / 2: the half makes it symmetric, so that no count has probability 1. */
export function poissonTail(count: number, mean: number): number {
  const atLeast = (n: number): number => (n <= 0 ? 1 : 1 - gammaUpper(n, mean));
  return (atLeast(count) + atLeast(count + 1)) / 2;
}
