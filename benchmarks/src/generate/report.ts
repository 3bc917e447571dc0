import type { CeilingEntry } from '../kernels/report.js';
import type { BenchDocument } from '../suite/document.js';
import type { Entry } from '../suite/entry.js';
import type { Timing } from './contender.js';
import type { Format } from './kindling.js';

/** One recipe rendered in one way. Rates are null where it did not run; `problem` says why. */
export interface GenerationEntry extends Entry, Timing {
  readonly image: { readonly height: number; readonly width: number; readonly channels: number };
  /** `cpu`: the twins through `sample()` on two workers. */
  readonly format: Format | 'cpu';
  /** What was timed: `generation`; for u8 `generation + pack`, or `direct` where the family's kernel writes bytes; `twin`; empty where nothing ran. */
  readonly how: string;
  /** Images of one batch, which the timing's ms are of. */
  readonly batch: number;
  readonly imagesPerSecond: number | null;
  /** Bytes of the finished images, f32 or u8, a second; null for the CPU. */
  readonly gbPerSecond: number | null;
  /** Of the fill's bandwidth in the same round, median over rounds. */
  readonly shareOfFill: number | null;
}

/** A batch of 64 at 28×28 beside the training step that eats it. */
export interface StepCost {
  readonly name: string;
  readonly msMedian: number | null;
  /** Time of the generation alone over that of a training step with a fixed batch, of the same round; median over rounds. */
  readonly shareOfStep: number | null;
}

/** Another way to a batch of 64 images of 28×28 on the device. */
export interface SourceEntry extends Timing {
  readonly name: string;
  readonly how: string;
  /** Images that the timing's ms are of: 64, for the CPU twins one a worker. */
  readonly batch: number;
  readonly imagesPerSecond: number | null;
  /** Its time an image over that of Kindling's generated binary batch, of the same round; median over rounds. */
  readonly ratio: number | null;
  readonly problem?: string;
}

export interface GenerateReport extends BenchDocument {
  readonly batch: number;
  readonly entries: readonly GenerationEntry[];
  readonly skipped: readonly string[];
  readonly ceilings: readonly (CeilingEntry & { readonly problem?: string })[];
  /** The poster CNN's step at batch 64: with a fixed batch, and with a fresh binary one. */
  readonly step: Timing & { readonly problem?: string };
  readonly stepWithBinary: Timing & { readonly problem?: string };
  /** (step with a fresh binary batch − step) / step of the same round, median over rounds. */
  readonly addedShare: number | null;
  readonly costs: readonly StepCost[];
  readonly sources: readonly SourceEntry[];
}
