import { InterruptedError, type Program } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type Chunk, type SimulationPrograms, simulationPrograms } from './programs.js';
import { planSimulation, type SimulationPlan, type SimulationSetting, seedsTogether } from './setting.js';

/** One perceptron after training. */
export interface SeedResult {
  /** Share of new examples misclassified, arccos(R)/π. */
  readonly error: number;
  /** Margin min y·J·x over the kept examples, |J| = 1. */
  readonly kappa: number;
  /** 1 − margin/(a bound that no separator exceeds): how far from max-margin the student may be. */
  readonly gap: number;
  /** Steps of training: a product with Z and one with Zᵀ each, of the rows that move; projections and looks at all rows come on top. */
  readonly steps: number;
  readonly converged: boolean;
}

/** A cell's outcome over its seeds. */
export interface SimulationResult {
  /** Mean share misclassified. */
  readonly mean: number;
  /** Standard error of the mean, deviation/√seeds; null for one seed. */
  readonly se: number | null;
  readonly seeds: number;
  readonly dimension: number;
  readonly examples: number;
  readonly kept: number;
  /** Seeds whose margin is within the asked gap of the largest one. */
  readonly converged: number;
  /** Largest gap of a seed. */
  readonly gap: number;
  /** Mean steps of a seed. */
  readonly steps: number;
  readonly each: readonly SeedResult[];
}

export interface SimulationProgress {
  /** Seeds that are trained. */
  readonly done: number;
  readonly seeds: number;
  /** Seeds that train now, those of them that have converged, and the steps done. */
  readonly together: number;
  readonly converged: number;
  readonly steps: number;
}

export interface SimulationOptions {
  readonly onProgress?: (progress: SimulationProgress) => void;
  readonly signal?: AbortSignal;
  /** Most seeds at a time (default: as many as memory allows). No matter to the result. */
  readonly together?: number;
}

/** Steps of training in one dispatch: between two of them the host looks who is done, and a Ctrl-C is heard. */
const STEPS = 32;
const BYTES = { report: 16, overlap: 16, direction: 16 } as const;

/** Buffers of one chunk, as large as its seeds need. */
export function simulationBuffers(device: Device, plan: SimulationPlan, count: number): Readonly<Record<string, GPUBuffer>> {
  const { examples, kept, rowBlocks, columnBlocks } = plan;
  const bytes = {
    directions: BYTES.direction * 2 * columnBlocks,
    keys: 4 * examples,
    labels: 4 * examples,
    chosen: 4 * kept,
    z: 64 * rowBlocks * columnBlocks,
    vectors: 48 * rowBlocks,
    listed: 4 * rowBlocks,
    w: 16 * columnBlocks,
    report: BYTES.report,
    overlap: BYTES.overlap,
  };
  return Object.fromEntries(Object.entries(bytes).map(([name, size]) => [name, device.buffer(`simulate ${name}`, count * size)]));
}

/** Encodes programs one after another in one pass and submits them. */
function submit(device: Device, programs: readonly Program[], buffers: Readonly<Record<string, GPUBuffer>>): void {
  const groups = programs.map((program) => device.bindGroup(program, buffers));
  device.submit((encoder) => {
    const pass = encoder.beginComputePass({ label: 'simulate' });
    programs.forEach((program, i) => {
      device.dispatch(pass, program, groups[i]!);
    });
    pass.end();
  });
}

/** Draws, scores, selects: what `train` starts from. */
export function prepareChunk(device: Device, programs: SimulationPrograms, buffers: Readonly<Record<string, GPUBuffer>>): void {
  const { report, vectors } = buffers;
  device.submit((encoder) => {
    encoder.clearBuffer(report!);
    encoder.clearBuffer(vectors!);
  });
  submit(device, [programs.directions, programs.score, programs.select, programs.inputs], buffers);
}

const interrupted = (done: number, seeds: number): InterruptedError =>
  new InterruptedError({
    subject: 'simulation',
    got: `a signal after ${done} of ${seeds} seeds`,
    expected: 'to finish',
    next: 'run the same command again; a table goes on where it stopped',
  });

