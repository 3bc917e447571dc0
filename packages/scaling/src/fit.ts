import { FORMS, type FormName } from './forms/index.js';
import { type Effort, minimiseFrom, smallestPivot, THOROUGH } from './levenberg-marquardt.js';
import { type Places, type Problem, range } from './problem.js';

/** ln ŷ of predictions that a double cannot hold: ŷ is taken as 1e−300 or 1e300. */
export const lnPrediction = (y: number): number => Math.log(Math.min(1e300, Math.max(1e-300, y)));

/** Predictions that differ by less than this share of ln y's spread, squared, are the same fit. */
const SAME = 1e-16;
/** Below this pivot a column of the Jacobian is a sum of the others, as far as doubles tell. */
const DEPENDENT = 1e-9;

/** A form fitted to places. */
export interface Fitted {
  readonly theta: readonly number[];
  readonly parameters: readonly number[];
  /** Parameters at the limit at which their term vanishes. */
  readonly vanished: readonly boolean[];
}

/** A form with its places, to be fitted again and again with other weights and means. */
export interface Fitter {
  readonly name: FormName;
  readonly problem: Problem;
  readonly places: Places;
}

export const fitter = (name: FormName, places: Places): Fitter => ({ name, places, problem: FORMS[name].problem(places) });

/** Σ weight·(ln ŷ − mean ln y)² of reported parameters. */
function objectiveOf({ name, places }: Fitter, parameters: readonly number[], lnY: ArrayLike<number>, weights: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < places.x.length; i++) {
    if (weights[i] === 0) continue;
    sum += weights[i]! * (lnPrediction(FORMS[name].predict(parameters, places.x[i]!, places.d[i]!)) - lnY[i]!) ** 2;
  }
  return sum;
}

/** Fits from `starts`. A parameter that fits as well at its limit (a floor at 0) is put there. */
export function fitFrom(
  fit: Fitter,
  lnY: ArrayLike<number>,
  weights: ArrayLike<number>,
  starts: readonly (readonly number[])[] = fit.problem.starts,
  effort: Effort = THOROUGH,
): Fitted {
  const { theta, objective } = minimiseFrom(fit.problem, lnY, weights, starts, effort);
  const parameters = fit.problem.parameters(theta);
  let total = 0;
  let mean = 0;
  for (let i = 0; i < lnY.length; i++) {
    total += weights[i]!;
    mean += weights[i]! * lnY[i]!;
  }
  mean /= total;
  let spread = 0;
  for (let i = 0; i < lnY.length; i++) spread += weights[i]! * (lnY[i]! - mean) ** 2;
  const vanished = parameters.map(() => false);
  FORMS[fit.name].limits.forEach((limit, k) => {
    if (limit === null || parameters[k] === limit) return;
    const tried = parameters.with(k, limit);
    if (objectiveOf(fit, tried, lnY, weights) > objective * (1 + 1e-9) + SAME * spread) return;
    parameters[k] = limit;
    vanished[k] = true;
  });
  return { theta, parameters, vanished };
}

/** Why the places cannot fix the form's parameters whatever y is; undefined where they can. */
export function tooFew(name: FormName, { x, d }: Places): string | undefined {
  const form = FORMS[name];
  const need = form.parameters.length;
  if (x.length < need) return `${x.length} distinct ${form.inputs === 2 ? '(x, d)' : 'x'} to fit, and ${need} parameters`;
  const [xs, ds] = [new Set(x).size, new Set(d).size];
  if (form.inputs === 2 && (xs < 3 || ds < 3)) return `${xs} distinct x and ${ds} distinct d to fit: a power and a floor need 3 of each`;
  return undefined;
}

/** Why the fitted parameters are not the only ones; undefined where they are. */
export function ambiguity(
  fit: Fitter,
  { theta, vanished }: Fitted,
  lnY: readonly number[],
  weights: ArrayLike<number>,
): string | undefined {
  const [least, most] = range(lnY);
  if (most - least < 1e-12 && fit.name !== 'M1') return 'y is constant: any split between floor and falling part fits';
  if (smallestPivot(fit.problem, weights, theta, vanished) < DEPENDENT) return 'other parameters fit as well: they can be changed together';
  return undefined;
}
