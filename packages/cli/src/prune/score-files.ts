import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { decodeNpy, encodeNpy, InputError } from '@kindling/core';
import type { PruneMetric } from '@kindling/pruning';
import { fileOption, writeWhole } from '../datagen/write.js';
import { readJson } from '../run-folder.js';
import type { SweepData } from '../sweep/results-folder.js';
import { onDisk } from '../terminal.js';

/** What stands beside a file of scores: how they were made. */
export interface ScoreCard {
  readonly kind: 'prune-scores';
  readonly metric: PruneMetric;
  readonly definition: string;
  readonly cost: string;
  readonly needs: string;
  readonly sign: string;
  readonly note: string | null;
  /** The run whose model was scored, or null for models of the metric's own. */
  readonly checkpoint: string | null;
  readonly model: string | null;
  /** Models that were scored with. */
  readonly models: number;
  readonly seeds: readonly number[];
  /** Training of each; null with a checkpoint, or without a model. */
  readonly training: { readonly steps: number; readonly epochs: number; readonly batch: number; readonly lr: number } | null;
  readonly facts: Readonly<Record<string, number | boolean>>;
  readonly data: SweepData;
  readonly count: number;
  readonly seconds: number;
  readonly adapter: string | null;
  readonly versions: Readonly<Record<string, string>>;
  readonly commit: string | null;
  readonly date: string;
  /** Of the .npy file; `writeScores` sets it. */
  readonly sha256?: string;
}

/** `el2n.npy` → `el2n.json`. */
export const cardPath = (path: string): string => `${path.replace(/\.npy$/, '')}.json`;

/** An --out that is a file of scores, its folder made. @throws InputError */
export function npyPath(path: string | undefined, option = '--out'): string {
  // Its folder is made now: hours of scoring must not end at a folder that is not there.
  if (path?.endsWith('.npy') && path !== '.npy') return fileOption(option, path);
  const next = `write e.g. ${option} el2n.npy`;
  throw new InputError({
    subject: option,
    got: path === undefined ? 'nothing' : JSON.stringify(path),
    expected: 'a file name that ends in .npy',
    next,
  });
}

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Writes scores and, first, what they are: a file of scores never stands without it. */
export function writeScores(path: string, scores: Float32Array, card: ScoreCard): void {
  const bytes = encodeNpy({ shape: [scores.length], data: scores });
  writeWhole(cardPath(path), `${JSON.stringify({ ...card, sha256: sha256Of(bytes) }, null, 2)}\n`);
  writeWhole(path, bytes);
}

/** Scores of a file, ours or another's. @throws InputError for one that is no float32 vector, or whose card describes other bytes */
export function readScores(path: string): { scores: Float32Array; card: ScoreCard | undefined } {
  const bytes = onDisk(path, 'a readable file', 'name the file that `kindling prune score` wrote', () => readFileSync(path));
  const { shape, data } = decodeNpy(bytes, path);
  if (!(data instanceof Float32Array) || shape.length !== 1) {
    const got = `${data.constructor.name} of shape [${shape.join()}]`;
    throw new InputError({ subject: path, got, expected: 'float32 of shape [N]', next: 'save scores.astype("float32") of one dimension' });
  }
  const beside = cardPath(path);
  const card = existsSync(beside) ? (readJson(beside) as ScoreCard) : undefined;
  if (card?.kind !== 'prune-scores') return { scores: data, card: undefined };
  // Cards of before 0.2 have no hash.
  const { sha256 } = card;
  if (sha256 !== undefined && sha256 !== sha256Of(bytes)) {
    const got = `the card of a file of SHA-256 ${sha256.slice(0, 12)}…`;
    const expected = `one of ${sha256Of(bytes).slice(0, 12)}…, which ${path} has`;
    throw new InputError({ subject: beside, got, expected, next: 'name the scores that it was written with, or move the card away' });
  }
  return { scores: data, card };
}
