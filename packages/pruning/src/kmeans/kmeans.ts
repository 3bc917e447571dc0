import { drawBelow, InputError, sampleKey } from '@kindling/core';
import type { Device } from '@kindling/device';
import { nearestRows, RowBlocks, type SearchOptions, type UnitRows, unitRows } from './rows.js';

export interface KMeansOptions extends Pick<SearchOptions, 'signal'> {
  readonly clusters: number;
  readonly seed: number;
  /** Most passes; 20 by default. */
  readonly passes?: number;
  readonly onPass?: (pass: number, moved: number) => void;
}

export interface KMeans {
  /** Cluster of each row, and its cosine to that cluster's centroid. */
  readonly groups: Uint32Array<ArrayBuffer>;
  readonly cosines: Float32Array<ArrayBuffer>;
  /** [K, width], each of length 1. */
  readonly centroids: UnitRows;
  readonly passes: number;
  /** Whether the last pass moved no row. */
  readonly settled: boolean;
}

/** K different rows, as the seed draws them. */
function drawStart(rows: UnitRows, { clusters, seed }: KMeansOptions): UnitRows {
  const key = sampleKey(seed, 'selection', 2);
  const chosen = new Set<number>();
  for (let draw = 0; chosen.size < clusters; draw++) chosen.add(drawBelow(key, draw, 0, rows.count));
  const values = new Float32Array(clusters * rows.width);
  [...chosen].forEach((row, k) => {
    values.set(rows.values.subarray(row * rows.width, (row + 1) * rows.width), k * rows.width);
  });
  return { values, count: clusters, width: rows.width };
}

/** Mean directions of the clusters in f64; a cluster without rows begins anew at a row that is farthest from its own centroid. */
export function meanDirections(rows: UnitRows, groups: ArrayLike<number>, cosines: ArrayLike<number>, clusters: number): UnitRows {
  const { width, count, values } = rows;
  const sums = new Float64Array(clusters * width);
  const sizes = new Uint32Array(clusters);
  for (let n = 0; n < count; n++) {
    const at = groups[n]! * width;
    sizes[groups[n]!]!++;
    for (let d = 0; d < width; d++) sums[at + d]! += values[n * width + d]!;
  }
  const empty = [...sizes.keys()].filter((k) => sizes[k] === 0);
  if (empty.length > 0) {
    const far = Array.from({ length: count }, (_, n) => n).sort((a, b) => cosines[a]! - cosines[b]! || a - b);
    empty.forEach((k, i) => {
      for (let d = 0; d < width; d++) sums[k * width + d] = values[far[i]! * width + d]!;
    });
  }
  return unitRows(sums, clusters, width);
}

/**
 * Spherical k-means of rows of any number: each row to the centroid of the greatest cosine, the first among equals, then each centroid to its
 * rows' mean direction. All products of rows with centroids are made on the device; the sums, a share of 1/K of the work, on the host in f64.
 * @throws InputError for a number of clusters that is not from 1 to N
 */
export async function kMeans(device: Device, rows: UnitRows, blocks: RowBlocks, options: KMeansOptions): Promise<KMeans> {
  const { clusters, passes: most = 20, onPass, signal } = options;
  if (!(Number.isInteger(clusters) && clusters >= 1 && clusters <= rows.count)) {
    const expected = `a whole number from 1 to ${rows.count}`;
    throw new InputError({ subject: '--clusters', got: String(clusters), expected, next: 'ask for fewer clusters than items' });
  }
  let centroids = drawStart(rows, options);
  let groups = new Uint32Array(rows.count).fill(clusters);
  for (let pass = 1; ; pass++) {
    const placed = new RowBlocks(device, centroids);
    const { cosines, places } = await nearestRows(device, blocks, placed, { signal });
    placed.destroy();
    const moved = places.reduce((sum, place, n) => sum + (place === groups[n] ? 0 : 1), 0);
    groups = places;
    onPass?.(pass, moved);
    if (moved === 0 || pass === most) return { groups, cosines, centroids, passes: pass, settled: moved === 0 };
    centroids = meanDirections(rows, groups, cosines, clusters);
  }
}
