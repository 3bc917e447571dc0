import type { AdapterInfo } from '@kindling/device';
import type { Environment } from '../environment.js';

/** One engine on one task. Rates are GFLOP/s (a multiply-add is two); null where it did not run. */
export interface KernelEntry {
  readonly engine: string;
  readonly task: string;
  /** The kernels that ran, where the engine tells. */
  readonly variant: string;
  readonly gflops: number | null;
  readonly gflopsMin: number | null;
  readonly gflopsMax: number | null;
  readonly msMedian: number | null;
  readonly n: number;
  readonly timesPerSample: number;
  /** Interquartile range as a share of the median. */
  readonly spread: number | null;
  /** Largest error over 200 elements as a share of their typical size, against a sum in f64. */
  readonly error: number | null;
  readonly wrong: boolean;
  /** Rate as a share of OpenBLAS's sgemm: of the same size for a matmul, of 1024³ for a convolution. */
  readonly shareOfOpenBlas: number | null;
  readonly problem?: string;
}

export interface CeilingEntry {
  readonly name: string;
  readonly unit: 'GFLOP/s' | 'GB/s';
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
}

export interface KernelsReport {
  readonly adapter: string;
  readonly load: number;
  readonly entries: KernelEntry[];
  readonly ceilings: CeilingEntry[];
  /** Median over rounds of the engine's time / Kindling's, by task: above 1 Kindling is faster. */
  readonly ratios: Record<string, Record<string, number>>;
  readonly adapterInfo: AdapterInfo;
  readonly environment: Environment;
  readonly loadAfter: readonly number[];
  readonly versions: Record<string, string>;
  readonly problems: string[];
  readonly seconds: number;
}
