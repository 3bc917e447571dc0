import type { Device } from '@kindling/device';
import { notACallSite } from './callsite.js';
import { HostClock, type HostSpan } from './host.js';
import { Ledger, type LedgerEntry } from './ledger.js';
import { isStep, type Mark } from './mark.js';
import { replace } from './replace.js';
import { type Encoded, splitPass } from './split-pass.js';
import { type EncoderTimes, Timestamps } from './timestamps.js';

notACallSite();

/** How closely work is timed: every dispatch in a pass of its own; a step as one pass; or not at all. */
export type Grain = 'dispatch' | 'step' | 'off';

/** A stretch of the GPU's time: one dispatch, or with `dispatch` null a whole step. */
export interface GpuSlice {
  readonly dispatch: Encoded | null;
  readonly mark: Mark;
  /** Which submit it was in. */
  readonly submit: number;
  /** Nanoseconds on the GPU's clock, from the earliest slice on. */
  readonly begin: number;
  readonly end: number;
}

/** A dispatch that was encoded, timed or not. */
export interface Dispatched {
  readonly encoded: Encoded;
  readonly mark: Mark;
}

/** When work was handed over, and when it was known to be done. */
export interface SubmitTime {
  readonly submit: number;
  /** Milliseconds on the host's clock. */
  readonly start: number;
}

export interface Recording {
  readonly timestamps: boolean;
  /** Whether the device has them at all. */
  readonly hasTimestamps: boolean;
  readonly slices: readonly GpuSlice[];
  /** Of the steps and evaluations; of `setup` nothing. */
  readonly dispatched: readonly Dispatched[];
  readonly host: readonly HostSpan[];
  readonly ledger: readonly LedgerEntry[];
  readonly submits: readonly SubmitTime[];
  /** Phases in order, on the host's clock. */
  readonly phases: readonly PhaseSpan[];
}

/** Milliseconds on the host's clock; `aside` of them went into measuring. */
export interface PhaseSpan {
  readonly phase: string;
  readonly start: number;
  readonly end: number;
  readonly aside: number;
}

export interface RecorderOptions {
  /** False does as if the device had no timestamps; default true. */
  readonly timestamps?: boolean;
  /** By default every other step of a phase, the first one included, is timed dispatch by dispatch, the others as a whole; evaluation always is. */
  readonly grain?: (mark: Mark) => Grain;
}

const byTurns = (mark: Mark): Grain => {
  if (isStep(mark)) return (mark.step ?? 0) % 2 === 0 ? 'dispatch' : 'step';
  return mark.part === 'evaluate' ? 'dispatch' : 'off';
};

/** Marks that lie in one timed pass under the grain `step`. */
const stepKey = ({ phase, part, step }: Mark): string => `${phase} ${step === undefined ? part : step}`;

interface Timed {
  readonly dispatch: Encoded | null;
  readonly mark: Mark;
}

/**
 * Stands in front of a GPUDevice and records what happens on it: the time of every dispatch, what the host does meanwhile, and every byte that
 * crosses. Whoever uses the device need not know; the work tells where it is with `mark`. Open it before anything else makes buffers.
 */
export class Recorder {
  readonly device: Device;
  private readonly timestamps: Timestamps | undefined;
  private readonly grain: (mark: Mark) => Grain;
  private readonly ledger: Ledger;
  private readonly clock: HostClock;
  /** Held, as its methods are replaced on this very object. */
  private readonly queue: GPUQueue;
  private readonly undo: (() => void)[] = [];
  private readonly sliced: { timed: Timed; submit: number; begin: bigint; end: bigint }[] = [];
  private readonly dispatched: Dispatched[] = [];
  private readonly submits: SubmitTime[] = [];
  private readonly phases: { phase: string; start: number; end: number; aside: number }[] = [];
  private readonly finished = new WeakMap<GPUCommandBuffer, (submit: number) => void>();
  private at: Mark = { phase: 'setup', part: 'setup' };

  constructor(device: Device, options: RecorderOptions = {}) {
    this.device = device;
    this.timestamps = options.timestamps === false ? undefined : Timestamps.of(device);
    this.grain = options.grain ?? byTurns;
    const { gpu } = device;
    this.queue = gpu.queue;
    const now = (): Mark => this.at;
    this.ledger = new Ledger(gpu, now);
    this.clock = new HostClock(gpu, now);
    this.undo.push(
      replace(gpu, 'createCommandEncoder', (create) => (descriptor) => this.watch(create(descriptor ?? {}))),
      replace(this.queue, 'submit', (submit) => (buffers) => {
        const all = [...buffers];
        const start = performance.now();
        const number = this.submits.length;
        this.submits.push({ submit: number, start });
        const result = this.clock.during('submit', () => submit(all));
        for (const buffer of all) this.finished.get(buffer)?.(number);
        return result;
      }),
    );
    this.enter(this.at);
  }

  get hasTimestamps(): boolean {
    return this.timestamps !== undefined;
  }

  /** All that happens from now on belongs here. */
  mark(mark: Mark): void {
    if (mark.phase !== this.at.phase) this.enter(mark);
    this.at = mark;
  }

