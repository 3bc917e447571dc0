import type { Ceiling } from './ceiling.js';

/** The adapter's roof: bytes and operations a second at most, and what an empty dispatch takes. */
export interface Roof {
  /** GB/s: the higher of fill and copy. */
  readonly gbPerSecond: number;
  readonly gflops: number;
  /** Nanoseconds; 0 where nobody measured. */
  readonly dispatchNs: number;
}

/** The best sample of each: what else ran on the machine only takes away from a ceiling. */
export function roofOf(ceilings: readonly Ceiling[]): Roof {
  const of = (...kinds: string[]): Ceiling[] => ceilings.filter(({ kind }) => kinds.includes(kind));
  const best = (...kinds: string[]): number => Math.max(0, ...of(...kinds).map(({ max }) => max));
  return {
    gbPerSecond: best('fill', 'copy'),
    gflops: best('fma'),
    dispatchNs: 1000 * Math.min(...of('dispatch').map(({ min }) => min), ...(of('dispatch').length > 0 ? [] : [0])),
  };
}

/** Which ceiling is nearest. `latency`: the kernel is as short as an empty dispatch; `uncounted`: its operations are not floating-point ones. */
export type Binds = 'memory' | 'compute' | 'latency' | 'uncounted';

/**
 * A kernel is bound by `latency` when it takes less than so many empty dispatches, and reaches less than half of any ceiling. Empty dispatches are measured
 * many in a pass; in a pass of its own, as kernels are timed, one takes up to three times as long (lavapipe).
 */
const EMPTY = 4;

export interface Place {
  readonly gbPerSecond: number | null;
  readonly gflops: number | null;
  /** Of the ceiling that binds; above 1 where the data fit into a cache that the measured ceiling does not. */
  readonly shareOfCeiling: number | null;
  readonly binds: Binds | null;
}

/** Where a kernel of so many bytes and operations, that takes so long, stands below the roof. */
export function placeOf(ns: number, bytes: number | null, flops: number | null, roof: Roof): Place {
  const rate = (work: number | null): number | null => (work === null || !(ns > 0) ? null : work / ns);
  const gbPerSecond = rate(bytes);
  const gflops = rate(flops);
  if (bytes === null || !(ns > 0) || roof.gbPerSecond === 0) return { gbPerSecond, gflops, shareOfCeiling: null, binds: null };
  // Nanoseconds that bytes and operations would take at the ceilings: GB/s are bytes a nanosecond.
  const memory = bytes / roof.gbPerSecond;
  const compute = flops === null || roof.gflops === 0 ? 0 : flops / roof.gflops;
  const shareOfCeiling = Math.max(memory, compute) / ns;
  const byWork = compute > memory ? 'compute' : flops === null && shareOfCeiling < 0.5 ? 'uncounted' : 'memory';
  const short = ns < EMPTY * roof.dispatchNs && shareOfCeiling < 0.5;
  return { gbPerSecond, gflops, shareOfCeiling, binds: short ? 'latency' : byWork };
}
