import type { AdapterInfo } from '@kindling/device';
import type { EngineName } from './engine.js';
import type { Environment } from './environment.js';
import type { Workload } from './workload.js';

/** One engine on one workload. Times are ms a step; null where the engine did not run (`problem` says why) or does not use WebGPU. */
export interface StepEntry {
  readonly engine: EngineName;
  readonly workload: Workload;
  readonly msMedian: number | null;
  readonly msMin: number | null;
  readonly msMax: number | null;
  /** Timed blocks. */
  readonly n: number;
  readonly dispatchesPerStep: number | null;
  readonly submitsPerStep: number | null;
  readonly hostBytesPerStep: number | null;
  readonly buffersPerStep: number | null;
  readonly bindGroupsPerStep: number | null;
  /** Of the first steps, one by one, from the same weights; for the workload `step` also from the same batch. */
  readonly losses: number[];
  /** After all timed blocks, and the step that this was. */
  readonly lastLoss: { step: number; loss: number } | null;
  /** Interquartile range as a share of the median. */
  readonly spread: number | null;
  /** ms a step of every block, in order: block i of every engine ran in round i. */
  readonly samples: number[];
  readonly stepsPerBlock: number;
  /** From a model's set-up to the end of its first step, compilation included, in a process of its own whose driver's disk cache is empty. */
  readonly firstStepSeconds: number | null;
  /** The same without the driver's disk cache; older records' `firstStepSeconds` is this one. */
  readonly uncachedFirstStepSeconds?: number | null;
  /** True when the losses are not those of the other engines, or not plausible; such a time means nothing. */
  readonly wrong: boolean;
  readonly problem?: string;
}

export interface StepReport {
  readonly adapter: string;
  /** Load average over the minute before the run. */
  readonly load: number;
  readonly entries: StepEntry[];
  /** Median over rounds of engine's time / Kindling's time of the same round: above 1 Kindling is faster. */
  readonly ratios: Record<string, Record<string, number>>;
  readonly adapterInfo: AdapterInfo;
  readonly environment: Environment;
  readonly loadAfter: readonly number[];
  readonly versions: Record<string, string>;
  /** Kernel variants that Kindling's tuner chose, by problem; empty where each op chose. */
  readonly choices: Readonly<Record<string, string>>;
  /** Resident memory of this process, with every in-process engine in it. */
  readonly rssBytes: number;
  readonly seconds: number;
}
