/** Value below which the share `q` of the sorted values lies, interpolated; NaN for none. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** What a report says about a set of samples. `spread` is the interquartile range as a share of the median. */
export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly n: number;
  readonly spread: number;
}

export function summarise(values: readonly number[]): Summary {
  const middle = median(values);
  const spread = (quantile(values, 0.75) - quantile(values, 0.25)) / middle;
  return { median: middle, min: Math.min(...values), max: Math.max(...values), n: values.length, spread };
}

/** Median over rounds of a[i] / b[i]: load that comes and goes hits both of a pair, and so leaves their ratio alone. */
export const pairedRatio = (a: readonly number[], b: readonly number[]): number =>
  median(a.slice(0, b.length).map((value, i) => value / b[i]!));

/** Order of a round: everybody runs first once in as many rounds as there are items. */
export const rotated = <T>(items: readonly T[], round: number): T[] => items.map((_, i) => items[(i + round) % items.length]!);
