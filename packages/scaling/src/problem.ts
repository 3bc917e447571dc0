/** Places to fit at: rows of one x (and d) are one place, as only the mean of their logarithms moves a fit. */
export interface Places {
  readonly x: readonly number[];
  /** Second input; all 1 where a form takes one. */
  readonly d: readonly number[];
  /** Mean of ln y of the place's rows. */
  readonly lnY: readonly number[];
}

/**
 * A form as the optimiser sees it: unknowns θ in a box, scaled so that they are of order 1 (logarithms of positive parameters), and the
 * logarithm of its prediction at a place with its gradient by θ.
 */
export interface Problem {
  readonly low: readonly number[];
  readonly high: readonly number[];
  /** Where to begin; the best end of all starts is the fit. */
  readonly starts: readonly (readonly number[])[];
  /** ln ŷ at place i; writes ∂ ln ŷ/∂θ into `gradient`. */
  value(theta: readonly number[], i: number, gradient: Float64Array): number;
  /** The form's own parameters, in the order in which it names them. */
  parameters(theta: readonly number[]): number[];
}

/** One form of law. */
export interface Form {
  readonly id: string;
  readonly formula: string;
  readonly inputs: 1 | 2;
  readonly parameters: readonly string[];
  /** The value of each parameter at which its term vanishes, where the form has such a limit: tried, and kept where it fits as well. */
  readonly limits: readonly (number | null)[];
  /** ŷ at x (and d): what an extrapolation loss is computed from. */
  predict(parameters: readonly number[], x: number, d: number): number;
  problem(places: Places): Problem;
}

/** Weighted least squares of v on 1 and u: [intercept, slope]; slope 0 where u does not vary. */
export function line(u: readonly number[], v: readonly number[], weight: readonly number[] = u.map(() => 1)): [number, number] {
  const total = weight.reduce((sum, w) => sum + w, 0);
  const mean = (values: readonly number[]): number => values.reduce((sum, value, i) => sum + weight[i]! * value, 0) / total;
  const [mu, mv] = [mean(u), mean(v)];
  const spread = u.reduce((sum, value, i) => sum + weight[i]! * (value - mu) ** 2, 0);
  const slope = spread > 0 ? u.reduce((sum, value, i) => sum + weight[i]! * (value - mu) * (v[i]! - mv), 0) / spread : 0;
  return [mv - slope * mu, slope];
}

/** Smallest and largest. */
export const range = (values: readonly number[]): [number, number] => [
  values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY),
  values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY),
];

/** Mean of ln x: powers of x/e^this are of order 1 where the data are. */
export const meanLog = (x: readonly number[]): number => x.reduce((sum, value) => sum + Math.log(value), 0) / x.length;

/** Floors to begin at, as shares of the smallest y. */
export const FLOORS = [1e-4, 0.5, 0.9, 0.99];
/** How far a logarithm of a floor may fall below the smallest y. */
export const VANISHING = 30;
/** Exponents of x beyond this are no power law of any data. */
export const STEEPEST = 100;
