import { InputError } from '@kindling/core';

/** One measurement: y at x, and at d where there are two inputs. */
export interface Row {
  readonly x: number;
  readonly y: number;
  readonly d?: number;
  /** Where it stands in its file, for errors. */
  readonly at?: string;
}

/** Rows of one x (and d). */
export interface Place {
  readonly x: number;
  readonly d: number;
  readonly rows: readonly number[];
}

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};

/** @throws InputError for a number that no form can be fitted to, naming its row */
export function checkRows(rows: readonly Row[], powers: boolean, two: boolean): void {
  rows.forEach(({ x, y, d, at }, i) => {
    const where = at ?? `row ${i + 1}`;
    if (!Number.isFinite(y) || y <= 0) {
      const next = y === 0 ? 'drop the row, or say what 0 of how many stands for, e.g. half an error' : 'drop or correct the row';
      refuse(where, `y = ${y}`, 'a finite y above 0, as residuals are of ln y', next);
    }
    if (!Number.isFinite(x)) refuse(where, `x = ${x}`, 'a finite number', 'drop or correct the row');
    if (powers && x <= 0) refuse(where, `x = ${x}`, 'x above 0: powers of x are fitted', 'drop the row, or fit --forms exponential only');
    if (two && !(Number.isFinite(d) && d! > 0)) refuse(where, `d = ${d}`, 'a finite d above 0', 'drop or correct the row');
  });
}

/** Groups rows by x (and d), by rising x; with two inputs by rising x·d, which is proportional to compute. */
export function placesOf(rows: readonly Row[]): Place[] {
  const found = new Map<string, { x: number; d: number; rows: number[] }>();
  rows.forEach(({ x, d = 1 }, i) => {
    const key = `${x} ${d}`;
    const place = found.get(key);
    if (place) place.rows.push(i);
    else found.set(key, { x, d, rows: [i] });
  });
  return [...found.values()].sort((a, b) => a.x * a.d - b.x * b.d || a.x - b.x);
}

/** How many of the largest places are held out: a whole number is that many, a share above 0 and below 1 is that share of them, rounded up. */
export function heldOut(holdout: number, places: number): number {
  const whole = Number.isInteger(holdout) && holdout >= 0;
  if (!whole && !(holdout > 0 && holdout < 1)) {
    const next = 'write e.g. --holdout 3 for the three largest x, --holdout 0.25 for the largest quarter, or 0 for none';
    refuse('--holdout', String(holdout), 'a whole number of x, or a share above 0 and below 1', next);
  }
  const count = whole ? holdout : Math.ceil(holdout * places);
  if (places - count < 2) {
    const next = 'give more data, or hold out less';
    refuse('--holdout', `${count} of ${places} distinct x`, 'at least 2 distinct x left to fit', next);
  }
  return count;
}
