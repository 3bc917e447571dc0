import type { Parameter } from './parameter.js';
import { chiSquareTail, kolmogorovDistance, kolmogorovTail, normalBelow } from './tails.js';

/** Mean, standard deviation and extremes of numbers that come one after another (Welford, 1962). */
export class Moments {
  count = 0;
  mean = 0;
  min = Infinity;
  max = -Infinity;
  #squares = 0;

  add(value: number): void {
    this.count++;
    const away = value - this.mean;
    this.mean += away / this.count;
    this.#squares += away * (value - this.mean);
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  /** Of the population: divided by the count. */
  get deviation(): number {
    return Math.sqrt(this.#squares / this.count);
  }

  summary() {
    const { count, mean, deviation, min, max } = this;
    return { count, mean, deviation, min, max };
  }
}

/** Counts in `bins` equal parts of low .. high; values outside go to the first or last. */
export function histogram(values: ArrayLike<number>, low: number, high: number, bins = 16): number[] {
  const counts = new Array<number>(bins).fill(0);
  for (let i = 0; i < values.length; i++) {
    const bin = high > low ? Math.floor(((values[i]! - low) / (high - low)) * bins) : 0;
    counts[Math.min(bins - 1, Math.max(0, bin))]!++;
  }
  return counts;
}

/** How drawn values compare with their specification. */
export interface ParameterCheck {
  /** `ks` Kolmogorov–Smirnov against the continuous distribution, `chi2` Pearson against the discrete one, `constant` where there is one value. */
  readonly test: 'ks' | 'chi2' | 'constant';
  /** Kolmogorov's distance or χ²; for a constant, the number of values that differ from it. */
  readonly statistic: number;
  /** Degrees of freedom of χ². */
  readonly freedom?: number;
  /** Probability of a statistic as large by chance; 1 or 0 for a constant. */
  readonly p: number;
}

/** χ² of whole numbers in 0 .. n − 1 against equal probabilities, neighbours pooled so that each cell expects at least 8. */
function equalCounts(values: ArrayLike<number>, n: number): ParameterCheck {
  const cells = Math.max(1, Math.min(n, Math.floor(values.length / 8)));
  const counts = new Float64Array(cells);
  let outside = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value >= 0 && value < n) counts[Math.floor((value * cells) / n)]!++;
    else outside++;
  }
  if (outside > 0) return { test: 'chi2', statistic: Infinity, freedom: cells - 1, p: 0 };
  if (cells === 1) return { test: 'constant', statistic: 0, p: 1 };
  let statistic = 0;
  for (let cell = 0; cell < cells; cell++) {
    // Numbers whose cell this is: those from ceil(cell·n/cells) on.
    const members = Math.ceil(((cell + 1) * n) / cells) - Math.ceil((cell * n) / cells);
    const expected = (values.length * members) / n;
    statistic += (counts[cell]! - expected) ** 2 / expected;
  }
  return { test: 'chi2', statistic, freedom: cells - 1, p: chiSquareTail(statistic, cells - 1) };
}

const constant = (values: ArrayLike<number>, value: number): ParameterCheck => {
  const statistic = Array.from(values).filter((got) => got !== value).length;
  return { test: 'constant', statistic, p: statistic === 0 ? 1 : 0 };
};

/**
 * χ² of how many samples came from each part of a mixture against the parts' weights. The parts expected least are pooled until each cell
 * expects at least 8 samples; one sample of a part of weight 0 fails.
 * @param weights as the generator uses them: whole numbers of `quantiseWeights`, or any others of the same proportions
 */
export function checkCounts(counts: readonly number[], weights: ArrayLike<number>): ParameterCheck {
  const total = Array.from(weights).reduce((sum, weight) => sum + weight, 0);
  const samples = counts.reduce((sum, count) => sum + count, 0);
  if (counts.some((count, i) => count > 0 && !(weights[i]! > 0))) return { test: 'chi2', statistic: Infinity, freedom: 0, p: 0 };
  const cells: { expected: number; count: number }[] = [];
  const order = counts.map((_, i) => i).filter((i) => weights[i]! > 0);
  order.sort((a, b) => weights[a]! - weights[b]! || a - b);
  for (const i of order) {
    const last = cells.at(-1);
    const expected = (samples * weights[i]!) / total;
    if (last && last.expected < 8) {
      last.expected += expected;
      last.count += counts[i]!;
    } else cells.push({ expected, count: counts[i]! });
  }
  const rest = cells.length > 1 && cells.at(-1)!.expected < 8 ? cells.pop() : undefined;
  if (rest) {
    cells.at(-1)!.expected += rest.expected;
    cells.at(-1)!.count += rest.count;
  }
  if (cells.length < 2) return { test: 'constant', statistic: 0, p: 1 };
  const statistic = cells.reduce((sum, { expected, count }) => sum + (count - expected) ** 2 / expected, 0);
  return { test: 'chi2', statistic, freedom: cells.length - 1, p: chiSquareTail(statistic, cells.length - 1) };
}

/** Tests drawn values of a parameter against its specification: what a generator that mixes up draws, ranges or streams would fail. */
export function checkParameter(parameter: Parameter, values: ArrayLike<number>): ParameterCheck {
  switch (parameter.kind) {
    case 'class':
      return equalCounts(values, parameter.classes);
    case 'integer': {
      const shifted = Array.from(values, (value) => value - parameter.low);
      return equalCounts(shifted, parameter.high - parameter.low + 1);
    }
    case 'uniform': {
      const [low, high] = [Math.fround(parameter.low), Math.fround(parameter.high)];
      if (high <= low) return constant(values, low);
      const distance = kolmogorovDistance(values, (x) => Math.min(1, Math.max(0, (x - low) / (high - low))));
      return { test: 'ks', statistic: distance, p: kolmogorovTail(distance, values.length) };
    }
    case 'normal': {
      const { mean, deviation } = parameter;
      if (deviation <= 0) return constant(values, Math.fround(mean));
      const distance = kolmogorovDistance(values, (x) => normalBelow((x - mean) / deviation));
      return { test: 'ks', statistic: distance, p: kolmogorovTail(distance, values.length) };
    }
  }
}
