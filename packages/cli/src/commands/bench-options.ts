import { InputError } from '@kindling/core';

export interface BenchOptions {
  readonly adapter?: string;
  readonly sets?: string;
  readonly passes?: number;
  readonly rounds?: number;
  readonly sampleSeconds?: number;
  readonly budget?: number;
  /** True where the option stands without names. */
  readonly peers?: string | true;
  readonly workloads?: string;
  readonly blockSeconds?: number;
  readonly cold?: boolean;
  readonly soak?: number;
  readonly task?: string;
  readonly variants?: boolean;
  readonly families?: string;
  readonly sizes?: string;
  readonly batch?: number;
  readonly models?: string;
  readonly accuracy?: number;
  readonly steps?: number;
  readonly threshold?: string;
  readonly tune?: boolean;
  readonly retune?: boolean;
  readonly json?: boolean;
  readonly out?: string;
  readonly record?: string;
}

type OptionName = keyof BenchOptions;

const everywhere: readonly OptionName[] = ['adapter', 'rounds', 'json', 'out', 'record'];
const suite: readonly OptionName[] = [...everywhere, 'passes', 'sampleSeconds', 'budget'];

/** Options that each command takes. */
const taken: Readonly<Record<string, readonly OptionName[]>> = {
  default: [...suite, 'sets', 'peers', 'families', 'models', 'task'],
  record: [...suite, 'sets', 'peers', 'families', 'models', 'task'],
  ceiling: suite,
  data: suite,
  sweep: [...suite, 'models'],
  kernels: [...everywhere, 'peers', 'task', 'variants', 'sampleSeconds'],
  generate: [...everywhere, 'peers', 'families', 'sizes', 'batch', 'sampleSeconds'],
  step: [...everywhere, 'peers', 'workloads', 'blockSeconds', 'cold', 'soak', 'tune', 'retune'],
  peers: [...everywhere, 'peers', 'sampleSeconds', 'blockSeconds'],
  headline: [...everywhere, 'peers', 'accuracy', 'steps', 'budget'],
  compare: ['threshold', 'json', 'out'],
};

export const benchCommands: readonly string[] = Object.keys(taken).filter((name) => name !== 'default');

const refuse = (subject: string, got: string, expected: string, next = 'see `kindling bench --help`'): never => {
  throw new InputError({ subject, got, expected, next });
};

const dashed = (name: string): string =>
  name === 'cold' ? '--no-cold' : `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** Names between commas; `none` and nothing are no name. */
export const list = (text: string | undefined): string[] | undefined =>
  text
    ?.split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '' && name !== 'none');

/** Whole numbers between commas. @throws InputError */
export function wholes(option: string, text: string): number[] {
  const values = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : Number.NaN));
  return values.some(Number.isNaN) ? refuse(option, JSON.stringify(text), 'whole numbers with commas between them, e.g. 1,8,32') : values;
}

/** What every option must be, whatever it is for. */
function checkValues(options: BenchOptions): void {
  const whole = (name: 'rounds' | 'soak' | 'steps' | 'batch' | 'passes', most: number): void => {
    const value = options[name];
    if (value !== undefined && !(Number.isInteger(value) && value >= 1 && value <= most)) {
      refuse(dashed(name), String(value), `a whole number from 1 to ${most}`);
    }
  };
  whole('rounds', 1000);
  whole('passes', 100);
  whole('soak', 10_000_000);
  whole('steps', 1_000_000);
  whole('batch', 1_048_576);
  for (const name of ['blockSeconds', 'sampleSeconds', 'budget'] as const) {
    const value = options[name];
    if (value !== undefined && !(value > 0)) refuse(dashed(name), String(value), 'seconds above 0');
  }
  const { accuracy, record, out } = options;
  if (accuracy !== undefined && !(accuracy > 0 && accuracy < 1))
    refuse('--accuracy', String(accuracy), 'a share above 0 and below 1, e.g. 0.9');
  if (record !== undefined && !/^[A-Za-z0-9][\w.-]{0,79}$/.test(record)) {
    refuse('record', JSON.stringify(record), 'a name of letters, digits, dots, dashes and underscores', 'choose another name');
  }
  if (out === '') refuse('--out', '""', 'a file to write');
}

/** @throws InputError for a command that there is not, files that it does not take, or an option that is not for it */
export function checkBench(what: string | undefined, files: readonly string[], options: BenchOptions): string {
  const command = what ?? 'default';
  const known = Object.hasOwn(taken, command) && what !== 'default' ? taken[command]! : undefined;
  if (!known) return refuse('bench', command, `${benchCommands.join(', ')}, or none of them`);
  const wanted = { compare: 2, record: 1 }[command] ?? 0;
  if (files.length !== wanted) {
    const expected = { compare: 'two files, A.json and B.json', record: 'one name' }[command] ?? 'no further argument';
    refuse(`bench ${command}`, files.length === 0 ? 'nothing more' : files.join(' '), expected);
  }
  for (const [name, value] of Object.entries(options) as [OptionName, unknown][]) {
    const given = name === 'cold' ? value === false : value !== undefined;
    if (!given || known.includes(name)) continue;
    const at = Object.keys(taken).filter((other) => taken[other]!.includes(name));
    const places = at.map((other) => (other === 'default' ? 'bench without a name' : `bench ${other}`)).join(', ');
    refuse(dashed(name), `it with ${command === 'default' ? 'the default set' : `bench ${command}`}`, `it with ${places}`);
  }
  checkValues(options);
  return command;
}
