import { Meter, type Traffic } from '@kindling/device';
import { type FirstStep, firstStepInChild } from './cold.js';
import { type Engine, type EngineName, engineNames, openEngine, type Trainer } from './engine.js';
import { environment } from './environment.js';
import { Host, type Tuner } from './host.js';
import { agreement } from './losses.js';
import { isTorch, requireTorch } from './peers/torch.js';
import { pairedRatio, rotated } from './statistics.js';
import type { StepEntry, StepReport } from './step-report.js';
import type { Body } from './suite/bench.js';
import { commonOf, missingOf } from './suite/common.js';
import { comparisonsOf } from './suite/comparisons.js';
import { entryOf as commonEntry, idOf, onePass } from './suite/entry.js';
import { Reference } from './suite/reference.js';
import { slowed } from './suite/slow.js';
import { stepNames, type Workload, workloads } from './workload.js';

export interface StepOptions {
  /** As `openDevice` takes it: hardware, lavapipe, swiftshader or a part of a name. */
  readonly adapter?: string;
  /** Engines beside Kindling; default all. */
  readonly peers?: readonly string[];
  readonly workloads?: readonly Workload[];
  /** Rounds in which every engine runs one block of each workload; default 7, for Kindling alone 15. */
  readonly rounds?: number;
  /** Steps of a block with one wait; default 25, fewer for a peer whose block would take longer than `blockSeconds`. */
  readonly stepsPerBlock?: Partial<Record<EngineName, number>>;
  /** Default 4. Kindling always runs 25 steps a block unless told otherwise. */
  readonly blockSeconds?: number;
  /** Measure the first step in child processes; default true. */
  readonly cold?: boolean;
  /** Chooses Kindling's kernels before the rounds; the first step in a process of its own is not tuned. Default: each op chooses. */
  readonly tuner?: Tuner;
  readonly notice?: (line: string) => void;
}

const BLOCK = 25;
/** Steps whose losses are read one by one and compared. */
const CHECKED = 10;
/** Seconds after which the first losses of a slow engine are enough. */
const CHECK_SECONDS = 10;

/** One engine at work on one workload. */
class Runner {
  readonly samples: number[] = [];
  readonly cpu: number[] = [];
  readonly losses: number[] = [];
  readonly engine: Engine;
  readonly workload: Workload;
  private readonly software: boolean;
  steps = BLOCK;
  problem: string | undefined;
  lastLoss: { step: number; loss: number } | null = null;
  private trainer!: Trainer;
  private traffic: Partial<Record<keyof Traffic, number>> = {};
  private timedSteps = 0;
  private done = 0;
  private work!: Body;

  constructor(engine: Engine, workload: Workload, software = false) {
    this.engine = engine;
    this.software = software;
    this.workload = workload;
  }

  /** Compiles, collects the losses to compare, warms up, and fixes how many steps a block has. */
  async prepare(options: StepOptions): Promise<void> {
    this.trainer = await this.engine.start(this.workload);
    const id = idOf('step', stepNames[this.workload], this.engine.name);
    this.work = slowed(id, { run: (steps) => this.trainer.run(steps), destroy: () => this.trainer.destroy() });
    const began = performance.now();
    let seconds = 0;
    while (this.losses.length < 3 || (this.losses.length < CHECKED && performance.now() - began < 1000 * CHECK_SECONDS)) {
      const start = performance.now();
      await this.trainer.run(1);
      seconds = (performance.now() - start) / 1000;
      this.losses.push(await this.trainer.loss());
    }
    const affordable = Math.max(1, Math.floor((options.blockSeconds ?? 4) / seconds));
    const { name } = this.engine;
    this.steps = options.stepsPerBlock?.[name] ?? (name === 'kindling' ? BLOCK : Math.min(BLOCK, affordable));
    await this.trainer.run(this.steps);
    this.done = this.losses.length + this.steps;
  }

  async block(): Promise<void> {
    const meter = this.engine.gpu ? Meter.of(this.engine.gpu) : undefined;
    const before = meter?.snapshot();
    const start = performance.now();
    const used = process.cpuUsage();
    await this.work.run(this.steps);
    const { user, system } = process.cpuUsage(used);
    const elapsed = performance.now() - start;
    // PyTorch works in a process of its own, a GPU in none.
    if (this.engine.gpu && this.software) this.cpu.push((user + system) / 1000 / elapsed);
    this.samples.push((this.trainer.seconds ? 1000 * this.trainer.seconds() : elapsed) / this.steps);
    this.timedSteps += this.steps;
    this.done += this.steps;
    if (!meter || !before) return;
    for (const [name, count] of Object.entries(meter.since(before)) as [keyof Traffic, number][]) {
      this.traffic[name] = (this.traffic[name] ?? 0) + count;
    }
  }

  async finish(): Promise<void> {
    this.lastLoss = { step: this.done, loss: await this.trainer.loss() };
    this.work.destroy();
  }

  /** Steps before the first timed block. */
  get warmUp(): number {
    return this.losses.length === 0 ? 0 : this.losses.length + this.steps;
  }

