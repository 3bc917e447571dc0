import type { StepRecord } from '@kindling/autograd';
import { type ByteRange, type Device, Stopwatch } from '@kindling/device';

/** Seconds by what they were spent on. `generate` and `load` are getting batches; evaluation is never part of training. */
export interface PhaseTime {
  compile: number;
  generate: number;
  load: number;
  train: number;
  evaluate: number;
}

/** Seconds of a trial. In arm `guarded` of Experiment 1 the teacher trains before the warm-up, beyond the trial's steps; absent elsewhere. */
export type TrialTime = PhaseTime & { teacher?: number };

export const noTime = (): PhaseTime => ({ compile: 0, generate: 0, load: 0, train: 0, evaluate: 0 });

/** What a phase repeats: a `TrainingStep`, or several together. `step` counts from the start of the optimizer's schedule. */
export interface PhaseSteps {
  encodeData(pass: GPUComputePassEncoder, step: number): void;
  encodeTrain(pass: GPUComputePassEncoder, step: number): void;
  historyRange(model: number): ByteRange;
  decodeHistory(bytes: ArrayBuffer, first: number, count: number): StepRecord[];
}

/** One readback: the steps since the last one. */
export interface Block {
  /** Steps of this phase that are done. */
  readonly done: number;
  /** By model. */
  readonly records: readonly (readonly StepRecord[])[];
  readonly seconds: number;
}

/** Told what the steps and transfers that follow belong to, for profilers; `step` counts from the phase's start. */
export type MarkSteps = (part: 'data' | 'train' | 'readback' | 'between', step?: number) => void;

/** Host-side batch loading, for the disk source: fills the inputs of one step before it is submitted. */
export type HostLoader = (step: number) => void;

/** Steps a submit: enough to hide the round trip, few enough that the report stays alive on a software adapter. */
const BLOCK_STEPS = { software: 10, hardware: 50 };
/** Below what the loss history holds. */
const MOST_BLOCK_STEPS = 1000;

/** Steps from `done` to the next multiple of `every`; 0 means never. */
const toNext = (done: number, every: number): number => (every > 0 ? every - (done % every) : Number.POSITIVE_INFINITY);

/**
 * Splits a phase into blocks that also end wherever an evaluation or a checkpoint is due: the same blocks whether or not a run was stopped between.
 * @param before steps of the trial before this phase, as checkpoints count from its start
 * @param most steps of a block; what suits the adapter without it
 */
export const blockSize = (
  device: Device,
  done: number,
  total: number,
  evalEvery: number,
  before = 0,
  checkpointEvery = 0,
  most: number = device.info.software ? BLOCK_STEPS.software : BLOCK_STEPS.hardware,
): number => {
  const step = Math.min(Math.max(1, Math.floor(most)), MOST_BLOCK_STEPS);
  return Math.min(step, total - done, toNext(done, evalEvery), toNext(before + done, checkpointEvery));
};

/**
 * Runs steps and splits their wall time. The batch is made and trained on in the same submit, so that the clock on the wall cannot tell the
 * two apart: one step of each block runs its two halves in passes of their own with GPU timestamps, and their ratio divides the block.
 * Without timestamps all of it counts as training, and `split` says so.
 */
export class PhaseRunner {
  private readonly device: Device;
  private readonly steps: PhaseSteps;
  private readonly watch: Stopwatch;
  private readonly source: 'generate' | 'load';
  private readonly models: number;
  private readonly firstStep: number;
  private readonly mark: MarkSteps;
  readonly time: PhaseTime;

  /** @param firstStep value of the step counter at which the phase begins */
  constructor(
    device: Device,
    steps: PhaseSteps,
    options: {
      readonly source: 'generate' | 'load';
      readonly models: number;
      readonly firstStep?: number | undefined;
      readonly mark?: MarkSteps | undefined;
    },
    time: PhaseTime,
  ) {
    this.device = device;
    this.steps = steps;
    this.source = options.source;
    this.models = options.models;
    this.firstStep = options.firstStep ?? 0;
    this.mark = options.mark ?? (() => undefined);
    this.time = time;
    this.watch = new Stopwatch(device, 2);
  }

  /** 'timestamps', or 'none' where the adapter has no clock to split with. */
  get split(): 'timestamps' | 'none' {
    return this.watch.supported ? 'timestamps' : 'none';
  }

  private get ranges() {
    return [...Array.from({ length: this.models }, (_, model) => this.steps.historyRange(model)), ...this.watch.ranges];
  }

  /** Waits for what was submitted, and makes the staging buffer that later readbacks use again: steady state starts here. */
  async prepare(): Promise<void> {
    await this.device.submitAndRead(() => {}, this.ranges);
  }

  /**
   * Runs `count` steps from step `done` on and reads their losses, in one submit. With a loader each step is a submit of its own,
   * after its upload.
   */
  async run(done: number, count: number, loader?: HostLoader): Promise<Block> {
    const started = performance.now();
    let loading = 0;
    if (loader) {
      for (let i = 0; i < count; i++) {
        const before = performance.now();
        this.mark('data', done + i);
        loader(done + i);
        this.mark('train', done + i);
        loading += performance.now() - before;
        this.device.submit((encoder) => {
          const pass = encoder.beginComputePass();
          this.steps.encodeTrain(pass, this.firstStep + done + i);
          pass.end();
        });
      }
    }
    const first = this.firstStep + done;
    const work = (encoder: GPUCommandEncoder): void => {
      if (!loader) this.encode(encoder, done, count);
      this.mark('readback');
    };
    const read = await this.device.submitAndRead(work, this.ranges);
    const records = read.slice(0, this.models).map((history) => this.steps.decodeHistory(history, first, count));
    const [data = 0, train = 1] = loader ? [] : this.watch.decode(read[this.models]);
    this.mark('between');
    const wall = performance.now() - started;
    const spent = loader ? loading : wall * (data / Math.max(data + train, 1));
    this.time[this.source] += spent / 1000;
    this.time.train += (wall - spent) / 1000;
    return { done: done + count, records, seconds: wall / 1000 };
  }

  /** `count` steps from step `done` on: the first in two timed passes, the others in one pass. */
  private encode(encoder: GPUCommandEncoder, done: number, count: number): void {
    const data = encoder.beginComputePass(this.watch.descriptor(0));
    this.encodePart(data, 'data', done);
    data.end();
    const train = encoder.beginComputePass(this.watch.descriptor(1));
    this.encodePart(train, 'train', done);
    train.end();
    if (count > 1) {
      const rest = encoder.beginComputePass();
      for (let i = 1; i < count; i++) {
        this.encodePart(rest, 'data', done + i);
        this.encodePart(rest, 'train', done + i);
      }
      rest.end();
    }
    this.watch.resolve(encoder);
  }

  private encodePart(pass: GPUComputePassEncoder, part: 'data' | 'train', step: number): void {
    this.mark(part, step);
    if (part === 'data') this.steps.encodeData(pass, this.firstStep + step);
    else this.steps.encodeTrain(pass, this.firstStep + step);
  }

  destroy(): void {
    this.watch.destroy();
  }
}
