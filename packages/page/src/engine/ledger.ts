// What crossed between host and GPU during a run, phase by phase, as the device's meter counts it.
import type { Device, Traffic } from '@kindling/device';
import type { LedgerRow, PhaseName } from '../protocol.js';

const FIELDS = {
  bytesToDevice: 'hostToGpuBytes',
  bytesFromDevice: 'gpuToHostBytes',
  submits: 'submits',
  dispatches: 'dispatches',
} as const;
type Counts = Record<keyof typeof FIELDS, number>;

const none = (): Counts => ({ bytesToDevice: 0, bytesFromDevice: 0, submits: 0, dispatches: 0 });

function add(counts: Counts, traffic: Traffic): void {
  for (const [field, name] of Object.entries(FIELDS) as [keyof Counts, keyof Traffic][]) counts[field] += traffic[name];
}

/** The ledger of one run, which may go through several devices: steps that were repeated after a loss count twice, as they crossed twice. */
export class RunLedger {
  private readonly phases = new Map<PhaseName, Counts & { steps: number }>();
  /** Everything on devices that are gone. */
  private readonly before = none();
  private device: Device;
  /** What the device had done before the run; undefined for one that was opened for it. */
  private start: Traffic | undefined;

  constructor(device: Device) {
    this.device = device;
    this.start = device.meter.snapshot();
  }

  /** Steps of a phase and what they asked of the device. */
  add(phase: PhaseName, steps: number, traffic: Traffic): void {
    const counts = this.phases.get(phase) ?? { ...none(), steps: 0 };
    add(counts, traffic);
    counts.steps += steps;
    this.phases.set(phase, counts);
  }

  /** The run goes on with another device, whose opening and filling belongs to it. */
  goOn(device: Device): void {
    add(this.before, this.sinceStart);
    this.device = device;
    this.start = undefined;
  }

  private get sinceStart(): Traffic {
    const { meter } = this.device;
    return this.start ? meter.since(this.start) : meter.snapshot();
  }

  get rows(): LedgerRow[] {
    const other = { ...this.before };
    add(other, this.sinceStart);
    const rows = [...this.phases].map(([phase, counts]): LedgerRow => {
      for (const field of Object.keys(FIELDS) as (keyof Counts)[]) other[field] -= counts[field];
      return { phase, ...counts };
    });
    return [...rows, { phase: 'other', steps: 0, ...other }];
  }
}
