import type { Ceiling } from './ceiling.js';
import type { HostWork } from './host.js';
import type { KernelFacts } from './kernel.js';
import type { LedgerReport } from './ledger-report.js';
import type { Place, Roof } from './roof.js';

/** A phase as people call it. */
export const phaseName = (phase: string): string => (phase === 'warmup' ? 'warm-up' : phase);

/** One row of the table: a kernel with its sizes in one phase. */
export interface KernelRow extends KernelFacts, Place {
  readonly phase: string;
  /** Which half of a step it belongs to, or `evaluate`. */
  readonly part: string;
  /** Dispatches that were timed, and how many there are in a step (in an evaluation: in all of it). */
  readonly calls: number;
  readonly callsPerStep: number;
  /** Of one dispatch: the median, and the range. */
  readonly usMedian: number | null;
  readonly usMin: number | null;
  readonly usMax: number | null;
  /** All calls of a step together, the median of the steps; and its share of the phase's kernels. */
  readonly msPerStep: number | null;
  readonly share: number | null;
  /** Why it has no time. */
  readonly problem?: string;
}

/** Kernels of a step against the step, both of the steps that were timed dispatch by dispatch. */
export interface SumCheck {
  /** Medians over the steps. */
  readonly kernelsMs: number;
  readonly stepMs: number;
  /** Median of kernels over step. */
  readonly ratio: number;
  readonly within10Percent: boolean;
}

/** What timing each dispatch costs: such steps against the ones between them that were timed as a whole, in the same submits. */
export interface ProfilingCost {
  readonly profiledMs: number;
  readonly plainMs: number;
  /** Median over neighbours; 1.2 is 20 % slower. */
  readonly ratio: number;
  readonly pairs: number;
}

export interface PhaseReport {
  readonly phase: string;
  /** Steps, or evaluations. */
  readonly steps: number;
  /** Steps timed dispatch by dispatch and steps timed as a whole; of both the first are left out where there are others. */
  readonly profiled: number;
  readonly plain: number;
  readonly leftOut: number;
  /** A step as it runs unprofiled: the median of those timed as a whole; by differences: all kernels repeated together. */
  readonly stepMs: number | null;
  readonly sum: SumCheck | null;
  readonly cost: ProfilingCost | null;
  /** Seconds on the wall that the phase took, being profiled. */
  readonly wallSeconds: number;
  /** Milliseconds of the host, all steps together; `other` is the rest of the wall. */
  readonly host: Readonly<Record<HostWork | 'other', number>>;
}

export interface ProfileReport {
  readonly schema: 'kindling-profile/1';
  readonly adapter: string;
  readonly software: boolean;
  /** How kernels were timed. */
  readonly timing: 'timestamps' | 'differences';
  /** Nanoseconds that all timestamps are multiples of: 1 where nothing is rounded. null without timestamps. */
  readonly timestampStepNs: number | null;
  readonly ceilings: readonly Ceiling[];
  readonly roof: Roof;
  readonly phases: readonly PhaseReport[];
  readonly kernels: readonly KernelRow[];
  readonly ledger: LedgerReport;
  /** Sentences on what to be careful about. */
  readonly warnings: readonly string[];
}