  /** Where the work is. */
  get place(): Mark {
    return this.at;
  }

  /** Dispatches so far that match, in order: what a measurement by differences repeats. */
  seen(match: (mark: Mark) => boolean): readonly Encoded[] {
    return this.dispatched.filter(({ mark }) => match(mark)).map(({ encoded }) => encoded);
  }

  /** Where those dispatches were, in the same order. */
  marks(match: (mark: Mark) => boolean): readonly Mark[] {
    return this.dispatched.filter(({ mark }) => match(mark)).map(({ mark }) => mark);
  }

  /** Runs something that is not part of the work: nothing of it is recorded. */
  async aside<T>(body: () => Promise<T>): Promise<T> {
    const { at } = this;
    const started = performance.now();
    this.at = { phase: ASIDE, part: 'between' };
    try {
      return await body();
    } finally {
      this.at = at;
      this.phases.at(-1)!.aside += performance.now() - started;
    }
  }

  /** Puts the device's methods back, reads the timestamps, and returns everything. The device must be idle. */
  async finish(): Promise<Recording> {
    const last = this.phases.at(-1);
    if (last) last.end = performance.now();
    for (const undo of this.undo.splice(0).reverse()) undo();
    this.clock.close();
    this.ledger.close();
    await this.timestamps?.collect();
    this.timestamps?.destroy();
    const own = ({ mark }: { readonly mark: Mark }): boolean => mark.phase !== ASIDE;
    // Math.min takes no bigint.
    const zero = this.sliced.map(({ begin }) => begin).sort((a, b) => Number(a - b))[0] ?? 0n;
    return {
      timestamps: this.hasTimestamps,
      hasTimestamps: this.device.gpu.features.has('timestamp-query'),
      slices: this.sliced.map(({ timed, submit, begin, end }) => ({
        ...timed,
        submit,
        begin: Number(begin - zero),
        end: Number(end - zero),
      })),
      dispatched: this.dispatched,
      host: this.clock.spans.filter(own),
      ledger: this.ledger.entries.filter(own),
      submits: this.submits,
      phases: this.phases,
    };
  }

  private enter({ phase }: Mark): void {
    const now = performance.now();
    const last = this.phases.at(-1);
    if (last) last.end = now;
    this.phases.push({ phase, start: now, end: now, aside: 0 });
  }

  private watch(encoder: GPUCommandEncoder): GPUCommandEncoder {
    const started = performance.now();
    const times = this.timestamps?.begin();
    const timed: Timed[] = [];
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (descriptor) => {
      const keeper = this.keep(begin, descriptor ?? {}, times, timed);
      return splitPass(keeper, descriptor?.label ?? '');
    };
    const finish = encoder.finish.bind(encoder);
    encoder.finish = (descriptor) => {
      let number = -1;
      const submitted = times?.resolve(encoder, (values) => {
        timed.forEach((each, i) => {
          this.sliced.push({ timed: each, submit: number, begin: values[2 * i]!, end: values[2 * i + 1]! });
        });
      });
      const buffer = finish(descriptor ?? {});
      this.clock.add('encode', started);
      this.finished.set(buffer, (submit) => {
        number = submit;
        submitted?.();
      });
      return buffer;
    };
    return encoder;
  }

  /** Cuts one of the caller's passes as the grain says. */
  private keep(
    begin: GPUCommandEncoder['beginComputePass'],
    descriptor: GPUComputePassDescriptor,
    times: EncoderTimes | undefined,
    timed: Timed[],
  ) {
    const { timestampWrites: asked, ...plain } = descriptor;
    let open: { pass: GPUComputePassEncoder; key: string } | undefined;
    const close = (): void => {
      open?.pass.end();
      open = undefined;
    };
    // The caller's own timestamps go into empty passes before and after: a pass has room for one pair.
    const stamp = (writes: GPUComputePassTimestampWrites): void => begin({ timestampWrites: writes }).end();
    const { querySet, beginningOfPassWriteIndex: first, endOfPassWriteIndex: last } = asked ?? {};
    if (querySet && first !== undefined) stamp({ querySet, beginningOfPassWriteIndex: first });
    return {
      passFor: (encoded: Encoded): GPUComputePassEncoder => {
        const mark = this.at;
        const grain = this.grain(mark);
        if (grain !== 'off') this.dispatched.push({ encoded, mark });
        const effective: Grain = times ? grain : 'off';
        const key = effective === 'step' ? stepKey(mark) : effective;
        if (open && (effective === 'dispatch' || open.key !== key)) close();
        if (!open) {
          const writes = effective === 'off' ? undefined : times?.next();
          if (writes) timed.push({ dispatch: effective === 'dispatch' ? encoded : null, mark });
          open = { pass: begin({ ...plain, ...(writes ? { timestampWrites: writes } : {}) }), key };
        }
        return open.pass;
      },
      dispatched: (): void => {
        if (open?.key === 'dispatch') close();
      },
      end: (): void => {
        close();
        if (querySet && last !== undefined) stamp({ querySet, endOfPassWriteIndex: last });
      },
      immediates: (bytes: number): void => this.ledger.note(bytes),
    };
  }
}

const ASIDE = 'aside';
