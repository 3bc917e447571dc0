import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { InputError } from '@kindling/core';
import { drawScalingAgreement, drawScalingFit, type LinePoint, toPng } from '@kindling/figures';
import {
  columnOf,
  type FormName,
  type FormResult,
  fitScaling,
  parseTable,
  predict,
  type Row,
  type ScalingResult,
  type Table,
  whereRows,
} from '@kindling/scaling';
import { fileOption, writeWhole } from '../datagen/write.js';
import { formatTable, wrap } from '../format.js';
import { onDisk, print, printJson, say } from '../terminal.js';

export interface FitOptions {
  readonly x?: string;
  readonly y?: string;
  readonly d?: string;
  readonly where?: readonly string[];
  readonly forms?: string;
  readonly holdout?: number;
  readonly bootstrap?: number;
  readonly seed?: number;
  readonly figure?: string;
  readonly json?: boolean;
}

/** Columns of run records that are an amount, or fall with one: the first that is there. */
const AMOUNTS = ['n', 'kept', 'steps', 'alpha'];
const FALLING = ['error', 'accuracy', 'testLoss', 'loss'];

/** The file itself; of a folder, the lines that a sweep, a curve or `worth` left there. */
function fileOf(path: string): string {
  const record = join(path, 'results.jsonl');
  if (!existsSync(path) || !statSync(path).isDirectory()) return path;
  if (existsSync(record)) return record;
  const next = 'name the file itself';
  throw new InputError({ subject: path, got: 'a folder without results.jsonl', expected: 'a CSV file, or a run record', next });
}

/** Which columns are meant where none are named. */
function defaults(table: Table, subject: string): { x: string; y: string } {
  if (table.kind === 'csv') {
    const [x, y] = table.columns;
    if (y !== undefined) return { x: x!, y };
  } else {
    const [x, y] = [AMOUNTS, FALLING].map((names) => names.find((name) => table.columns.includes(name)));
    if (x !== undefined && y !== undefined) return { x, y: y === 'accuracy' ? '1-accuracy' : y };
  }
  const next = 'name them: --x COLUMN --y COLUMN';
  throw new InputError({ subject, got: `columns ${table.columns.join(', ')}`, expected: 'columns to fit', next });
}

function checkFigure(path: string | undefined): void {
  if (path === undefined) return;
  if (!['.svg', '.png'].includes(extname(path).toLowerCase())) {
    throw new InputError({
      subject: '--figure',
      got: path,
      expected: 'a file that ends with .svg or .png',
      next: 'write e.g. --figure fit.svg',
    });
  }
  fileOption('--figure', path);
}

const short = (value: number): string => {
  const size = Math.abs(value);
  const text = size !== 0 && (size >= 1e6 || size < 1e-4) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
  return text.replaceAll('-', '−').replace('e+', 'e');
};
const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;
const cell = (value: number | null): string => (value === null ? '–' : value.toPrecision(3));

function parametersOf({ parameters, intervals }: FormResult): string {
  if (!parameters) return '–';
  return Object.entries(parameters)
    .map(([name, value]) => {
      const between = intervals?.[name];
      return `${name} ${short(value)}${between ? ` (${short(between[0])} to ${short(between[1])})` : ''}`;
    })
    .join(', ');
}

function show(result: ScalingResult, columns: { x: string; y: string; d?: string }): void {
  const { rows, distinct, holdout, bootstrap, forms, comparison, best } = result;
  const inputs = columns.d === undefined ? columns.x : `${columns.x} and ${columns.d}`;
  const left = holdout.count === 0 ? 'nothing held out' : `held out: the ${holdout.count} largest, ${plural(holdout.rows, 'row')}`;
  print(
    `${columns.y} over ${inputs}: ${plural(rows, 'row')} at ${distinct} distinct ${columns.d === undefined ? 'x' : '(x, d)'}; ${left}.`,
  );
  print();
  const body = forms.map((one) => [one.form === best ? `${one.form} *` : one.form, cell(one.fitLoss), cell(one.extrapolationLoss)]);
  print(formatTable(['form', 'fit loss', 'extrapolation loss'], body));
  if (best !== null) print('* smallest extrapolation loss. Losses are root mean squares of ln ŷ − ln y: .01 is off by 1 %.');
  print();
  for (const one of forms) {
    print(wrap(parametersOf(one), `  ${one.form.padEnd(12)}`));
    for (const note of one.notes) print(wrap(note, `  ${''.padEnd(12)}`));
  }
  if (forms.some(({ intervals }) => intervals !== null))
    print(`(in brackets: 95 % of ${bootstrap.samples} resamples of the ${bootstrap.over})`);
  print();
  print(wrap(comparison.words));
}

/** Mean (of logarithms) and range of the rows at each x. */
function pointsOf(rows: readonly Row[], x: (row: Row) => number): LinePoint[] {
  const groups = new Map<number, number[]>();
  for (const row of rows) groups.set(x(row), [...(groups.get(x(row)) ?? []), row.y]);
  return [...groups].map(([at, ys]) => {
    const y = Math.exp(ys.reduce((sum, value) => sum + Math.log(value), 0) / ys.length);
    return { x: at, y, ...(ys.length > 1 ? { low: Math.min(...ys), high: Math.max(...ys) } : {}) };
  });
}

const CURVE_POINTS = 160;

