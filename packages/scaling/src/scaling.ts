import { InputError } from '@kindling/core';
import { type Over, overOf, resample, resampleRows } from './bootstrap.js';
import { ambiguity, type Fitted, type Fitter, fitFrom, fitter, lnPrediction, tooFew } from './fit.js';
import { FORM_NAMES, FORMS, type FormName } from './forms/index.js';
import { QUICK } from './levenberg-marquardt.js';
import { STEEPEST } from './problem.js';
import { expandedTail, quantile } from './quantiles.js';
import { checkRows, heldOut, type Place, placesOf, type Row } from './rows.js';
import { type Comparison, compare, type Difference, noComparison } from './verdict.js';

export interface ScalingOptions {
  /** M1 to M4 and exponential by default; chinchilla where rows have a d. */
  readonly forms?: readonly FormName[];
  /** Largest x to hold out: how many, or which share of the distinct ones; .25 by default. */
  readonly holdout?: number;
  /** Resamples; 1000 by default, 0 for none. */
  readonly bootstrap?: number;
  readonly seed?: number;
  readonly onProgress?: (share: number) => void;
}

export type Interval = readonly [number, number];

/** A form's fit. Numbers are null where there are too few places for the form's parameters. */
export interface FormResult {
  readonly form: FormName;
  readonly formula: string;
  readonly parameters: Readonly<Record<string, number>> | null;
  /** 95 % of each parameter; null without resamples or spare rows. */
  readonly intervals: Readonly<Record<string, Interval>> | null;
  /** sqrt(mean((ln ŷ − ln y)²)) over the rows fitted. */
  readonly fitLoss: number | null;
  /** The same over the rows held out. */
  readonly extrapolationLoss: number | null;
  readonly extrapolationInterval: Interval | null;
  /** Whether the data fix the parameters. */
  readonly identifiable: boolean;
  readonly notes: readonly string[];
}

export interface ScalingResult {
  readonly rows: number;
  /** Distinct x (and d). */
  readonly distinct: number;
  /** What was held out: rows, distinct x, and those x, rising; with two inputs pairs [x, d] by rising x·d. */
  readonly holdout: { readonly rows: number; readonly count: number; readonly x: readonly (number | readonly [number, number])[] };
  readonly bootstrap: { readonly samples: number; readonly over: Over; readonly level: number; readonly seed: number };
  readonly forms: readonly FormResult[];
  /** Smallest extrapolation loss; without held-out rows null. */
  readonly best: FormName | null;
  readonly comparison: Comparison;
}

const LEVEL = 0.95;

