import { InputError } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type KMeans, kMeans } from '../kmeans/kmeans.js';
import { NONE, nearestRows, RowBlocks, type UnitRows } from '../kmeans/rows.js';

/** Which item of a cluster comes first, and so stays: the nearest to the centroid, or the farthest. */
export type DedupOrder = 'central' | 'outlying';

export interface DedupOptions {
  readonly clusters: number;
  readonly seed: number;
  /** `central` by default. */
  readonly order?: DedupOrder;
  readonly passes?: number;
  readonly onProgress?: (stage: 'k-means' | 'cosines', done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** What deduplication found; it serves every ε. */
export interface Dedup {
  readonly kmeans: KMeans;
  /** Items by cluster, within one by their order. */
  readonly sequence: Uint32Array<ArrayBuffer>;
  /** For each item M, the greatest cosine to an item before it in its cluster; −1 for the first. */
  readonly m: Float32Array<ArrayBuffer>;
  /** Whose cosine that is: an item's number, −1 for the first. */
  readonly match: Int32Array<ArrayBuffer>;
}

/** Items by cluster, within a cluster by distance to the centroid, the lower number first among equals; and where each one's cluster begins. */
export function sequenceOf({ groups, cosines }: Pick<KMeans, 'groups' | 'cosines'>, order: DedupOrder) {
  const sign = order === 'central' ? -1 : 1;
  const sequence = Uint32Array.from(groups, (_, n) => n).sort(
    (a, b) => groups[a]! - groups[b]! || sign * (cosines[a]! - cosines[b]!) || a - b,
  );
  const begins = new Uint32Array(sequence.length);
  for (let i = 1; i < sequence.length; i++) begins[i] = groups[sequence[i]!] === groups[sequence[i - 1]!] ? begins[i - 1]! : i;
  return { sequence, begins };
}

/** Semantic deduplication (Abbas et al. 2023): cosine k-means, then within a cluster M_j = max over i before j of cos(i, j), on the device. */
export async function deduplicate(device: Device, rows: UnitRows, options: DedupOptions): Promise<Dedup> {
  const { order = 'central', onProgress, signal } = options;
  const all = new RowBlocks(device, rows);
  const passes = options.passes ?? 20;
  const kmeans = await kMeans(device, rows, all, { ...options, passes, onPass: (pass) => onProgress?.('k-means', pass, passes) });
  all.destroy();
  const { sequence, begins } = sequenceOf(kmeans, order);
  const blocks = new RowBlocks(device, rows, sequence);
  const ranges = Uint32Array.from({ length: 2 * sequence.length }, (_, i) => (i % 2 === 0 ? begins[i >> 1]! : i >> 1));
  const found = await nearestRows(device, blocks, blocks, {
    ranges,
    signal,
    onProgress: (done, total) => onProgress?.('cosines', done, total),
  });
  blocks.destroy();
  const m = new Float32Array(rows.count);
  const match = new Int32Array(rows.count);
  sequence.forEach((item, at) => {
    const place = found.places[at]!;
    m[item] = place === NONE ? -1 : found.cosines[at]!;
    match[item] = place === NONE ? -1 : sequence[place]!;
  });
  return { kmeans, sequence, m, match };
}

/** @throws InputError for an ε that is not above 0 and below 1 */
export function requireEpsilon(epsilon: number): void {
  if (epsilon > 0 && epsilon < 1) return;
  const next = 'write e.g. --epsilon 0.01,0.05; what equals bit for bit is found without it';
  throw new InputError({ subject: '--epsilon', got: String(epsilon), expected: 'numbers above 0 and below 1', next });
}

/** Items that stay at ε: those with M ≤ 1 − ε. Ascending. */
export function keptAt(m: ArrayLike<number>, epsilon: number): Uint32Array<ArrayBuffer> {
  requireEpsilon(epsilon);
  const kept: number[] = [];
  for (let item = 0; item < m.length; item++) if (!(m[item]! > 1 - epsilon)) kept.push(item);
  return Uint32Array.from(kept);
}

/** What a greedy pass keeps: indices ascending; of a dropped item the kept one that suppresses it, −1 for kept ones. */
export interface Greedy {
  readonly indices: Uint32Array<ArrayBuffer>;
  readonly match: Int32Array<ArrayBuffer>;
}

/**
 * Greedy keep: in sequence, an item is dropped where a *kept* one before it in its cluster is nearer than 1 − ε; dropped items suppress
 * nothing. Solved in rounds on the device: who is near a newly kept item falls, then who is near no undecided one before it stays.
 */
export async function greedyKeep(
  device: Device,
  rows: UnitRows,
  { sequence, m, kmeans }: Dedup,
  epsilon: number,
  signal?: AbortSignal,
): Promise<Greedy> {
  requireEpsilon(epsilon);
  const limit = 1 - epsilon;
  const match = new Int32Array(rows.count).fill(-1);
  const stays = new Uint8Array(rows.count);
  const places = Array.from(sequence, (_, at) => at);
  const over = (at: number): boolean => m[sequence[at]!]! > limit;
  let undecided = places.filter(over);
  let fresh = places.filter((at) => !over(at));
  for (const at of fresh) stays[sequence[at]!] = 1;
  const search = async (queries: readonly number[], candidates: readonly number[]) => {
    const [a, b] = [queries, candidates].map(
      (list) =>
        new RowBlocks(
          device,
          rows,
          list.map((at) => sequence[at]!),
        ),
    );
    const found = await nearestRows(device, a!, b!, {
      ranges: earlier(queries, candidates, (at) => kmeans.groups[sequence[at]!]!),
      signal,
    });
    a!.destroy();
    b!.destroy();
    return found;
  };
  while (undecided.length > 0) {
    if (fresh.length > 0) {
      const { cosines, places: winners } = await search(undecided, fresh);
      const left: number[] = [];
      undecided.forEach((at, q) => {
        if (cosines[q]! > limit) match[sequence[at]!] = sequence[fresh[winners[q]!]!]!;
        else left.push(at);
      });
      undecided = left;
      if (undecided.length === 0) break;
    }
    const { cosines } = await search(undecided, undecided);
    fresh = undecided.filter((_, q) => !(cosines[q]! > limit));
    const now = new Set(fresh);
    for (const at of fresh) stays[sequence[at]!] = 1;
    undecided = undecided.filter((at) => !now.has(at));
  }
  const indices = Uint32Array.from(places.filter((item) => stays[item] === 1));
  return { indices, match };
}

/** For each query place the candidates before it in its cluster, as [first, last) of the candidates' list; both lists ascend. */
function earlier(queries: readonly number[], candidates: readonly number[], group: (at: number) => number): Uint32Array<ArrayBuffer> {
  const ranges = new Uint32Array(2 * queries.length);
  let [first, last] = [0, 0];
  queries.forEach((at, q) => {
    while (first < candidates.length && group(candidates[first]!) < group(at)) first++;
    last = Math.max(last, first);
    while (last < candidates.length && candidates[last]! < at) last++;
    ranges[2 * q] = first;
    ranges[2 * q + 1] = last;
  });
  return ranges;
}
