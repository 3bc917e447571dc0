import { InputError } from '@kindling/core';
import { type Interval, tInterval } from './statistics.js';

/** How one trial of a sweep ended: a line of `results.jsonl`. */
export interface SweepLine {
  readonly experiment: string;
  readonly arm: string;
  /** Share of the steps that are warm-up; null where the experiment has none. */
  readonly p: number | null;
  /** All steps, warm-up included. */
  readonly steps: number;
  readonly seed: number;
  readonly dataSet: string;
  /** Share of test images classified right. */
  readonly accuracy: number;
  /** Mean cross-entropy over the test images; null where it was not finite. */
  readonly testLoss: number | null;
  /** Seconds by what they went on, the trial's share of those that ran together. */
  readonly time: Readonly<Record<string, number>>;
  /** Other arms of which this training is the trial as well: its seconds stand in their lines too. */
  readonly sharedWith?: readonly string[];
  readonly adapter?: string;
  readonly note?: string;
  /** Trials that ran in the same dispatches, this one included. */
  readonly together?: number;
  readonly [field: string]: unknown;
}

/** What a line is the result of; two lines with the same key are duplicates. */
export const lineKey = ({ experiment, dataSet, steps, arm, p, seed }: SweepLine): string =>
  JSON.stringify([experiment, dataSet, steps, arm, p, seed]);

/** The same in words, for messages. */
export const lineName = ({ experiment, dataSet, steps, arm, p, seed }: SweepLine): string =>
  `${experiment} ${arm}${p === null ? '' : ` p=${p}`} ${steps} steps ${dataSet} seed ${seed}`;

export interface SweepResults {
  readonly lines: readonly SweepLine[];
  /** What was dropped while reading, in words. */
  readonly notes: readonly string[];
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const isShare = (value: unknown): boolean => isNumber(value) && (value as number) >= 0 && (value as number) <= 1;
const orNull = (check: (value: unknown) => boolean) => (value: unknown) => value === null || check(value);

const fields: readonly [string, (value: unknown) => boolean, string][] = [
  ['experiment', isText, 'a string'],
  ['arm', isText, 'a string'],
  ['dataSet', isText, 'a string'],
  ['p', orNull(isShare), 'a number from 0 to 1, or null'],
  ['steps', isWhole, 'a whole number'],
  ['seed', isWhole, 'a whole number'],
  ['accuracy', isShare, 'a number from 0 to 1'],
  ['testLoss', orNull(isNumber), 'a number, or null where it was not finite'],
];

function checkLine(value: unknown, subject: string): SweepLine {
  const next = 'mend or delete the line; the sweep then runs that trial again';
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InputError({ subject, got: JSON.stringify(value).slice(0, 40), expected: 'a JSON object', next });
  }
  const line = value as Readonly<Record<string, unknown>>;
  for (const [field, check, expected] of fields) {
    if (!check(line[field])) throw new InputError({ subject, got: `"${field}": ${JSON.stringify(line[field])}`, expected, next });
  }
  const { time } = line;
  if (typeof time !== 'object' || time === null || !Object.values(time).every(isNumber)) {
    throw new InputError({ subject, got: `"time": ${JSON.stringify(time)}`, expected: 'an object of seconds', next });
  }
  return line as unknown as SweepLine;
}

/**
 * Reads `results.jsonl` of a sweep: one line a trial. What follows the last line end was cut off, as by a kill, and is dropped with a note.
 * @param subject names the file in messages
 * @throws InputError naming the line and the field that is wrong
 */
export function parseResults(text: string, subject = 'results.jsonl'): SweepResults {
  const end = text.lastIndexOf('\n') + 1;
  const notes = end < text.length ? ['the last line was cut off and is left out'] : [];
  const lines = text
    .slice(0, end)
    .split('\n')
    .flatMap((row, index) => {
      if (row.trim() === '') return [];
      const place = `${subject} line ${index + 1}`;
      let value: unknown;
      try {
        value = JSON.parse(row);
      } catch (cause) {
        const next = 'delete the line; the sweep then runs that trial again';
        throw new InputError(
          { subject: place, got: `no JSON (${(cause as Error).message})`, expected: 'one JSON object a line', next },
          2,
          {
            cause,
          },
        );
      }
      return [checkLine(value, place)];
    });
  return { lines, notes };
}

/** All seeds of one (experiment, data set, steps, arm, p), with mean and 95 % t-interval of the accuracy over them. */
export interface SweepCell {
  readonly experiment: string;
  readonly dataSet: string;
  readonly steps: number;
  readonly arm: string;
  readonly p: number | null;
  /** In increasing order of the seed. */
  readonly lines: readonly SweepLine[];
  readonly accuracy: Interval;
}

/**
 * Groups lines by everything but the seed, cells in the order of experiment, data set, steps, arm (as they first occur) and p.
 * @throws InputError for two lines of the same trial: what is one value must not count twice
 */
export function sweepCells(lines: readonly SweepLine[]): SweepCell[] {
  const cells = new Map<string, SweepLine[]>();
  const seen = new Set<string>();
  for (const line of lines) {
    if (seen.has(lineKey(line))) {
      throw new InputError({
        subject: 'sweep results',
        got: `two lines of ${lineName(line)}`,
        expected: 'one line a trial',
        next: 'merge the sweeps with `kindling merge`: it drops duplicates that agree',
      });
    }
    seen.add(lineKey(line));
    const key = lineKey({ ...line, seed: 0 });
    cells.set(key, [...(cells.get(key) ?? []), line]);
  }
  const order = (pick: (line: SweepLine) => string): Map<string, number> =>
    new Map([...new Set(lines.map(pick))].map((name, index) => [name, index]));
  const [experiments, dataSets, arms] = [order((line) => line.experiment), order((line) => line.dataSet), order((line) => line.arm)];
  return [...cells.values()]
    .map((own): SweepCell => {
      const { experiment, dataSet, steps, arm, p } = own[0]!;
      const sorted = own.toSorted((a, b) => a.seed - b.seed);
      return { experiment, dataSet, steps, arm, p, lines: sorted, accuracy: tInterval(sorted.map(({ accuracy }) => accuracy)) };
    })
    .sort(
      (a, b) =>
        experiments.get(a.experiment)! - experiments.get(b.experiment)! ||
        dataSets.get(a.dataSet)! - dataSets.get(b.dataSet)! ||
        a.steps - b.steps ||
        arms.get(a.arm)! - arms.get(b.arm)! ||
        (a.p ?? -1) - (b.p ?? -1),
    );
}
