import { createHash } from 'node:crypto';
import { encodeNpy, InputError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { loadDataSet } from '@kindling/data/node';
import { indexBytes, type KeepSide, type NeverLearned, randomScores, requireScores, selectKept, withNeverLearned } from '@kindling/pruning';
import { seedOption } from '../datagen/recipe.js';
import { fileOption, writeWhole } from '../datagen/write.js';
import { formatTable } from '../format.js';
import { describeData } from '../sweep/run.js';
import { print, printJson } from '../terminal.js';
import { npyPath, readScores, type ScoreCard } from './score-files.js';
import { required } from './theory.js';

export interface SelectOptions {
  readonly scores?: string;
  readonly fraction?: number;
  readonly keep?: string;
  readonly balance?: number;
  readonly seed?: number;
  /** most, none or out: what scores of +∞ count as. */
  readonly neverLearned?: string;
  readonly dataSet?: string;
  readonly data?: string;
  readonly out?: string;
  readonly npy?: string;
  readonly json?: boolean;
}

const HASH = 'SHA-256, in hex, of the indices as little-endian u32, ascending';

/** A list of what to keep, as a file holds it. */
export interface KeepList {
  readonly kind: 'keep-list';
  /** Everything that the indices follow from. */
  readonly recipe: {
    readonly dataSet: string;
    readonly data: object;
    readonly keep: KeepSide;
    /** b: each class keeps at least ⌈b·f·n_c⌉. */
    readonly balance: number;
    /** What scores of +∞, of examples that no model learned, counted as. */
    readonly neverLearned: NeverLearned;
    /** How the scores were made; null for scores of another program's. */
    readonly scores: ScoreCard | null;
    readonly scoresFile: string | null;
    readonly scoresSha256: string;
  };
  readonly metric: string | null;
  /** 1: the highest scores are kept; −1: the lowest. */
  readonly sign: 1 | -1;
  /** Random scores are drawn by it; others draw nothing. */
  readonly seed: number;
  readonly fraction: number;
  readonly count: number;
  readonly total: number;
  /** Kept examples of each class. */
  readonly classes: readonly number[];
  readonly indices: readonly number[];
  readonly hash: string;
  readonly hashOf: string;
}

/** @throws InputError for another word */
export function keepOf(text = 'hard', option = '--keep'): KeepSide {
  if (text === 'hard' || text === 'easy') return text;
  const next = 'hard keeps the highest scores, easy the lowest';
  throw new InputError({ subject: option, got: JSON.stringify(text), expected: 'hard or easy', next });
}

/** @throws InputError for another word */
function neverLearnedOf(text = 'most'): NeverLearned {
  if (text === 'most' || text === 'none' || text === 'out') return text;
  const next = 'most forgotten (the default), never forgotten, or left out';
  throw new InputError({ subject: '--never-learned', got: JSON.stringify(text), expected: 'most, none or out', next });
}

/** @throws InputError for a share outside 0 < f ≤ 1, or a balance outside 0..1 */
function requireShares(fraction: number, balance: number): void {
  const expected = 'a share above 0, at most 1';
  if (!(fraction > 0 && fraction <= 1))
    throw new InputError({ subject: '--fraction', got: String(fraction), expected, next: 'write e.g. --fraction 0.5' });
  if (!(balance >= 0 && balance <= 1))
    throw new InputError({ subject: '--balance', got: String(balance), expected: 'a share from 0 to 1', next: 'write e.g. --balance 0.5' });
}

/** Scores of the file, or random ones, checked against the data. */
function scoresFor(options: SelectOptions, natural: NaturalData) {
  const file = required(options.scores, '--scores', 'a file of scores, or random', 'make one with `kindling prune score`');
  if (file === 'random') {
    const seed = seedOption(options.seed);
    return { scores: randomScores(natural.train.count, seed), card: undefined, file: null, metric: 'random', seed };
  }
  const { scores, card } = readScores(file);
  requireScores(scores, natural.train.count, file);
  const data = describeData(natural);
  if (card && card.data.sha256 !== data.sha256) {
    const got = `scores of ${card.data.name} (SHA-256 ${card.data.sha256.slice(0, 12)}…)`;
    const expected = `scores of ${data.name} (${data.sha256.slice(0, 12)}…)`;
    throw new InputError({ subject: file, got, expected, next: 'name the data set that was scored with --data-set or --data' });
  }
  // Nothing is drawn here: ties go to the lower index. What was asked for stands in the list all the same.
  const seed = card?.metric === 'random' ? card.seeds[0]! : seedOption(options.seed);
  return { scores, card, file, metric: card?.metric ?? null, seed };
}

/** `kindling prune select`: which examples stay, as a list that other programs can check. */
export async function select(options: SelectOptions): Promise<number> {
  const out = fileOption('--out', required(options.out, '--out', 'the file of the keep list', 'write e.g. --out keep.json'));
  const fraction = required(options.fraction, '--fraction', 'the share that stays', 'write e.g. --fraction 0.5');
  const { balance = 0.5 } = options;
  requireShares(fraction, balance);
  const keep = keepOf(options.keep);
  const neverLearned = neverLearnedOf(options.neverLearned);
  const npy = options.npy === undefined ? undefined : npyPath(options.npy, '--npy');
  const natural = await loadDataSet({ name: options.dataSet, folder: options.data });
  const { train, classes } = natural;
  const { scores, card, file, metric, seed } = scoresFor(options, natural);
  const judged = withNeverLearned(scores, neverLearned, keep);
  const indices = selectKept({ scores: judged, labels: train.labels, classes, fraction, keep, balance });
  const byClass = new Array<number>(classes).fill(0);
  for (const index of indices) byClass[train.labels[index]!]!++;
  const hash = createHash('sha256').update(indexBytes(indices)).digest('hex');
  const list: KeepList = {
    kind: 'keep-list',
    recipe: {
      dataSet: natural.name,
      data: describeData(natural),
      keep,
      balance,
      neverLearned,
      scores: card ?? null,
      scoresFile: file,
      scoresSha256: createHash('sha256')
        .update(new Uint8Array(scores.buffer, scores.byteOffset, scores.byteLength))
        .digest('hex'),
    },
    metric,
    sign: keep === 'hard' ? 1 : -1,
    seed,
    fraction,
    count: indices.length,
    total: train.count,
    classes: byClass,
    indices: [...indices],
    hash,
    hashOf: HASH,
  };
  writeWhole(out, `${JSON.stringify(list)}\n`);
  if (npy) writeWhole(npy, encodeNpy({ shape: [indices.length], data: indices }));
  if (options.json) {
    printJson({ out, ...(npy ? { npy } : {}), ...list });
    return 0;
  }
  print(
    `${out}: ${indices.length} of ${train.count} training examples of ${natural.name}, the ${keep === 'hard' ? 'highest' : 'lowest'} scores`,
  );
  const names = byClass.map((_, c) => natural.classNames?.[c] ?? String(c));
  const sizes = new Array<number>(classes).fill(0);
  for (const label of train.labels) sizes[label]!++;
  const rows = byClass.map((kept, c) => [names[c]!, String(kept), String(sizes[c]), (kept / sizes[c]!).toFixed(3)]);
  print(`\n${formatTable(['class', 'kept', 'of', 'share'], rows)}\n`);
  print(`hash ${hash}: ${HASH}`);
  return 0;
}
