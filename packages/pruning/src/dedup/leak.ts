import type { Device } from '@kindling/device';
import { nearestRows, RowBlocks, type SearchOptions, type UnitRows } from '../kmeans/rows.js';
import type { Dedup } from './dedup.js';
import { ExactIndex } from './exact.js';

/** Where each test item's nearest training item is looked for: among all, or among those of the cluster that the test item is nearest to. */
export type LeakScope = 'all' | 'cluster';

/** For each test item the training item of the greatest cosine. */
export interface Leak {
  readonly cosines: Float32Array<ArrayBuffer>;
  /** Training items; −1 where the cluster has none. */
  readonly nearest: Int32Array<ArrayBuffer>;
}

/** Looks for test items in the training half; products on the device. */
export async function nearestTraining(
  device: Device,
  test: UnitRows,
  train: UnitRows,
  { kmeans, sequence }: Dedup,
  scope: LeakScope,
  options: Pick<SearchOptions, 'onProgress' | 'signal'> = {},
): Promise<Leak> {
  const queries = new RowBlocks(device, test);
  let ranges: Uint32Array<ArrayBuffer> | undefined;
  if (scope === 'cluster') {
    const centroids = new RowBlocks(device, kmeans.centroids);
    const { places } = await nearestRows(device, queries, centroids, { signal: options.signal });
    centroids.destroy();
    const begins = new Uint32Array(kmeans.centroids.count + 1);
    for (const group of kmeans.groups) begins[group + 1]!++;
    for (let k = 1; k < begins.length; k++) begins[k]! += begins[k - 1]!;
    ranges = Uint32Array.from({ length: 2 * test.count }, (_, i) => begins[places[i >> 1]! + (i % 2)]!);
  }
  // In the clusters' order, so that a cluster is a range; the first among equals is the first of its cluster.
  const candidates = new RowBlocks(device, train, sequence);
  const found = await nearestRows(device, queries, candidates, { ...options, ...(ranges ? { ranges } : {}) });
  queries.destroy();
  candidates.destroy();
  return { cosines: found.cosines, nearest: Int32Array.from(found.places, (place) => (place < sequence.length ? sequence[place]! : -1)) };
}

/** For each test item the first training item of the same bytes, or −1. */
export function exactLeaks(test: Uint8Array, testCount: number, train: Uint8Array, trainCount: number): Int32Array<ArrayBuffer> {
  const index = new ExactIndex(train, train.length / trainCount);
  for (let item = 0; item < trainCount; item++) index.add(item);
  return Int32Array.from({ length: testCount }, (_, item) => index.find(test, item));
}
