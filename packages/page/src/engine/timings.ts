// Times of kernels while training: now and then the first steps of a block run with a pass and two timestamps a dispatch.
import type { Device } from '@kindling/device';
import { kernelFacts, Recorder } from '@kindling/profile';
import type { TrialMark } from '@kindling/warmup';
import type { PhaseName, TimingRow, Timings } from '../protocol.js';

/** Blocks of which one is timed, and steps of it: enough for a mean, few enough that training hardly feels them. */
const EVERY = 3;
const STEPS = 8;
/** Coarser clocks than this are worth a word: kernels take microseconds. */
const COARSE_NS = 1000;

interface Sum {
  readonly phase: PhaseName;
  readonly part: 'data' | 'train';
  readonly kernel: string;
  readonly shape: string;
  ns: number;
  calls: number;
}

const isPhase = (phase: string): phase is PhaseName => phase === 'warmup' || phase === 'natural';

/** The times of one run's kernels. Hand `mark` to the trial, and await `blockDone` between blocks. */
export class KernelTimes {
  private on = false;
  private recorder: Recorder | undefined;
  private first: number | undefined;
  private blocks = 0;
  private readonly sums = new Map<string, Sum>();
  private readonly steps: Partial<Record<PhaseName, number>> = {};
  /** Nanoseconds that all timestamps are multiples of. */
  private grid = 0;

  /** Where training is. */
  readonly mark = (mark: TrialMark): void => {
    if (mark.step !== undefined) this.first ??= mark.step;
    this.recorder?.mark(mark);
  };

  switch(on: boolean): void {
    this.on = on;
  }

  get isOn(): boolean {
    return this.on;
  }

  /** To be called before the first block, and between blocks: collects what was timed, and decides on the next one. The GPU is idle. */
  async blockDone(device: Device): Promise<void> {
    const { recorder } = this;
    this.recorder = undefined;
    this.first = undefined;
    if (recorder && !device.isLost) this.collect(await recorder.finish());
    if (!this.on || device.isLost || !device.gpu.features.has('timestamp-query')) return;
    if (this.blocks++ % EVERY !== 0) return;
    this.recorder = new Recorder(device, {
      grain: ({ part, step }) => {
        const isStep = part === 'data' || part === 'train';
        return isStep && (step ?? 0) - (this.first ?? 0) < STEPS ? 'dispatch' : 'off';
      },
    });
  }

  /** Takes the recorder off the device, at the end of a run. */
  async close(): Promise<void> {
    const { recorder } = this;
    this.drop();
    await recorder?.finish();
  }

  /** Forgets a recording that was under way on a device that is gone. */
  drop(): void {
    this.recorder = undefined;
    this.first = undefined;
  }

  private collect({ slices }: Awaited<ReturnType<Recorder['finish']>>): void {
    const seen = new Map<PhaseName, Set<number>>();
    for (const { dispatch, mark, begin, end } of slices) {
      const { phase, part, step } = mark;
      if (!dispatch || !isPhase(phase) || (part !== 'data' && part !== 'train')) continue;
      const { name, shape } = kernelFacts(dispatch);
      const key = [phase, part, name, shape].join('\n');
      const sum = this.sums.get(key) ?? { phase, part, kernel: name, shape, ns: 0, calls: 0 };
      // A clock that was set back in between says nothing.
      sum.ns += Math.max(0, end - begin);
      sum.calls++;
      this.sums.set(key, sum);
      if (!seen.has(phase)) seen.set(phase, new Set());
      seen.get(phase)!.add(step ?? 0);
      for (const time of [begin, end]) this.grid = gcd(this.grid, time);
    }
    for (const [phase, steps] of seen) this.steps[phase] = (this.steps[phase] ?? 0) + steps.size;
  }

  /** What is known so far; undefined while nothing is asked for. */
  report(device: Device): Timings | undefined {
    if (!this.on) return undefined;
    const missing = !device.gpu.features.has('timestamp-query');
    const note = missing
      ? 'This device has no timestamp-query, so that the time of a single kernel cannot be known here. Other browsers, or other adapters, may have it.'
      : this.grid >= COARSE_NS
        ? `This browser rounds the GPU’s clock to ${this.grid / 1000} µs: a single time is coarse, the mean over many calls is not.`
        : '';
    const total = (phase: PhaseName): number => {
      let ns = 0;
      for (const sum of this.sums.values()) if (sum.phase === phase) ns += sum.ns;
      return ns;
    };
    const rows = [...this.sums.values()].map(({ phase, part, kernel, shape, ns, calls }): TimingRow => {
      const steps = this.steps[phase]!;
      return { phase, part, kernel, shape, calls: calls / steps, ms: ns / steps / 1e6, share: ns / Math.max(total(phase), 1) };
    });
    return { type: 'timings', rows, steps: { ...this.steps }, note };
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
