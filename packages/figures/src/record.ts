import { InputError } from '@kindling/core';

export type Phase = 'warmup' | 'natural';

/** The first line of a run record. `recipe` holds whatever the run was asked to do. */
export interface RunHeader {
  readonly recipe: Readonly<Record<string, unknown>>;
  readonly versions: Readonly<Record<string, unknown>>;
  readonly adapter?: string;
  readonly commit?: string;
  /** When the run began, ISO 8601. */
  readonly date?: string;
}

/** A logged training step. `step` counts over the whole run, warm-up included; `loss` is undefined where it was not finite. */
export interface TrainPoint {
  readonly trial: string;
  readonly phase: Phase;
  readonly step: number;
  readonly loss: number | undefined;
}

/** An evaluation on the test split; `accuracy` is a share, 0 .. 1. */
export interface EvalPoint {
  readonly trial: string;
  readonly phase: Phase;
  readonly step: number;
  readonly accuracy: number | undefined;
  readonly testLoss: number | undefined;
}

/** Where a trial's seconds went. */
export const TIME_PARTS = ['compile', 'teacher', 'generate', 'load', 'train', 'evaluate'] as const;
export type TimePart = (typeof TIME_PARTS)[number];

/** How a trial ended. */
export interface Summary {
  readonly trial: string;
  readonly arm?: string;
  /** Share of the steps spent on warm-up. */
  readonly p?: number;
  readonly accuracy: number | undefined;
  readonly testLoss: number | undefined;
  /** Seconds; `total` is wall time, which may exceed the sum of the parts. */
  readonly time?: Readonly<Partial<Record<TimePart | 'total', number>>>;
}

/** A run record, read. A run without trials has the one trial `run`. */
export interface RunRecord {
  readonly header: RunHeader;
  /** Names with their numbers in order (`p0.05`, `p0.1`, `p0.25`), which fixes each trial's colour and symbol. */
  readonly trials: readonly string[];
  readonly train: readonly TrainPoint[];
  readonly evals: readonly EvalPoint[];
  readonly summaries: readonly Summary[];
  /** What was dropped while reading, in words. */
  readonly notes: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One line and its place, with the checks that its fields need. */
class Line {
  constructor(
    readonly subject: string,
    readonly json: Json,
  ) {}

  fail(got: string, expected: string, next = 'write the record again, or mend the line'): never {
    throw new InputError({ subject: this.subject, got, expected, next });
  }

  private refuse(name: string, expected: string): never {
    return this.fail(`"${name}": ${JSON.stringify(this.json[name])}`, expected);
  }

  /** A number; undefined for null (JSON's stand-in for NaN and Infinity) or where the field is missing. */
  number(name: string): number | undefined {
    const value = this.json[name] ?? undefined;
    if (value !== undefined && typeof value !== 'number') this.refuse(name, 'a number, or null where it was not finite');
    // 1e999 is valid JSON and reads as Infinity.
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  }

  step(): number {
    const value = this.json.step;
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : this.refuse('step', 'a whole number from 0');
  }

  phase(): Phase {
    const value = this.json.phase;
    return value === 'warmup' || value === 'natural' ? value : this.refuse('phase', '"warmup" or "natural"');
  }

  text(name: string): string | undefined {
    const value = this.json[name] ?? undefined;
    return value === undefined || typeof value === 'string' ? value : this.refuse(name, 'a string');
  }