async function draw(
  rows: readonly Row[],
  result: ScalingResult,
  columns: { x: string; y: string; d?: string },
  file: string,
): Promise<string> {
  const heldKeys = new Set(result.holdout.x.map((at) => (typeof at === 'number' ? `${at} 1` : `${at[0]} ${at[1]}`)));
  const isHeld = ({ x, d = 1 }: Row): boolean => heldKeys.has(`${x} ${d}`);
  const [fitted, held] = [rows.filter((row) => !isHeld(row)), rows.filter(isHeld)];
  const drawn = result.forms.filter((one) => one.parameters !== null);
  const loss = ({ extrapolationLoss: at }: FormResult): string => (at === null ? '' : ` (loss ${at.toPrecision(2)})`);
  const title = `${columns.y} over ${columns.x}${columns.d === undefined ? '' : ` and ${columns.d}`}`;
  const without = result.forms.filter((one) => one.parameters === null).map(({ form }) => form);
  const captions = [
    ...(drawn.length === 1 && drawn[0]!.form === 'chinchilla' ? [parametersOf(drawn[0]!)] : [result.comparison.words]),
    ...(without.length > 0 ? [`Not drawn, as the data cannot fix their parameters: ${without.join(', ')}.`] : []),
    file,
  ];
  const values = (one: FormResult): number[] => Object.values(one.parameters!);
  const chinchilla = drawn.find(({ form }) => form === 'chinchilla');
  if (chinchilla) {
    const foretold = ({ x, d = 1 }: Row): number => predict('chinchilla', values(chinchilla), x, d);
    return await drawScalingAgreement({
      title: `${title}: chinchilla${loss(chinchilla)}`,
      y: columns.y,
      fitted: pointsOf(fitted, foretold),
      held: pointsOf(held, foretold),
      captions,
    });
  }
  const xs = rows.map(({ x }) => x).filter((x) => x > 0);
  const [low, high] = [xs.reduce((a, b) => Math.min(a, b)), xs.reduce((a, b) => Math.max(a, b))];
  if (xs.length < rows.length) captions.unshift('A logarithmic axis cannot show x of 0 and below.');
  const curves = drawn.map((one) => ({
    label: `${one.form}${loss(one)}`,
    points: Array.from({ length: CURVE_POINTS }, (_, i) => {
      const x = low * (high / low) ** (i / (CURVE_POINTS - 1));
      return { x, y: predict(one.form, values(one), x) };
    }),
  }));
  const x = ({ x: at }: Row): number => at;
  return await drawScalingFit({
    title,
    x: columns.x,
    y: columns.y,
    fitted: pointsOf(fitted, x),
    held: pointsOf(held, x),
    curves,
    captions,
  });
}

/** Says that rows of several kinds are fitted together, as a record of several arms holds them. */
function sayMixture(table: Table): void {
  if (table.kind !== 'record') return;
  for (const name of table.columns) {
    const seen = [...new Set(table.rows.map(({ cells }) => cells[name]))];
    if (seen.length < 2 || !seen.every((value) => typeof value === 'string')) continue;
    say(
      `kindling: rows of ${seen.length} values of ${name} are fitted together (${seen.slice(0, 6).join(', ')}): choose with --where ${name}=…`,
    );
  }
}

/** `kindling scaling fit`: a table in; which law it follows out. */
export async function fit(path: string, options: FitOptions): Promise<number> {
  const { figure, json } = options;
  const file = fileOf(path);
  const text = onDisk(file, 'a CSV file, or a run record', 'check the path', () => readFileSync(file, 'utf8'));
  const whole = parseTable(text, file);
  const table = whereRows(whole, options.where ?? [], file);
  sayMixture(table);
  const named =
    options.x !== undefined && options.y !== undefined ? { x: options.x, y: options.y } : { ...defaults(table, file), ...clean(options) };
  const [x, y] = [columnOf(table, named.x, '--x', file), columnOf(table, named.y, '--y', file)];
  const d = options.d === undefined ? undefined : columnOf(table, options.d, '--d', file);
  const rows = table.rows.map(({ line }, i): Row => {
    const at = `${file} line ${line}`;
    return { x: x.values[i]!, y: y.values[i]!, ...(d ? { d: d.values[i]! } : {}), at };
  });
  const columns = { ...named, ...(options.d === undefined ? {} : { d: options.d }) };
  const forms = options.forms?.split(',').map((form) => form.trim() as FormName);
  const { holdout, bootstrap, seed } = options;
  // Before the work, so that nothing is lost to a wrong path.
  checkFigure(figure);
  let shown = 0;
  const result = fitScaling(rows, {
    ...(forms ? { forms } : {}),
    ...(holdout === undefined ? {} : { holdout }),
    ...(bootstrap === undefined ? {} : { bootstrap }),
    ...(seed === undefined ? {} : { seed }),
    onProgress(share) {
      if (share - shown < 0.25 || rows.length < 60) return;
      shown = share;
      say(`kindling: resamples ${Math.round(100 * share)} %`);
    },
  });
  if (figure !== undefined) {
    const svg = await draw(rows, result, columns, file);
    writeWhole(figure, extname(figure).toLowerCase() === '.png' ? await toPng(svg) : svg);
  }
  if (json) printJson({ file, x: named.x, y: named.y, d: options.d ?? null, ...result, figure: figure ?? null });
  else {
    show(result, columns);
    if (figure !== undefined) print(`Figure: ${figure}`);
  }
  return 0;
}

/** The columns that were named. */
const clean = ({ x, y }: FitOptions): { x?: string; y?: string } => ({
  ...(x === undefined ? {} : { x }),
  ...(y === undefined ? {} : { y }),
});
