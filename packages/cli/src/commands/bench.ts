import { InputError } from '@kindling/core';
import { print, printJson, say } from '../terminal.js';
import { stepTuner } from '../tuning.js';

export interface BenchOptions {
  readonly adapter?: string;
  readonly peers?: string;
  readonly workloads?: string;
  readonly rounds?: number;
  readonly blockSeconds?: number;
  readonly cold?: boolean;
  readonly soak?: number;
  readonly task?: string;
  readonly variants?: boolean;
  readonly families?: string;
  readonly sizes?: string;
  readonly batch?: number;
  readonly tune?: boolean;
  readonly retune?: boolean;
  readonly json?: boolean;
  readonly record?: string;
}

type Benchmarks = typeof import('@kindling/benchmarks');

/** The benchmarks live in the clone alone: they bring other engines, which users of the command should not have to install. */
async function load(): Promise<Benchmarks> {
  try {
    return await import('@kindling/benchmarks');
  } catch (cause) {
    throw new InputError(
      {
        subject: 'bench',
        got: `no benchmarks package (${(cause as Error).message.split('\n')[0]})`,
        expected: 'a clone of the repository, built',
        next: 'run `npm ci` in a clone and call `npx kindling bench` there',
      },
      2,
      { cause },
    );
  }
}

const list = (text: string | undefined): string[] | undefined => text?.split(',').filter((name) => name !== '' && name !== 'none');

/** Leaves out what was not given, so that defaults stand. */
const given = <T extends object>(options: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

async function measure(what: string, options: BenchOptions, benchmarks: Benchmarks): Promise<{ report: object; table: string }> {
  const common = given({ adapter: options.adapter, peers: list(options.peers), rounds: options.rounds, notice: say });
  if (what === 'step' && options.soak !== undefined) {
    const soak = await benchmarks.soakStep(given({ adapter: options.adapter, steps: options.soak, notice: say }));
    const report = { environment: benchmarks.environment(), ...soak };
    return { report, table: benchmarks.formatSoak(report) };
  }
  if (what === 'step') {
    const workloads = list(options.workloads) as (typeof benchmarks.workloads)[number][] | undefined;
    const report = await benchmarks.benchStep({
      ...common,
      ...given({ workloads, blockSeconds: options.blockSeconds }),
      ...(options.tune || options.retune ? { tuner: stepTuner(options.retune ?? false) } : {}),
      cold: options.cold ?? true,
    });
    return { report, table: benchmarks.formatStep(report) };
  }
  if (what === 'kernels') {
    const report = await benchmarks.benchKernels({ ...common, ...given({ task: options.task, variants: options.variants }) });
    return { report, table: benchmarks.formatKernels(report) };
  }
  if (what === 'generate') {
    const sizes = options.sizes === undefined ? undefined : benchmarks.parseSizes(options.sizes);
    const report = await benchmarks.benchGenerate({
      ...common,
      ...given({ families: list(options.families), sizes, batch: options.batch }),
    });
    return { report, table: benchmarks.formatGenerate(report) };
  }
  throw new InputError({ subject: 'bench', got: what, expected: 'step, kernels or generate', next: 'see `kindling bench --help`' });
}

/** Measures the training step, single kernels or the generation of data beside other engines, interleaved in one run on one adapter. */
export async function bench(what: string, options: BenchOptions): Promise<number> {
  const benchmarks = await load();
  let result: { report: object; table: string };
  try {
    result = await measure(what, options, benchmarks);
  } catch (error) {
    // The benchmarks refuse unknown engines and workloads with a TypeError that says which there are.
    if (!(error instanceof TypeError)) throw error;
    throw new InputError({ subject: `bench ${what}`, got: error.message, expected: 'valid options', next: 'see `kindling bench --help`' });
  }
  const { report, table } = result;
  if (options.json) printJson(report);
  else print(table);
  if (options.record !== undefined) {
    const command = `npx kindling bench ${process.argv.slice(3).join(' ')}`;
    const about = `Measured with \`${command}\`.`;
    const folder = 'benchmarks/records';
    say(`written: ${benchmarks.writeRecord({ name: options.record, about, command, table, report: report as never, folder })}`);
  }
  return 0;
}