  perStep(name: keyof Traffic): number | null {
    return this.engine.gpu && this.timedSteps > 0 ? (this.traffic[name] ?? 0) / this.timedSteps : null;
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs `body`; what it throws becomes the runner's problem, so that one engine's failure never hides the others. */
async function attempt(runner: Runner, body: () => Promise<void>): Promise<void> {
  if (runner.problem !== undefined) return;
  await body().catch((error: unknown) => {
    runner.problem = messageOf(error);
  });
}

/** Kindling first, then the peers asked for. @throws TypeError for a name that is no engine. */
function chosenEngines(peers: readonly string[] | undefined): EngineName[] {
  const unknown = (peers ?? []).filter((name) => !(engineNames as readonly string[]).includes(name));
  if (unknown.length > 0) throw new TypeError(`peers: got ${unknown.join(', ')}; expected some of ${engineNames.slice(1).join(', ')}`);
  return engineNames.filter((name) => name === 'kindling' || !peers || peers.includes(name));
}

function entryOf(runner: Runner, wrong: string | undefined, first: FirstStep | null): StepEntry {
  const common = commonEntry({
    ...{ set: 'step', name: stepNames[runner.workload], engine: runner.engine.name },
    ...{ ...onePass(runner.samples, runner.cpu), warmUp: runner.warmUp, repetitions: runner.steps },
    work: { amount: 1, unit: 'model step' },
    wrong: wrong !== undefined,
    problem: runner.problem ?? wrong,
  });
  return {
    ...common,
    engine: runner.engine.name,
    workload: runner.workload,
    msMedian: common.median,
    msMin: common.min,
    msMax: common.max,
    dispatchesPerStep: runner.perStep('dispatches'),
    submitsPerStep: runner.perStep('submits'),
    hostBytesPerStep: runner.perStep('hostToGpuBytes'),
    buffersPerStep: runner.perStep('buffersCreated'),
    bindGroupsPerStep: runner.perStep('bindGroupsCreated'),
    losses: runner.losses,
    lastLoss: runner.lastLoss,
    stepsPerBlock: runner.steps,
    firstStepSeconds: first?.seconds ?? null,
    uncachedFirstStepSeconds: first?.uncachedSeconds ?? null,
  };
}

/** Whether a first step is worth a process: PyTorch that is missing, or sees no CUDA device, says so without one. */
function present(name: EngineName): boolean {
  if (!isTorch(name)) return true;
  try {
    requireTorch(name);
    return true;
  } catch {
    return false;
  }
}

/** The entry of an engine that could not be opened. */
const absent = (engine: EngineName, workload: Workload, problem: string): StepEntry => ({
  ...entryOf(new Runner({ name: engine, gpu: null } as Engine, workload), undefined, null),
  problem,
});

/** A faster wrong answer does not count: engines whose losses are wrong have no ratio, and where Kindling's are nobody has. */
function ratiosOf(all: readonly Runner[], wrong: ReadonlyMap<Runner, string>): StepReport['ratios'] {
  const ratios: StepReport['ratios'] = {};
  const runners = all.filter((runner) => !wrong.has(runner));
  for (const runner of runners) {
    const own = runners.find(({ engine, workload }) => engine.name === 'kindling' && workload === runner.workload);
    if (!own || own === runner || runner.samples.length === 0 || own.samples.length === 0) continue;
    ratios[runner.workload] ??= {};
    ratios[runner.workload]![runner.engine.name] = pairedRatio(runner.samples, own.samples);
  }
  return ratios;
}

/**
 * Times the poster CNN's training step on every engine, interleaved block by block on one adapter, all waiting in the same way.
 * @throws TypeError for unknown peers, DeviceError or InputError when the adapter cannot be had.
 */
export async function benchStep(options: StepOptions = {}): Promise<StepReport> {
  const began = performance.now();
  const names = chosenEngines(options.peers);
  const facts = environment();
  const notice = options.notice ?? (() => undefined);
  const cold = new Map<EngineName, FirstStep | string>();
  for (const name of options.cold === false ? [] : names.filter(present)) {
    notice(`first step of ${name}, in processes of their own`);
    cold.set(name, await firstStepInChild(name, options.adapter));
  }

  const host = await Host.open(options.adapter, notice, options.tuner);
  const engines: Engine[] = [];
  const missing: StepEntry[] = [];
  const wanted = options.workloads ?? workloads;
  for (const name of names) {
    try {
      engines.push(await openEngine(name, host));
    } catch (error) {
      missing.push(...wanted.map((workload) => absent(name, workload, messageOf(error))));
    }
  }
  const reference = await Reference.open(host);
  const runners = wanted.flatMap((workload) =>
    engines.filter((engine) => engine.workloads.includes(workload)).map((engine) => new Runner(engine, workload, host.info.software)),
  );
  for (const runner of runners) {
    notice(`warm-up: ${runner.engine.name}, ${runner.workload}`);
    await attempt(runner, () => runner.prepare(options));
  }
  const rounds = options.rounds ?? (names.length > 1 ? 7 : 15);
  for (let round = 0; round < rounds; round++) {
    notice(`round ${round + 1} of ${rounds}`);
    await reference.sample(round);
    for (const workload of wanted) {
      const group = runners.filter((runner) => runner.workload === workload);
      for (const runner of rotated(group, round)) await attempt(runner, () => runner.block());
    }
  }
  for (const runner of runners) await attempt(runner, () => runner.finish());
  const wrong = agreement(runners);
  const entries = runners.map((runner) => {
    const first = cold.get(runner.engine.name);
    return entryOf(runner, wrong.get(runner), typeof first === 'object' ? first : null);
  });
  const versions = Object.assign({}, ...engines.map(({ versions: own }) => own));
  const all = [...entries, ...missing];
  const common = commonOf({
    ...{ bench: 'step', host, environment: facts, reference: await reference.finish(), versions, rounds, began },
    sampleSeconds: (BLOCK * (entries[0]?.median ?? 0)) / 1000,
  });
  for (const engine of engines) engine.destroy();
  return {
    ...common,
    entries: all,
    comparisons: comparisonsOf(all),
    missing: missingOf(all),
    ratios: ratiosOf(runners, wrong),
    choices: host.choices,
  };
}
