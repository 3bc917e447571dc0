import { accessSync, constants, existsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { InputError } from '@kindling/core';
import { encodeOnnx } from '../onnx/model.js';
import { onDisk, print, printJson, say } from '../terminal.js';
import { stepTuner } from '../tuning.js';
import { drawBenchRecord } from './bench-figures.js';
import { type BenchOptions, checkBench, list, wholes } from './bench-options.js';

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

/** Leaves out what was not given, so that defaults stand. */
const given = <T extends object>(options: T): { [K in keyof T]: NonNullable<T[K]> } =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;

interface Measured {
  readonly report: object;
  readonly table: string;
}

/** Sets of Kindling's own, in processes of their own; peers beside them where they are asked for. */
async function measureSuite(sets: readonly string[] | undefined, options: BenchOptions, benchmarks: Benchmarks): Promise<Measured> {
  const { adapter, passes, rounds, sampleSeconds, budget: budgetSeconds, task } = options;
  const families = list(options.families);
  const models = options.models === undefined ? undefined : wholes('--models', options.models);
  const report = await benchmarks.benchSuite(
    given({ sets, adapter, passes, rounds, sampleSeconds, budgetSeconds, task, families, models, notice: say }),
  );
  const peers = options.peers === true ? undefined : list(options.peers);
  if (options.peers === undefined || peers?.length === 0) return { report, table: benchmarks.formatDocument(report) };
  const beside = await benchmarks.benchPeers(given({ adapter, peers, onnx: encodeOnnx, notice: say }));
  const both = benchmarks.joinDocuments(report, beside);
  return { report: both, table: `${benchmarks.formatPeers(beside)}\n\n${benchmarks.formatDocument(report)}` };
}

async function measure(what: string, options: BenchOptions, benchmarks: Benchmarks): Promise<Measured> {
  const peers = options.peers === true ? undefined : list(options.peers);
  const { adapter, rounds, sampleSeconds, blockSeconds } = options;
  const common = given({ adapter, peers, rounds, notice: say });
  switch (what) {
    case 'step': {
      if (options.soak !== undefined) {
        const soak = await benchmarks.soakStep(given({ adapter, steps: options.soak, notice: say }));
        const report = { environment: benchmarks.environment(), ...soak };
        return { report, table: benchmarks.formatSoak(report) };
      }
      const workloads = list(options.workloads) as (typeof benchmarks.workloads)[number][] | undefined;
      const unknown = workloads?.filter((name) => !benchmarks.workloads.includes(name)) ?? [];
      if (unknown.length > 0 || workloads?.length === 0) {
        const expected = `some of ${benchmarks.workloads.join(', ')}`;
        throw new InputError({ subject: '--workloads', got: unknown.join(', ') || 'none', expected, next: 'see `kindling bench --help`' });
      }
      const report = await benchmarks.benchStep({
        ...common,
        ...given({ workloads, blockSeconds }),
        ...(options.tune || options.retune ? { tuner: stepTuner(options.retune ?? false) } : {}),
        cold: options.cold ?? true,
      });
      return { report, table: benchmarks.formatStep(report) };
    }
    case 'kernels': {
      const report = await benchmarks.benchKernels({
        ...common,
        ...given({ task: options.task, variants: options.variants, sampleSeconds }),
      });
      return { report, table: benchmarks.formatKernels(report) };
    }
    case 'generate': {
      const sizes = options.sizes === undefined ? undefined : benchmarks.parseSizes(options.sizes);
      const families = list(options.families);
      const report = await benchmarks.benchGenerate({ ...common, ...given({ families, sizes, batch: options.batch, sampleSeconds }) });
      return { report, table: benchmarks.formatGenerate(report) };
    }
    case 'peers': {
      const report = await benchmarks.benchPeers({ ...common, ...given({ sampleSeconds, blockSeconds }), onnx: encodeOnnx });
      return { report, table: benchmarks.formatPeers(report) };
    }
    case 'headline': {
      const { accuracy, steps: maxSteps, budget: budgetSeconds } = options;
      const asked = { adapter, peers, seeds: rounds, accuracy, maxSteps, budgetSeconds, notice: say };
      const report = await benchmarks.benchHeadline({ ...given(asked) });
      return { report, table: benchmarks.formatHeadline(report) };
    }
    case 'default':
    case 'record':
      return measureSuite(list(options.sets), options, benchmarks);
    default:
      return measureSuite([what], options, benchmarks);
  }
}

function compare([a, b]: readonly string[], options: BenchOptions, benchmarks: Benchmarks): number {
  const threshold = options.threshold === undefined ? undefined : benchmarks.parseThreshold(options.threshold);
  const [before, after] = [benchmarks.loadRun(a!), benchmarks.loadRun(b!)];
  benchmarks.requireSameAdapter(before, after);
  const result = benchmarks.compareRuns(before, after, given({ threshold }));
  if (options.out !== undefined) writeJson(options.out, result);
  if (options.json) printJson({ a, b, adapter: before.adapter, ...result });
  else print(benchmarks.formatComparison(result, before, after));
  return result.slower + result.wrong > 0 ? 1 : 0;
}

const writeJson = (path: string, value: object): void =>
  onDisk(path, 'a file to write', 'choose another --out', () => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`));

/** @throws InputError unless a file of that name can be written; makes none */
const requireWritable = (path: string): void =>
  onDisk(path, 'a file to write', 'choose another --out', () => accessSync(existsSync(path) ? path : dirname(path), constants.W_OK));

/** Measures sets of benchmarks on one adapter, or compares two runs. */
export async function bench(what: string | undefined, files: readonly string[], options: BenchOptions): Promise<number> {
  const command = checkBench(what, files, options);
  const benchmarks = await load();
  if (command === 'compare') return compare(files, options, benchmarks);
  // Before minutes of measuring: a result that cannot be kept is none.
  if (options.out !== undefined) requireWritable(options.out);
  const record = command === 'record' ? files[0]! : options.record;
  checkBench(what, files, { ...options, ...(record === undefined ? {} : { record }) });
  let result: Measured;
  try {
    result = await measure(command, options, benchmarks);
  } catch (error) {
    // The benchmarks refuse unknown engines with a TypeError that says which there are.
    if (!(error instanceof TypeError)) throw error;
    throw new InputError({
      subject: `bench ${command}`,
      got: error.message,
      expected: 'valid options',
      next: 'see `kindling bench --help`',
    });
  }
  const { report, table } = result;
  if (options.out !== undefined) writeJson(options.out, report);
  if (record !== undefined) {
    const call = `npx kindling bench ${process.argv.slice(3).join(' ')}`;
    const about = `Measured with \`${call}\`.`;
    const folder = 'benchmarks/records';
    const path = benchmarks.writeRecord({ name: record, about, command: call, table, report: report as never, folder });
    for (const file of await drawBenchRecord(path)) say(`drawn: ${file}`);
    say(`written: ${path}`);
  }
  if (options.json) printJson(report);
  else print(table);
  return 0;
}
