import { FLOORS, type Form, line, meanLog, range, STEEPEST, VANISHING } from '../problem.js';

/** M1, y = β·x^c: a straight line in log-log axes. */
export const M1: Form = {
  id: 'M1',
  formula: 'y = beta * x^c',
  inputs: 1,
  parameters: ['beta', 'c'],
  limits: [null, null],
  predict: ([beta, c], x) => beta! * x ** c!,
  problem({ x, lnY }) {
    const middle = meanLog(x);
    const u = x.map((value) => Math.log(value) - middle);
    return {
      low: [-1e4, -STEEPEST],
      high: [1e4, STEEPEST],
      starts: [line(u, lnY)],
      value([lnBeta, c], i, gradient) {
        gradient[0] = 1;
        gradient[1] = u[i]!;
        return lnBeta! + c! * u[i]!;
      },
      parameters: ([lnBeta, c]) => [Math.exp(lnBeta! - c! * middle), c!],
    };
  },
};

/** M2, y = ε∞ + β·x^c: what remains however large x is, is the floor ε∞ ≥ 0. β > 0. */
export const M2: Form = {
  id: 'M2',
  formula: 'y = epsilonInf + beta * x^c',
  inputs: 1,
  parameters: ['epsilonInf', 'beta', 'c'],
  limits: [0, null, null],
  predict: ([floor, beta, c], x) => floor! + beta! * x ** c!,
  problem({ x, lnY }) {
    const middle = meanLog(x);
    const u = x.map((value) => Math.log(value) - middle);
    const [least, most] = range(lnY);
    return {
      low: [least - VANISHING, least - VANISHING, -STEEPEST],
      high: [most + 1, most + VANISHING, STEEPEST],
      starts: FLOORS.map((share) => {
        const floor = share * Math.exp(least);
        const [lnBeta, c] = line(
          u,
          lnY.map((value) => Math.log(Math.exp(value) - floor * 0.999)),
        );
        return [Math.log(floor), lnBeta, c];
      }),
      value([lnFloor, lnBeta, c], i, gradient) {
        const floor = Math.exp(lnFloor!);
        const power = Math.exp(lnBeta! + c! * u[i]!);
        const y = floor + power;
        gradient[0] = floor / y;
        gradient[1] = power / y;
        gradient[2] = (power / y) * u[i]!;
        return Math.log(y);
      },
      parameters: ([lnFloor, lnBeta, c]) => [Math.exp(lnFloor!), Math.exp(lnBeta! - c! * middle), c!],
    };
  },
};

/** M3, y = β·(1/x + γ)^c, γ ≥ 0: falls as x^−c (c > 0 where y falls) until x is near 1/γ, then levels off at β·γ^c. */
export const M3: Form = {
  id: 'M3',
  formula: 'y = beta * (1/x + gamma)^c',
  inputs: 1,
  parameters: ['beta', 'gamma', 'c'],
  limits: [null, 0, null],
  predict: ([beta, gamma, c], x) => beta! * (1 / x + gamma!) ** c!,
  problem({ x, lnY }) {
    const scale = Math.exp(meanLog(x));
    const inverse = x.map((value) => scale / value);
    const [least, most] = range(inverse);
    return {
      low: [-1e4, Math.log(least) - VANISHING, -STEEPEST],
      high: [1e4, Math.log(most) + 10, STEEPEST],
      starts: [1e-3 * least, 0.3 * least, least, Math.sqrt(least * most), most].map((gamma) => {
        const [lnBeta, c] = line(
          inverse.map((value) => Math.log(value + gamma)),
          lnY,
        );
        return [lnBeta, Math.log(gamma), c];
      }),
      value([lnBeta, lnGamma, c], i, gradient) {
        const gamma = Math.exp(lnGamma!);
        const base = inverse[i]! + gamma;
        const lnBase = Math.log(base);
        gradient[0] = 1;
        gradient[1] = (c! * gamma) / base;
        gradient[2] = lnBase;
        return lnBeta! + c! * lnBase;
      },
      parameters: ([lnBeta, lnGamma, c]) => [Math.exp(lnBeta! + c! * Math.log(scale)), Math.exp(lnGamma!) / scale, c!],
    };
  },
};
