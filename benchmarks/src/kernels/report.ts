import type { BenchDocument } from '../suite/document.js';
import type { Entry } from '../suite/entry.js';

/** One engine on one task. Rates are GFLOP/s (a multiply-add is two); null where it did not run. */
export interface KernelEntry extends Entry {
  readonly task: string;
  /** The kernels that ran, where the engine tells. */
  readonly variant: string;
  readonly gflops: number | null;
  readonly gflopsMin: number | null;
  readonly gflopsMax: number | null;
  readonly msMedian: number | null;
  readonly timesPerSample: number;
  /** Largest error over 200 elements as a share of their typical size, against a sum in f64. */
  readonly error: number | null;
  /** Rate as a share of OpenBLAS's sgemm: of the same size for a matmul, of 1024³ for a convolution. */
  readonly shareOfOpenBlas: number | null;
}

export interface CeilingEntry {
  readonly name: string;
  readonly unit: 'GFLOP/s' | 'GB/s';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

export interface KernelsReport extends BenchDocument {
  readonly entries: KernelEntry[];
  readonly ceilings: CeilingEntry[];
  /** Median over rounds of the engine's time / Kindling's, by task: above 1 Kindling is faster. A wrong result has none. */
  readonly ratios: Record<string, Record<string, number>>;
  readonly problems: string[];
}
