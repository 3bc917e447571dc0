import { formatSite, type SiteOptions } from './callsite.js';
import type { LedgerEntry, Transfer } from './ledger.js';
import { isStep } from './mark.js';
import { groupBy, sum } from './statistics.js';

/** Transfers of one kind from one place in the code. */
export interface LedgerRow {
  readonly phase: string;
  /** `step`: within steps; `readback`: the history after a block of steps; `between`: between two blocks; `setup`; `evaluate`. */
  readonly part: 'step' | 'readback' | 'between' | 'setup' | 'evaluate';
  readonly direction: 'toGpu' | 'toHost';
  readonly call: Transfer;
  /** `packages/warmup/src/group.ts:279`, and the function there. */
  readonly site: string;
  readonly caller: string;
  /** Kindling's own function between the two, `Device.write`; empty where WebGPU was called directly. */
  readonly through: string;
  /** Labels of the buffers, the first three. */
  readonly labels: readonly string[];
  readonly bytes: number;
  readonly transfers: number;
  /** Steps of the phase in which it happened. */
  readonly steps: number;
  readonly bytesPerStep: number | null;
}

/** Bytes of one step; only steps that moved any are listed. */
export interface StepBytes {
  readonly phase: string;
  readonly step: number;
  readonly toGpu: number;
  readonly toHost: number;
}

/** Whether steps moved bytes. */
export interface ZeroCopy {
  readonly passed: boolean;
  /** By phase of steps. */
  readonly phases: readonly { readonly phase: string; readonly toGpu: number; readonly toHost: number; readonly passed: boolean }[];
  /** The rows that break it. */
  readonly violations: readonly LedgerRow[];
}

export interface LedgerReport {
  readonly rows: readonly LedgerRow[];
  readonly steps: readonly StepBytes[];
  readonly zeroCopy: ZeroCopy;
}

const partOf = ({ mark }: LedgerEntry): LedgerRow['part'] => (isStep(mark) ? 'step' : (mark.part as LedgerRow['part']));
const direct = (entries: readonly LedgerEntry[], way: LedgerEntry['direction']): number =>
  sum(entries.filter(({ direction }) => direction === way).map(({ bytes }) => bytes));

/**
 * A step breaks zero copy by moving any byte, either way. After a block of steps the history comes back to the host: that readback is
 * nobody's step, but an upload there, or anything between two blocks, is counted to the steps that it serves.
 */
const breaks = ({ part, direction }: LedgerRow): boolean =>
  part === 'step' || part === 'between' || (part === 'readback' && direction === 'toGpu');

/** Groups a ledger by place in the code. @param steps of each phase of steps, by name */
export function reportLedger(
  entries: readonly LedgerEntry[],
  steps: Readonly<Record<string, number>>,
  options: SiteOptions = {},
): LedgerReport {
  const key = (entry: LedgerEntry): string =>
    [entry.mark.phase, partOf(entry), entry.direction, entry.call, entry.site.frame.file, entry.site.frame.line, entry.site.through].join(
      '\n',
    );
  const rows = [...groupBy(entries, key).values()].map((group): LedgerRow => {
    const [first] = group as [LedgerEntry];
    const bytes = sum(group.map((entry) => entry.bytes));
    const part = partOf(first);
    const { phase } = first.mark;
    const all = steps[phase];
    return {
      ...{ phase, part, direction: first.direction, call: first.call },
      site: formatSite(first.site.frame, options),
      caller: first.site.frame.name,
      through: first.site.through,
      labels: [...new Set(group.map(({ label }) => label).filter((label) => label !== ''))].slice(0, 3),
      ...{ bytes, transfers: group.length },
      steps: part === 'step' ? new Set(group.map(({ mark }) => mark.step)).size : 0,
      bytesPerStep: all && part !== 'setup' ? bytes / all : null,
    };
  });
  const inSteps = [
    ...groupBy(
      entries.filter(({ mark }) => isStep(mark)),
      ({ mark }) => `${mark.phase}\n${mark.step}`,
    ).values(),
  ];
  const violations = rows.filter((row) => steps[row.phase] !== undefined && breaks(row));
  const bytesOf = (phase: string, way: LedgerRow['direction']): number =>
    sum(violations.filter((row) => row.phase === phase && row.direction === way).map(({ bytes }) => bytes));
  const phases = Object.keys(steps).map((phase) => {
    const [toGpu, toHost] = [bytesOf(phase, 'toGpu'), bytesOf(phase, 'toHost')];
    return { phase, toGpu, toHost, passed: toGpu + toHost === 0 };
  });
  return {
    rows,
    steps: inSteps.map((group) => ({
      phase: group[0]!.mark.phase,
      step: group[0]!.mark.step ?? 0,
      toGpu: direct(group, 'toGpu'),
      toHost: direct(group, 'toHost'),
    })),
    zeroCopy: { passed: violations.length === 0, phases, violations },
  };
}
