import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { encodeNpy } from '@kindling/core';
import { indexBytes, type Leak } from '@kindling/pruning';
import { writeWhole } from '../datagen/write.js';

/** What every keep list of one deduplication says of its making. */
export interface DedupRecipe {
  readonly dataSet: string;
  readonly data: object;
  readonly embedding: string;
  readonly checkpoint: string | null;
  readonly clusters: number;
  readonly order: string;
}

/** Which rule made a list. */
export interface Rule {
  readonly rule: 'exact' | 'M' | 'greedy';
  readonly epsilon: number | null;
}

/** Writes a keep list in the form of `prune select`: the lowest M are kept, so its sign is −1. */
export function writeKeepList(
  path: string,
  indices: Uint32Array<ArrayBuffer>,
  labels: Uint8Array,
  classes: number,
  made: { readonly recipe: DedupRecipe; readonly rule: Rule; readonly seed: number },
): void {
  const byClass = new Array<number>(classes).fill(0);
  for (const index of indices) byClass[labels[index]!]!++;
  const list = {
    kind: 'keep-list',
    recipe: { ...made.recipe, ...made.rule },
    metric: 'dedup',
    sign: -1,
    seed: made.seed,
    fraction: indices.length / labels.length,
    count: indices.length,
    total: labels.length,
    classes: byClass,
    indices: [...indices],
    hash: createHash('sha256').update(indexBytes(indices)).digest('hex'),
    hashOf: 'SHA-256, in hex, of the indices as little-endian u32, ascending',
  };
  writeWhole(path, `${JSON.stringify(list)}\n`);
}

export function writeVector(path: string, data: Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer>): void {
  writeWhole(path, encodeNpy({ shape: [data.length], data }));
}

/** A test image beside its nearest training image. */
export interface LeakPair {
  readonly test: number;
  readonly train: number;
  readonly cosine: number;
  /** Whether their bytes are the same. */
  readonly exact: boolean;
  readonly testLabel: number;
  readonly trainLabel: number;
}

/** Pairs above the least cosine, the nearest first. An exact one names the first training image of the same bytes. */
export function leakPairs(
  leak: Leak | undefined,
  exact: Int32Array,
  least: number,
  labels: { test: Uint8Array; train: Uint8Array },
): LeakPair[] {
  const pairs: LeakPair[] = [];
  exact.forEach((same, test) => {
    const near = leak && leak.cosines[test]! > least ? leak.nearest[test]! : -1;
    const train = same === -1 ? near : same;
    if (train === -1) return;
    const cosine = same === -1 ? leak!.cosines[test]! : 1;
    pairs.push({ test, train, cosine, exact: same !== -1, testLabel: labels.test[test]!, trainLabel: labels.train[train]! });
  });
  return pairs.sort((a, b) => b.cosine - a.cosine || a.test - b.test);
}

export const writeJson = (folder: string, name: string, value: object): void =>
  writeWhole(join(folder, name), `${JSON.stringify(value)}\n`);
