import { chiSquareTail, kolmogorovDistance, kolmogorovTail, normalTail, poissonTail } from './statistics.js';

/** A check and the upper-tail probability that it gives the words: uniform on (0, 1) for a perfect generator. */
export interface Finding {
  readonly check: string;
  readonly p: number;
}

/** χ² of equally likely cells. */
function evenness(counts: Uint32Array, trials: number): number {
  const mean = trials / counts.length;
  return chiSquareTail(
    counts.reduce((sum, count) => sum + (count - mean) ** 2 / mean, 0),
    counts.length - 1,
  );
}

/** χ² of each of the four bytes. */
export const bytes = (words: Uint32Array): Finding[] =>
  [0, 8, 16, 24].map((shift) => {
    const counts = new Uint32Array(256);
    for (const word of words) counts[(word >>> shift) & 255]!++;
    return { check: `byte at bit ${shift}`, p: evenness(counts, words.length) };
  });

/** χ² of pairs of neighbours, the top and the low 5 bits of each: 1024 cells. */
export const pairs = (words: Uint32Array): Finding[] =>
  [27, 0].map((shift) => {
    const counts = new Uint32Array(1024);
    for (let i = 0; i + 1 < words.length; i += 2) {
      counts[(((words[i]! >>> shift) & 31) << 5) | ((words[i + 1]! >>> shift) & 31)]!++;
    }
    return { check: `pairs of 5 bits at bit ${shift}`, p: evenness(counts, words.length >> 1) };
  });

/** Kolmogorov and Smirnov on the words as uniform floats. */
export const uniformity = (words: Uint32Array): Finding[] => [
  { check: 'KS', p: kolmogorovTail(kolmogorovDistance(Float64Array.from(words, (word) => (word + 0.5) * 2 ** -32)), words.length) },
];

/** Correlation of the words with those `lag` places on, lag 1 .. 64: n products of independent U(−½, ½) have standard deviation √n / 12. */
export function lags(words: Uint32Array): Finding[] {
  const centred = Float64Array.from(words, (word) => (word + 0.5) * 2 ** -32 - 0.5);
  return Array.from({ length: 64 }, (_, i) => {
    const lag = i + 1;
    let sum = 0;
    for (let j = lag; j < centred.length; j++) sum += centred[j]! * centred[j - lag]!;
    return { check: `lag ${lag}`, p: normalTail((12 * sum) / Math.sqrt(centred.length - lag)) };
  });
}

/**
 * Marsaglia's birthday spacings: m birthdays in a year of 2^bits days; equal spacings between them are Poisson with mean m³ / 2^(bits + 2).
 * The counts of all groups of m words are added up, which is Poisson again. Once with the top bits and once with the low ones.
 */
export const birthdays = (words: Uint32Array): Finding[] =>
  [
    { bits: 32, m: 4096, shift: 0 },
    { bits: 24, m: 512, shift: 8 },
    { bits: 24, m: 512, shift: 0 },
  ].map(({ bits, m, shift }) => {
    const groups = Math.floor(words.length / m);
    let repeats = 0;
    for (let g = 0; g < groups; g++) {
      const days = Float64Array.from(words.subarray(g * m, g * m + m), (word) => (word >>> shift) % 2 ** bits).sort();
      const spacings = Float64Array.from({ length: m }, (_, i) =>
        i === 0 ? days[0]! + 2 ** bits - days[m - 1]! : days[i]! - days[i - 1]!,
      ).sort();
      for (let i = 1; i < m; i++) if (spacings[i] === spacings[i - 1]) repeats++;
    }
    return { check: `birthday spacings, ${bits} bits from bit ${shift}`, p: poissonTail(repeats, (groups * m ** 3) / 2 ** (bits + 2)) };
  });

/** All of the above. */
export const battery = (words: Uint32Array): Finding[] => [bytes, pairs, uniformity, lags, birthdays].flatMap((check) => check(words));

const ones = (word: number): number => {
  let x = word - ((word >>> 1) & 0x55555555);
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/**
 * Avalanche: words, and the words after one bit of an input was flipped. Every output bit must flip half of the time (χ², 32 degrees of
 * freedom), and the number of flipped bits must be binomial (χ² over 9 .. 23 with both tails pooled).
 */
export function avalanche(words: Uint32Array, flipped: Uint32Array, name: string): Finding[] {
  const bits = new Uint32Array(32);
  const counts = new Uint32Array(33);
  words.forEach((word, i) => {
    const change = (word ^ flipped[i]!) >>> 0;
    counts[ones(change)]!++;
    for (let bit = 0; bit < 32; bit++) bits[bit]! += (change >>> bit) & 1;
  });
  const n = words.length;
  const each = bits.reduce((sum, flips) => sum + (flips - n / 2) ** 2 / (n / 4), 0);
  let binomial = 1;
  const cells = new Map<number, { count: number; mean: number }>();
  for (let k = 0; k <= 32; k++) {
    if (k > 0) binomial = (binomial * (33 - k)) / k;
    const at = Math.min(Math.max(k, 8), 24);
    const cell = cells.get(at) ?? { count: 0, mean: 0 };
    cells.set(at, { count: cell.count + counts[k]!, mean: cell.mean + n * binomial * 2 ** -32 });
  }
  const spread = [...cells.values()].reduce((sum, { count, mean }) => sum + (count - mean) ** 2 / mean, 0);
  return [
    { check: `${name}: each output bit`, p: chiSquareTail(each, 32) },
    { check: `${name}: number of flipped bits`, p: chiSquareTail(spread, cells.size - 1) },
  ];
}

/** Two streams that should share nothing: correlation word by word, and how often a word of one occurs in the other. */
export function independence(a: Uint32Array, b: Uint32Array, name: string): Finding[] {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += ((a[i]! + 0.5) * 2 ** -32 - 0.5) * ((b[i]! + 0.5) * 2 ** -32 - 0.5);
  const known = new Set(a);
  const common = b.reduce((count, word) => count + (known.has(word) ? 1 : 0), 0);
  return [
    { check: `${name}: correlation`, p: normalTail((12 * sum) / Math.sqrt(a.length)) },
    { check: `${name}: common words`, p: poissonTail(common, (a.length * known.size) / 2 ** 32) },
  ];
}

/** The findings outside of [α/n, 1 − α/n], α = 1e-4, n findings (Bonferroni): a perfect generator has one in less than 2 of 10,000 runs. */
export const rejected = (findings: readonly Finding[]): Finding[] =>
  findings.filter(({ p }) => !(p >= 1e-4 / findings.length && p <= 1 - 1e-4 / findings.length));
