import { type Form, meanLog, range, VANISHING } from '../problem.js';

/**
 * L = E + A/N^a + B/D^b of two inputs, E ≥ 0, the others above 0 (Hoffmann et al. 2022): x is N, the model's parameters; d is D, the
 * examples or tokens trained on.
 */
export const chinchilla: Form = {
  id: 'chinchilla',
  formula: 'y = E + A / x^a + B / d^b',
  inputs: 2,
  parameters: ['E', 'A', 'a', 'B', 'b'],
  limits: [0, null, null, null, null],
  predict: ([e, a, exponentA, b, exponentB], x, d) => e! + a! * x ** -exponentA! + b! * d ** -exponentB!,
  problem({ x, d, lnY }) {
    const [middleX, middleD] = [meanLog(x), meanLog(d)];
    const u = x.map((value) => Math.log(value) - middleX);
    const v = d.map((value) => Math.log(value) - middleD);
    const [least, most] = range(lnY);
    const middle = (least + most) / 2;
    const shares = [
      [0.05, 0.5, 0.5],
      [0.5, 0.3, 0.3],
      [0.9, 0.1, 0.1],
      [0.5, 0.5, 0.05],
      [0.5, 0.05, 0.5],
    ];
    return {
      low: [least - VANISHING, least - VANISHING, Math.log(1e-3), least - VANISHING, Math.log(1e-3)],
      high: [most + 1, most + VANISHING, Math.log(30), most + VANISHING, Math.log(30)],
      starts: shares.flatMap(([e, a, b]) =>
        [0.2, 0.5, 1.2].map((power) => [
          Math.log(e!) + least,
          Math.log(a!) + middle,
          Math.log(power),
          Math.log(b!) + middle,
          Math.log(power),
        ]),
      ),
      value([lnE, lnA, lnPowerA, lnB, lnPowerB], i, gradient) {
        const [powerA, powerB] = [Math.exp(lnPowerA!), Math.exp(lnPowerB!)];
        const e = Math.exp(lnE!);
        const byX = Math.exp(lnA! - powerA * u[i]!);
        const byD = Math.exp(lnB! - powerB * v[i]!);
        const y = e + byX + byD;
        gradient[0] = e / y;
        gradient[1] = byX / y;
        gradient[2] = (-byX / y) * powerA * u[i]!;
        gradient[3] = byD / y;
        gradient[4] = (-byD / y) * powerB * v[i]!;
        return Math.log(y);
      },
      parameters([lnE, lnA, lnPowerA, lnB, lnPowerB]) {
        const [powerA, powerB] = [Math.exp(lnPowerA!), Math.exp(lnPowerB!)];
        return [Math.exp(lnE!), Math.exp(lnA! + powerA * middleX), powerA, Math.exp(lnB! + powerB * middleD), powerB];
      },
    };
  },
};
