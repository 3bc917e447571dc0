import { FLOORS, type Form, line, range, VANISHING } from '../problem.js';

/** y = ε∞ + a·e^(−b·x), ε∞ ≥ 0, a > 0: a straight line where y alone is logarithmic, down to its floor. */
export const exponential: Form = {
  id: 'exponential',
  formula: 'y = epsilonInf + a * exp(-b * x)',
  inputs: 1,
  parameters: ['epsilonInf', 'a', 'b'],
  limits: [0, null, null],
  predict: ([floor, a, b], x) => floor! + a! * Math.exp(-b! * x),
  problem({ x, lnY }) {
    const [first, last] = range(x);
    const scale = last - first || 1;
    const u = x.map((value) => (value - first) / scale);
    const [least, most] = range(lnY);
    return {
      low: [least - VANISHING, least - VANISHING, -300],
      high: [most + 1, most + 300, 300],
      starts: FLOORS.map((share) => {
        const floor = share * Math.exp(least);
        const [lnA, slope] = line(
          u,
          lnY.map((value) => Math.log(Math.exp(value) - floor * 0.999)),
        );
        return [Math.log(floor), lnA, -slope];
      }),
      value([lnFloor, lnA, b], i, gradient) {
        const floor = Math.exp(lnFloor!);
        const decay = Math.exp(lnA! - b! * u[i]!);
        const y = floor + decay;
        gradient[0] = floor / y;
        gradient[1] = decay / y;
        gradient[2] = (-decay / y) * u[i]!;
        return Math.log(y);
      },
      parameters: ([lnFloor, lnA, b]) => [Math.exp(lnFloor!), Math.exp(lnA! + (b! * first) / scale), b! / scale],
    };
  },
};