  object(name: string): Json | undefined {
    const value = this.json[name] ?? undefined;
    return value === undefined || isObject(value) ? value : this.refuse(name, 'an object');
  }
}

function readHeader(line: Line): RunHeader {
  if (line.json.type !== 'header') line.fail(`"type": ${JSON.stringify(line.json.type)}`, '"header" on the first line');
  const [adapter, commit, date] = [line.text('adapter'), line.text('commit'), line.text('date')];
  return {
    recipe: line.object('recipe') ?? {},
    versions: line.object('versions') ?? {},
    ...(adapter ? { adapter } : {}),
    ...(commit ? { commit } : {}),
    ...(date ? { date } : {}),
  };
}

function readSummary(line: Line, trial: string): Summary {
  const [arm, p, parts] = [line.text('arm'), line.number('p'), line.object('time')];
  const time = parts && new Line(`${line.subject}: "time"`, parts);
  const seconds = time && [...TIME_PARTS, 'total' as const].map((part) => [part, time.number(part)] as const).filter(([, value]) => value);
  return {
    trial,
    accuracy: line.number('accuracy'),
    testLoss: line.number('testLoss'),
    ...(arm === undefined ? {} : { arm }),
    ...(p === undefined ? {} : { p }),
    ...(seconds ? { time: Object.fromEntries(seconds) } : {}),
  };
}

/** The lines as objects. A last line that was cut off, as by a kill, is dropped with a note. */
function readLines(text: string, subject: string, notes: string[]): Line[] {
  const rows = text.split('\n');
  const lines: Line[] = [];
  rows.forEach((row, index) => {
    if (row.trim() === '') return;
    const place = `${subject} line ${index + 1}`;
    let json: unknown;
    try {
      json = JSON.parse(row);
    } catch (cause) {
      if (index === rows.length - 1) {
        notes.push(`line ${index + 1} was cut off and is left out`);
        return;
      }
      const got = `no JSON (${(cause as Error).message})`;
      const next = 'mend or delete the line; NaN and Infinity are written as null';
      throw new InputError({ subject: place, got, expected: 'one JSON object a line', next }, 2, { cause });
    }
    if (!isObject(json)) {
      throw new InputError({ subject: place, got: row.slice(0, 40), expected: 'a JSON object', next: 'mend or delete the line' });
    }
    lines.push(new Line(place, json));
  });
  return lines;
}

/** Compares names piece by piece, numbers as decimals: `p0.05` before `p0.1` before `p0.25`, `seed9` before `seed10`. */
function compareNames(a: string, b: string): number {
  const [left, right] = [a, b].map((name) => name.split(/(\d+(?:\.\d+)?)/)) as [string[], string[]];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [x, y] = [left[index]!, right[index]!];
    // Odd pieces are the numbers.
    if (index % 2 === 1 && Number(x) !== Number(y)) return Number(x) - Number(y);
    if (x !== y) return x < y ? -1 : 1;
  }
  return left.length - right.length;
}

/**
 * Reads a run record (`metrics.jsonl`): a header line, then `train`, `eval` and `summary` lines. Lines of other types are counted in
 * `notes` and left out, so that newer records can be drawn; a torn last line is dropped with a note.
 * @param subject names the file in messages
 * @throws InputError naming the line and the field that is wrong.
 */
export function parseRecord(text: string, subject = 'metrics.jsonl'): RunRecord {
  const notes: string[] = [];
  const [first, ...lines] = readLines(text, subject, notes);
  if (!first) {
    throw new InputError({ subject, got: 'no complete line', expected: 'a header line', next: 'point at a run that has begun' });
  }
  const header = readHeader(first);
  const train: TrainPoint[] = [];
  const evals: EvalPoint[] = [];
  const summaries: Summary[] = [];
  const trials = new Set<string>();
  const others = new Map<string, number>();
  for (const line of lines) {
    const trial = line.text('trial') ?? 'run';
    const { type } = line.json;
    if (type === 'train') train.push({ trial, phase: line.phase(), step: line.step(), loss: line.number('loss') });
    else if (type === 'eval') {
      const scores = { accuracy: line.number('accuracy'), testLoss: line.number('testLoss') };
      evals.push({ trial, phase: line.phase(), step: line.step(), ...scores });
    } else if (type === 'summary') summaries.push(readSummary(line, trial));
    else if (typeof type === 'string' && type !== 'header') {
      others.set(type, (others.get(type) ?? 0) + 1);
      continue;
    } else line.fail(`"type": ${JSON.stringify(type)}`, '"train", "eval" or "summary"');
    trials.add(trial);
  }
  for (const [type, count] of others) notes.push(`${count} line${count > 1 ? 's' : ''} of type "${type}" left out`);
  return { header, trials: [...trials].sort(compareNames), train, evals, summaries, notes };
}