const whole = (option: string, value: number, most: number): number => {
  if (Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new InputError({
    subject: option,
    got: String(value),
    expected: `a whole number from 0 to ${most}`,
    next: `write e.g. ${option} 1`,
  });
};

function checkForms(asked: readonly FormName[] | undefined, two: boolean): readonly FormName[] {
  const known = two ? FORM_NAMES.filter((name) => FORMS[name].inputs === 2) : FORM_NAMES.filter((name) => FORMS[name].inputs === 1);
  if (!asked) return known;
  const next = two ? 'leave d away (no --d) for forms of one input' : 'choose from them; chinchilla needs a second input (--d)';
  for (const name of asked)
    if (!known.includes(name)) throw new InputError({ subject: '--forms', got: JSON.stringify(name), expected: known.join(', '), next });
  if (asked.length === 0) throw new InputError({ subject: '--forms', got: 'none', expected: known.join(', '), next });
  return [...new Set(asked)];
}

const lossOf = (form: FormName, parameters: readonly number[], rows: readonly Row[], indices: Iterable<number>): number => {
  let [sum, count] = [0, 0];
  for (const i of indices) {
    const { x, y, d = 1 } = rows[i]!;
    sum += (lnPrediction(FORMS[form].predict(parameters, x, d)) - Math.log(y)) ** 2;
    count++;
  }
  return Math.sqrt(sum / count);
};

const rowsOf = (places: readonly Place[]): number[] => places.flatMap((place) => place.rows);

/**
 * Distinct places that a resample must have for a form of k parameters: one to spare where there are plenty. With few, k; asking for more
 * would leave no resample but the data.
 */
const enough = (form: FormName, places: number): number => {
  const k = FORMS[form].parameters.length;
  return Math.max(k, Math.min(k + 1, places - 2));
};

/** One form on its way: what the bootstrap needs of it. */
interface Entry {
  readonly fit: Fitter;
  readonly best: Fitted;
  readonly values: number[][];
  readonly losses: number[];
}

/**
 * Fits forms by least squares of ln y to all rows but those with the largest x, which judge them: a law is what foretells.
 * @throws InputError for numbers that have no logarithm, options out of range, or fewer than 2 distinct x
 */
export function fitScaling(rows: readonly Row[], options: ScalingOptions = {}): ScalingResult {
  const { holdout = 0.25, onProgress } = options;
  const samples = whole('--bootstrap', options.bootstrap ?? 1000, 100_000);
  const seed = whole('--seed', options.seed ?? 1, 2 ** 32 - 1);
  const two = rows.some(({ d }) => d !== undefined);
  const forms = checkForms(options.forms, two);
  const powers = forms.some((form) => form !== 'exponential');
  checkRows(rows, powers, two);
  const places = placesOf(rows);
  if (places.length < 2) {
    const next = 'give y at several x';
    throw new InputError({
      subject: 'data',
      got: `${rows.length} rows at ${places.length} distinct x`,
      expected: 'at least 2 distinct x',
      next,
    });
  }
  const held = heldOut(holdout, places.length);
  const fitPlaces = places.slice(0, places.length - held);
  const heldPlaces = places.slice(places.length - held);
  const [fitRows, heldRows] = [rowsOf(fitPlaces), rowsOf(heldPlaces)];
  const grouped = {
    x: fitPlaces.map(({ x }) => x),
    d: fitPlaces.map(({ d }) => d),
    lnY: fitPlaces.map((place) => place.rows.reduce((sum, i) => sum + Math.log(rows[i]!.y), 0) / place.rows.length),
  };
  const weights = fitPlaces.map((place) => place.rows.length);
  const over = overOf(places);

  const entries = new Map<FormName, Entry>();
  const reasons = new Map<FormName, string>();
  for (const form of forms) {
    const few = tooFew(form, grouped);
    if (few !== undefined) {
      reasons.set(form, few);
      continue;
    }
    const fit = fitter(form, grouped);
    const best = fitFrom(fit, grouped.lnY, weights);
    if (!best.parameters.every(Number.isFinite)) reasons.set(form, 'a parameter leaves the range of a double: measure x in a larger unit');
    else entries.set(form, { fit, best, values: [], losses: [] });
  }

  for (let index = 0; index < samples && entries.size > 0; index++) {
    const judged = resampleRows(heldPlaces, over, { seed, index, draw: 1 });
    for (const [form, { fit, best, values, losses }] of entries) {
      // Forms share a resample where it has places enough for both, so that differences of their losses are paired.
      const drawn = resample(rows, fitPlaces, over, { seed, index, draw: 0 }, enough(form, fitPlaces.length));
      // From the fit; a form that may lie in another valley also from its first start. M4's valleys are flat: one way in is enough.
      const starts = form === 'M4' ? [best.theta] : [best.theta, fit.problem.starts[0]!];
      const { parameters } = fitFrom(fit, drawn.lnY, drawn.weights, starts, QUICK);
      values.push([...parameters]);
      if (held > 0) losses.push(lossOf(form, parameters, rows, judged));
    }
    if (index % 50 === 49) onProgress?.((index + 1) / samples);
  }

  const results = forms.map((form): FormResult => {
    const entry = entries.get(form);
    const { formula, parameters: names } = FORMS[form];
    if (!entry) {
      const none = { parameters: null, intervals: null, fitLoss: null, extrapolationLoss: null, extrapolationInterval: null };
      return { form, formula, ...none, identifiable: false, notes: [`not identifiable: ${reasons.get(form)}`] };
    }
    const { fit, best, values, losses } = entry;
    const notes: string[] = [];
    const unclear = ambiguity(fit, best, grouped.lnY, weights);
    if (unclear !== undefined) notes.push(`not identifiable: ${unclear}`);
    best.vanished.forEach((gone, k) => {
      if (gone) notes.push(`${names[k]} is at its limit ${FORMS[form].limits[k]}: the form without it fits as well`);
    });
    best.theta.forEach((value, k) => {
      if (best.vanished[k] || !(value <= fit.problem.low[k]! || value >= fit.problem.high[k]!)) return;
      notes.push(`${names[k]} is at the end of what is searched${names[k] === 'c' ? `, ±${STEEPEST}` : ''}: it may lie beyond`);
    });
    // Over seeds of each x the rows to spare are those beyond one an x; over rows, those beyond one a parameter.
    const k = over === 'rows' ? names.length : fitPlaces.length;
    const spare = fitRows.length - k;
    if (spare < 1) notes.push('as many parameters as rows: the fit passes through them, so there are no intervals');
    const tail = spare < 1 || samples === 0 ? null : expandedTail(LEVEL, fitRows.length, k);
    const intervals =
      tail === null
        ? null
        : Object.fromEntries(
            names.map((name, p) => [
              name,
              interval(
                values.map((one) => one[p]!),
                tail,
              ),
            ]),
          );
    return {
      form,
      formula,
      parameters: Object.fromEntries(names.map((name, p) => [name, best.parameters[p]!])),
      intervals,
      fitLoss: lossOf(form, best.parameters, rows, fitRows),
      extrapolationLoss: held > 0 ? lossOf(form, best.parameters, rows, heldRows) : null,
      extrapolationInterval: losses.length > 0 ? interval(losses, (1 - LEVEL) / 2) : null,
      identifiable: unclear === undefined,
      notes,
    };
  });

  const judged = results.filter((result) => result.extrapolationLoss !== null);
  const best = judged.length === 0 ? null : judged.reduce((a, b) => (b.extrapolationLoss! < a.extrapolationLoss! ? b : a)).form;
  return {
    rows: rows.length,
    distinct: places.length,
    holdout: { rows: heldRows.length, count: held, x: heldPlaces.map(({ x, d }) => (two ? ([x, d] as const) : x)) },
    bootstrap: { samples, over, level: LEVEL, seed },
    forms: results,
    best,
    comparison: answer(entries, results, { two, held, samples, constant: isConstant(rows) }),
  };
}

const isConstant = (rows: readonly Row[]): boolean => rows.every(({ y }) => y === rows[0]!.y);

function interval(values: readonly number[], tail: number): Interval {
  const sorted = values.toSorted((a, b) => a - b);
  return [quantile(sorted, tail), quantile(sorted, 1 - tail)];
}

function answer(
  entries: ReadonlyMap<FormName, Entry>,
  results: readonly FormResult[],
  { two, held, samples, constant }: { two: boolean; held: number; samples: number; constant: boolean },
): Comparison {
  if (two) return noComparison('Not asked: with two inputs there is no exponential to compare with.');
  if (held === 0) return noComparison('Not answered: nothing was held out to judge by.');
  if (samples === 0) return noComparison('Not answered: without resamples there is no interval.');
  if (constant) return noComparison('Undecided: y is constant, and every form says so.');
  const exponential = entries.get('exponential');
  const losses = new Map(
    results.flatMap(({ form, extrapolationLoss }) => (extrapolationLoss === null ? [] : [[form, extrapolationLoss] as const])),
  );
  const differences = [...entries].flatMap(([form, entry]): Difference[] => {
    if (form === 'exponential' || !exponential) return [];
    const [low, high] = interval(
      entry.losses.map((loss, i) => loss - exponential.losses[i]!),
      (1 - LEVEL) / 2,
    );
    return [{ form, difference: losses.get(form)! - losses.get('exponential')!, low, high }];
  });
  return compare(differences, losses);
}
