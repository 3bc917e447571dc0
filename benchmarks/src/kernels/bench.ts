import { loadavg } from 'node:os';
import { environment } from '../environment.js';
import { Host } from '../host.js';
import { pairedRatio, rotated, summarise } from '../statistics.js';
import { Timed } from '../timed.js';
import { ceilings, type Probe } from './ceiling.js';
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
  /** Samples of each kernel, interleaved; default 9. */
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

interface Contender {
  readonly engine: KernelEngine;
  readonly kernel: Kernel;
  readonly timed: Timed;
  readonly error: number;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const entryOf = (task: Task, { engine, kernel, timed, error }: Contender): KernelEntry => {
  const rates = summarise(timed.ms.map((ms) => task.flops / ms / 1e6));
  return {
    engine: engine.name,
    task: task.name,
    variant: kernel.variant,
    gflops: rates.median,
    gflopsMin: rates.min,
    gflopsMax: rates.max,
    msMedian: summarise(timed.ms).median,
    n: rates.n,
    timesPerSample: timed.times,
    spread: rates.spread,
    error,
    wrong: !(error < (kernel.tolerance ?? TOLERANCE)),
    shareOfOpenBlas: null,
  };
};

const failed = (task: Task, engine: string, problem: string): KernelEntry => ({
  ...{ engine, task: task.name, variant: '', gflops: null, gflopsMin: null, gflopsMax: null, msMedian: null },
  ...{ n: 0, timesPerSample: 0, spread: null, error: null, wrong: false, shareOfOpenBlas: null, problem },
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
async function runTask(task: Task, engines: readonly KernelEngine[], options: KernelsOptions) {
  const contenders: Contender[] = [];
  const entries: KernelEntry[] = [];
  for (const engine of engines) {
    try {
      const kernel = await engine.prepare(task);
      if (!kernel) continue;
      await kernel.run(1);
      const timed = new Timed(kernel);
      const error = await kernel.error();
      await timed.calibrate(options.sampleSeconds ?? 0.05);
      contenders.push({ engine, kernel, timed, error });
    } catch (error) {
      entries.push(failed(task, engine.name, messageOf(error)));
    }
  }
  for (let round = 0; round < (options.rounds ?? 9); round++) {
    for (const { timed } of rotated(contenders, round)) await timed.sample();
  }
  for (const { kernel } of contenders) kernel.destroy();
  entries.unshift(...contenders.map((contender) => entryOf(task, contender)));
  const own = contenders.find(({ engine }) => engine.name === 'kindling');
  const others = own ? contenders.filter((contender) => contender !== own) : [];
  return { entries, ratios: Object.fromEntries(others.map(({ engine, timed }) => [engine.name, pairedRatio(timed.ms, own!.timed.ms)])) };
}

async function measure(probe: Probe, rounds: number): Promise<CeilingEntry> {
  const timed = new Timed(probe);
  await timed.calibrate(0.05);
  for (let round = 0; round < rounds; round++) await timed.sample();
  probe.destroy();
  const { median, min, max, n } = summarise(timed.ms.map((ms) => probe.work / ms / 1e6));
  return { name: probe.name, unit: probe.unit, median, min, max, n };
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
  const entries: KernelEntry[] = [];
  const ratios: KernelsReport['ratios'] = {};
  for (const task of tasks().filter(({ name }) => name.includes(options.task ?? ''))) {
    notice(task.name);
    const result = await runTask(task, engines, options);
    entries.push(...result.entries, ...[...problems].map(([name, problem]) => failed(task, name, problem)));
    ratios[task.name] = result.ratios;
  }
  notice('ceilings');
  const measured: CeilingEntry[] = [];
  for (const probe of await ceilings(host)) measured.push(await measure(probe, options.rounds ?? 9));
  for (const engine of engines) engine.destroy();
  return {
    adapter: host.info.name,
    load: facts.loadBefore[0]!,
    entries: withShares(entries),
    ceilings: measured,
    ratios,
    adapterInfo: host.info,
    environment: facts,
    loadAfter: loadavg(),
    versions: Object.assign({}, ...engines.map(({ versions }) => versions)),
    problems: [...problems].map(([name, problem]) => `${name}: ${problem}`),
    seconds: (performance.now() - began) / 1000,
  };
}
