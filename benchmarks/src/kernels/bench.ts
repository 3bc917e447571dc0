import { copyProbe, fillProbe, fmaProbe, type Probe } from '@kindling/profile';
import { environment } from '../environment.js';
import { Host } from '../host.js';
import { pairedRatio, rotated, summarise } from '../statistics.js';
import { commonOf, missingOf } from '../suite/common.js';
import { entryOf as commonEntry, idOf, onePass } from '../suite/entry.js';
import { Reference } from '../suite/reference.js';
import { slowed } from '../suite/slow.js';
import { Timed } from '../timed.js';
import type { Kernel, KernelEngine } from './kernel.js';
import { kindlingKernels, kindlingVariants } from './kindling.js';
import { blasKernels, jaxKernels, tfjsKernels } from './peers.js';
import type { CeilingEntry, KernelEntry, KernelsReport } from './report.js';
import { type Task, tasks } from './tasks.js';

export interface KernelsOptions {
  readonly adapter?: string;
  /** Some of jax-js, tfjs, openblas; default all. */
  readonly peers?: readonly string[];
  /** Only tasks whose name contains this. */
  readonly task?: string;
  /** Also every variant of Kindling's ops by itself. */
  readonly variants?: boolean;
  /** Samples of each kernel, interleaved; default 9, without peers 15. */
  readonly rounds?: number;
  /** Seconds of one sample at least; default 0.05. */
  readonly sampleSeconds?: number;
  readonly notice?: (line: string) => void;
}

/** Sums of up to 1024 f32 products in any order stay well below. */
const TOLERANCE = 1e-4;

const peers: Readonly<Record<string, (host: Host) => Promise<KernelEngine> | KernelEngine>> = {
  'jax-js': jaxKernels,
  tfjs: tfjsKernels,
  openblas: blasKernels,
};

/** Samples of each kernel. */
const roundsOf = ({ rounds, peers }: KernelsOptions): number => rounds ?? (peers?.length === 0 ? 15 : 9);