async function runChunk(
  device: Device,
  programs: SimulationPrograms,
  { count }: Chunk,
  buffers: Readonly<Record<string, GPUBuffer>>,
  look: (converged: number, steps: number) => void,
): Promise<SeedResult[]> {
  prepareChunk(device, programs, buffers);
  const group = device.bindGroup(programs.train, buffers);
  const ranges = [{ buffer: buffers.report!, offset: 0, length: BYTES.report * count }];
  let report: Float32Array;
  for (;;) {
    const [bytes] = await device.submitAndRead((encoder) => {
      const pass = encoder.beginComputePass({ label: 'train' });
      device.dispatch(pass, programs.train, group);
      pass.end();
    }, ranges);
    report = new Float32Array(bytes!);
    let [ended, steps] = [0, 0];
    for (let i = 0; i < count; i++) {
      if (report[4 * i + 3] !== 0) ended++;
      steps = Math.max(steps, report[4 * i]!);
    }
    look(ended, steps);
    if (ended === count) break;
  }
  submit(device, [programs.overlap], buffers);
  const overlap = await device.readF32(buffers.overlap!, 0, 4 * count);
  return Array.from({ length: count }, (_, i) => ({
    error: Math.atan2(overlap[4 * i + 1]!, overlap[4 * i]!) / Math.PI,
    kappa: report[4 * i + 2]!,
    gap: report[4 * i + 1]!,
    steps: report[4 * i]!,
    converged: report[4 * i + 3] === 1,
  }));
}

/** Mean, standard error and what else is said of all seeds. */
export function summarise(plan: SimulationPlan, each: readonly SeedResult[]): SimulationResult {
  const { seeds, dimension, examples, kept } = plan;
  const mean = each.reduce((sum, { error }) => sum + error, 0) / seeds;
  const squares = each.reduce((sum, { error }) => sum + (error - mean) ** 2, 0);
  return {
    mean,
    se: seeds > 1 ? Math.sqrt(squares / (seeds - 1) / seeds) : null,
    ...{ seeds, dimension, examples, kept },
    converged: each.filter(({ converged }) => converged).length,
    gap: each.reduce((most, { gap }) => Math.max(most, gap), 0),
    steps: each.reduce((sum, { steps }) => sum + steps, 0) / seeds,
    each,
  };
}

/**
 * Teacher–student perceptrons with pruning, drawn, scored, pruned and trained to their largest margin on the device; only a few numbers a
 * seed come back. A seed's result is a function of the setting and its number: neither `seeds` nor `together` changes it.
 * @throws InputError for a bad setting or one too large for the adapter, InterruptedError after a signal
 */
export async function simulate(device: Device, setting: SimulationSetting, options: SimulationOptions = {}): Promise<SimulationResult> {
  const plan = planSimulation(setting);
  const { seeds } = plan;
  const fits = seedsTogether(plan, device.traits.maxStorageBufferBindingSize);
  const together = Math.max(1, Math.min(options.together ?? fits, fits));
  const programsOf = (chunk: Chunk): SimulationPrograms => simulationPrograms(plan, chunk, STEPS, device.traits);
  await device.compile(Object.values(programsOf({ first: 0, count: together })));
  const buffers = simulationBuffers(device, plan, together);
  const each: SeedResult[] = [];
  try {
    for (let first = 0; first < seeds; first += together) {
      const chunk = { first, count: Math.min(together, seeds - first) };
      const done = await runChunk(device, programsOf(chunk), chunk, buffers, (converged, steps) => {
        if (options.signal?.aborted) throw interrupted(first, seeds);
        options.onProgress?.({ done: first, seeds, together: chunk.count, converged, steps });
      });
      each.push(...done);
    }
  } finally {
    for (const buffer of Object.values(buffers)) buffer.destroy();
  }
  return summarise(plan, each);
}
