import type { EngineName } from './engine.js';
import type { BenchDocument } from './suite/document.js';
import type { Entry } from './suite/entry.js';
import type { Workload } from './workload.js';

/** One engine on one workload. Times are ms a step; null where the engine did not run (`problem` says why) or does not use WebGPU. */
export interface StepEntry extends Entry {
  readonly engine: EngineName;
  readonly workload: Workload;
  readonly msMedian: number | null;
  readonly msMin: number | null;
  readonly msMax: number | null;
  readonly dispatchesPerStep: number | null;
  readonly submitsPerStep: number | null;
  readonly hostBytesPerStep: number | null;
  readonly buffersPerStep: number | null;
  readonly bindGroupsPerStep: number | null;
  /** Of the first steps, one by one, from the same weights; for the workload `step` also from the same batch. */
  readonly losses: number[];
  /** After all timed blocks, and the step that this was. */
  readonly lastLoss: { step: number; loss: number } | null;
  readonly stepsPerBlock: number;
  /** From a model's set-up to the end of its first step, compilation included, in a process of its own whose driver's disk cache is empty. */
  readonly firstStepSeconds: number | null;
  /** The same without the driver's disk cache; older records' `firstStepSeconds` is this one. */
  readonly uncachedFirstStepSeconds?: number | null;
}

export interface StepReport extends BenchDocument {
  readonly entries: StepEntry[];
  /** Median over rounds of engine's time / Kindling's time of the same round: above 1 Kindling is faster. An engine whose losses are wrong has none. */
  readonly ratios: Record<string, Record<string, number>>;
  /** Kernel variants that Kindling's tuner chose, by problem; empty where each op chose. */
  readonly choices: Readonly<Record<string, string>>;
}