interface Contender {
  readonly engine: KernelEngine;
  readonly kernel: Kernel;
  readonly timed: Timed;
  readonly error: number;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const isWrong = ({ kernel, error }: Contender): boolean => !(error < (kernel.tolerance ?? TOLERANCE));

const entryOf = (task: Task, contender: Contender): KernelEntry => {
  const { engine, kernel, timed, error } = contender;
  const rates = summarise(timed.ms.map((ms) => task.flops / ms / 1e6));
  const common = commonEntry({
    ...{
      set: 'kernels',
      name: task.name,
      engine: engine.name,
      ...onePass(timed.ms, engine.inProcess ? timed.cpu : []),
      warmUp: timed.warmUp,
      repetitions: timed.times,
    },
    ...{ work: { amount: task.flops, unit: 'FLOP' }, wrong: isWrong(contender) },
    problem: isWrong(contender) ? `its result is off by ${error.toExponential(1)} of its size` : undefined,
  });
  return {
    ...common,
    task: task.name,
    variant: kernel.variant,
    gflops: rates.median,
    gflopsMin: rates.min,
    gflopsMax: rates.max,
    msMedian: common.median,
    timesPerSample: timed.times,
    error,
    shareOfOpenBlas: null,
  };
};

const failed = (task: Task, engine: string, problem: string): KernelEntry => ({
  ...commonEntry({ set: 'kernels', name: task.name, engine, ...onePass([]), warmUp: 0, repetitions: 0, problem }),
  ...{ task: task.name, variant: '', gflops: null, gflopsMin: null, gflopsMax: null, msMedian: null },
  ...{ timesPerSample: 0, error: null, shareOfOpenBlas: null },
});

async function openEngines(host: Host, options: KernelsOptions): Promise<{ engines: KernelEngine[]; problems: Map<string, string> }> {
  const engines = [kindlingKernels(host), ...(options.variants ? kindlingVariants(host) : [])];
  const problems = new Map<string, string>();
  for (const name of options.peers ?? Object.keys(peers)) {
    const open = peers[name];
    if (!open) throw new TypeError(`peers: got ${name}; expected some of ${Object.keys(peers).join(', ')}`);
    try {
      engines.push(await open(host));
    } catch (error) {
      problems.set(name, messageOf(error));
    }
  }
  return { engines, problems };
}

/** One task on all engines: checked, warmed up, then sampled in turns. */
async function runTask(task: Task, engines: readonly KernelEngine[], options: KernelsOptions, reference: Reference, first: number) {
  const contenders: Contender[] = [];
  const entries: KernelEntry[] = [];
  for (const engine of engines) {
    try {
      const kernel = await engine.prepare(task);
      if (!kernel) continue;
      await kernel.run(1);
      const id = idOf('kernels', task.name, engine.name);
      const timed = new Timed(slowed(id, { run: (times) => kernel.run(times), destroy: () => kernel.destroy() }));
      const error = await kernel.error();
      await timed.calibrate(options.sampleSeconds ?? 0.05);
      contenders.push({ engine, kernel, timed, error });
    } catch (error) {
      entries.push(failed(task, engine.name, messageOf(error)));
    }
  }
  for (let round = 0; round < roundsOf(options); round++) {
    for (const { timed } of rotated(contenders, round)) await timed.sample();
    await reference.sample(first + round);
  }
  for (const { kernel } of contenders) kernel.destroy();
  const numbered = (entry: KernelEntry): KernelEntry => ({ ...entry, round: entry.round.map((round) => first + round) });
  entries.unshift(...contenders.map((contender) => numbered(entryOf(task, contender))));
  const sound = contenders.filter((contender) => !isWrong(contender));
  const own = sound.find(({ engine }) => engine.name === 'kindling');
  const others = own ? sound.filter((contender) => contender !== own) : [];
  return { entries, ratios: Object.fromEntries(others.map(({ engine, timed }) => [engine.name, pairedRatio(timed.ms, own!.timed.ms)])) };
}

async function measure(probe: Probe, rounds: number): Promise<CeilingEntry> {
  const timed = new Timed(probe);
  await timed.calibrate(0.05);
  for (let round = 0; round < rounds; round++) await timed.sample();
  probe.destroy();
  const { median, min, max, n } = summarise(timed.ms.map((ms) => probe.work / ms / 1e6));
  return { name: probe.name, unit: probe.kind === 'fma' ? 'GFLOP/s' : 'GB/s', median, min, max, n };
}

/** Fills in each entry's share of OpenBLAS's rate. */
function withShares(entries: readonly KernelEntry[]): KernelEntry[] {
  const rate = (task: string): number | null => entries.find((entry) => entry.engine === 'openblas' && entry.task === task)?.gflops ?? null;
  return entries.map((entry) => {
    const ceiling = rate(entry.task) ?? rate('matmul 1024³');
    return { ...entry, shareOfOpenBlas: ceiling !== null && entry.gflops !== null ? entry.gflops / ceiling : null };
  });
}

/**
 * Times single ops of Kindling and its peers on one adapter, in turns, beside OpenBLAS and the adapter's own ceilings.
 * @throws TypeError for unknown peers, DeviceError or InputError when the adapter cannot be had.
 */
export async function benchKernels(options: KernelsOptions = {}): Promise<KernelsReport> {
  const began = performance.now();
  const facts = environment();
  const notice = options.notice ?? (() => undefined);
  const host = await Host.open(options.adapter, notice);
  const { engines, problems } = await openEngines(host, options);
  const reference = await Reference.open(host);
  const rounds = roundsOf(options);
  const entries: KernelEntry[] = [];
  const ratios: KernelsReport['ratios'] = {};
  let done = 0;
  for (const task of tasks().filter(({ name }) => name.includes(options.task ?? ''))) {
    notice(task.name);
    const result = await runTask(task, engines, options, reference, done);
    done += rounds;
    entries.push(...result.entries, ...[...problems].map(([name, problem]) => failed(task, name, problem)));
    ratios[task.name] = result.ratios;
  }
  notice('ceilings');
  const measured: CeilingEntry[] = [];
  const settle = (gpu: GPUDevice): Promise<void> => host.settle(gpu);
  for (const open of [fmaProbe, fillProbe, copyProbe]) measured.push(await measure(await open(host.device, { settle }), roundsOf(options)));
  const versions = Object.assign({}, ...engines.map(({ versions: own }) => own));
  const common = commonOf({
    ...{ bench: 'kernels', host, environment: facts, reference: await reference.finish(), versions, rounds, began },
    sampleSeconds: options.sampleSeconds ?? 0.05,
  });
  for (const engine of engines) engine.destroy();
  const all = withShares(entries);
  return {
    ...common,
    entries: all,
    comparisons: [],
    missing: missingOf(all),
    ceilings: measured,
    ratios,
    problems: [...problems].map(([name, problem]) => `${name}: ${problem}`),
  };
}
