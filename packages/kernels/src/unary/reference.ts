import type { Attrs } from '../op.js';
import type { Reference } from '../reference.js';

/** erf in f64: its Taylor series near 0, the continued fraction of erfc beyond. */
export function erf(x: number): number {
  const a = Math.abs(x);
  if (a < 2.5) {
    let term = a;
    let sum = a;
    for (let n = 1; n < 80; n++) {
      term *= (-a * a) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  return Math.sign(x) * (1 - erfcTail(a));
}

/** 1 − erf(a) for a ≥ 2.5. */
export function erfcTail(a: number): number {
  let fraction = a;
  for (let k = 80; k > 0; k--) fraction = a + k / 2 / fraction;
  return Math.exp(-a * a) / (fraction * Math.sqrt(Math.PI));
}

const each =
  (f: (x: number, attrs: Attrs) => number): Reference =>
  ({ inputs, attrs }) => ({ y: inputs.x!.data.map((x) => f(x, attrs)) });

const normalCdf = (x: number): number => {
  const u = x / Math.SQRT2;
  return u < -2.5 ? erfcTail(-u) / 2 : (1 + erf(u)) / 2;
};

export const geluReference = each((x, { approximate }) =>
  approximate === 'tanh' ? (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))) : x * normalCdf(x),
);
export const tanhReference = each((x) => Math.tanh(x));
export const sigmoidReference = each((x) => 1 / (1 + Math.exp(-x)));
export const expReference = each((x) => Math.exp(x));
export const logReference = each((x) => Math.log(x));
export const negReference = each((x) => -x);
export const squareReference = each((x) => x * x);
export const sqrtReference = each((x) => Math.sqrt(x));
export const scaleReference = each((x, { factor, offset }) => (factor as number) * x + (offset as number));
