import { InputError } from '@kindling/core';

/** Rows of named cells: of a CSV file (cells are text), or of a run record, one JSON object a line. */
export interface Table {
  readonly kind: 'csv' | 'record';
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

export interface TableRow {
  /** Its line in the file, from 1. */
  readonly line: number;
  readonly cells: Readonly<Record<string, unknown>>;
}

/** Numbers of one column, by row; `1-NAME` takes 1 less the column, e.g. an error from an accuracy. */
export interface Column {
  readonly name: string;
  readonly values: readonly number[];
}

const refuse = (subject: string, got: string, expected: string, next: string): never => {
  throw new InputError({ subject, got, expected, next });
};

/** A line's fields: quoted ones may hold the separator and doubled quotes. */
function fields(text: string, separator: string): string[] {
  const cells: string[] = [];
  let [cell, quoted] = ['', false];
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted && c === '"' && text[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (c === '"' && (quoted || cell.trim() === '')) quoted = !quoted;
    else if (c === separator && !quoted) {
      cells.push(cell.trim());
      cell = '';
    } else cell += c;
  }
  return [...cells, cell.trim()];
}

const isNumber = (cell: string): boolean => cell !== '' && Number.isFinite(Number(cell));

function parseCsv(lines: readonly { line: number; text: string }[], subject: string): Table {
  const first = lines[0]!.text;
  const separator = [',', ';', '\t'].reduce((a, b) => (fields(first, b).length > fields(first, a).length ? b : a));
  const head = fields(first, separator);
  const named = !head.every(isNumber);
  const columns = named ? head : head.map((_, i) => `column${i + 1}`);
  const twice = columns.find((name, i) => columns.indexOf(name) !== i);
  if (twice !== undefined) refuse(subject, `two columns named ${JSON.stringify(twice)}`, 'a name a column', 'rename one of them in line 1');
  const rows = lines.slice(named ? 1 : 0).map(({ line, text }) => {
    const cells = fields(text, separator);
    if (cells.length !== columns.length) {
      refuse(`${subject} line ${line}`, `${cells.length} cells`, `${columns.length}, as in its first line`, 'correct the line');
    }
    return { line, cells: Object.fromEntries(columns.map((name, i) => [name, cells[i]])) };
  });
  return { kind: 'csv', columns, rows };
}

/** Fields of an object, those of objects in it by dotted names. */
function flatten(value: object, lead = ''): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) =>
      typeof field === 'object' && field !== null && !Array.isArray(field)
        ? Object.entries(flatten(field, `${lead}${name}.`))
        : [[`${lead}${name}`, field]],
    ),
  );
}

function parseRecord(lines: readonly { line: number; text: string }[], subject: string): Table {
  const rows = lines.map(({ line, text }) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      refuse(`${subject} line ${line}`, 'no JSON', 'a JSON object a line', 'delete the line, or let the command that wrote it finish');
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      refuse(`${subject} line ${line}`, 'JSON that is no object', 'a JSON object a line', 'delete the line');
    }
    return { line, cells: flatten(value as object) };
  });
  return { kind: 'record', columns: [...new Set(rows.flatMap(({ cells }) => Object.keys(cells)))], rows };
}

/**
 * Reads a table: CSV (comma, semicolon or tab; a first line of names unless it is all numbers, then column1, column2 …; lines that begin
 * with # are remarks) or a record of one JSON object a line.
 */
export function parseTable(text: string, subject: string): Table {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ line: i + 1, text: line }))
    .filter((line) => line.text.trim() !== '' && !line.text.startsWith('#'));
  if (lines.length === 0) refuse(subject, 'no rows', 'a CSV file, or a JSON object a line', 'name a file with data');
  const table = lines[0]!.text.trimStart().startsWith('{') ? parseRecord(lines, subject) : parseCsv(lines, subject);
  if (table.rows.length === 0) refuse(subject, 'a line of names and no rows', 'rows of numbers below it', 'name a file with data');
  return table;
}

/** Rows whose cells equal the values of all conditions `NAME=VALUE`. */
export function whereRows(table: Table, conditions: readonly string[], subject: string): Table {
  let { rows } = table;
  for (const condition of conditions) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(condition) ?? [];
    if (name === undefined || !table.columns.includes(name)) {
      refuse(
        '--where',
        JSON.stringify(condition),
        `COLUMN=VALUE with a column of ${subject}: ${table.columns.join(', ')}`,
        'write e.g. --where arm=published',
      );
    }
    const seen = [...new Set(rows.map(({ cells }) => String(cells[name!])))];
    rows = rows.filter(({ cells }) => String(cells[name!]) === value);
    if (rows.length === 0) {
      refuse('--where', JSON.stringify(condition), `a value of ${name}: ${seen.slice(0, 12).join(', ')}`, 'choose one of them');
    }
  }
  return { ...table, rows };
}

/** The numbers of a column, by name. @throws InputError for a column or a number that is not there */
export function columnOf(table: Table, name: string, option: string, subject: string): Column {
  const complement = !table.columns.includes(name) && name.startsWith('1-') ? name.slice(2) : undefined;
  const column = complement ?? name;
  if (!table.columns.includes(column)) {
    const next = 'choose one of them; 1-NAME takes 1 less a column, e.g. 1-accuracy';
    refuse(option, JSON.stringify(name), `a column of ${subject}: ${table.columns.join(', ')}`, next);
  }
  const values = table.rows.map(({ line, cells }) => {
    const cell = cells[column];
    const value = typeof cell === 'number' ? cell : typeof cell === 'string' && cell !== '' ? Number(cell) : Number.NaN;
    if (!Number.isFinite(value)) {
      const next = table.kind === 'record' ? 'choose rows with --where, or another column' : 'correct or drop the row';
      refuse(`${subject} line ${line}`, `${column} = ${cell === undefined ? 'nothing' : JSON.stringify(cell)}`, 'a finite number', next);
    }
    return complement === undefined ? value : 1 - value;
  });
  return { name, values };
}
