import { InputError } from '@kindling/core';
import { type KeepSide, type Overlap, overlapOf, rankCorrelation, requireScores, selectKept } from '@kindling/pruning';
import { print, printJson } from '../terminal.js';
import { readKeepList } from './keep-list.js';
import { readScores } from './score-files.js';
import { keepOf } from './select.js';

export interface CompareOptions {
  readonly fraction?: number;
  readonly keep?: string;
  readonly json?: boolean;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

const overlapWords = ({ common, ofFirst, ofSecond, chance }: Overlap): string =>
  `${common} in both: ${percent(ofFirst)} of the first, ${percent(ofSecond)} of the second; ${percent(chance)} of the first by chance`;

/** Two files of scores of one data set: whether they order it alike, and would keep the same. */
function compareScores(first: string, second: string, fraction: number, keep: KeepSide) {
  const [a, b] = [readScores(first), readScores(second)];
  const total = a.scores.length;
  requireScores(a.scores, total, first);
  requireScores(b.scores, total, second);
  const [one, other] = [a.card?.data.sha256, b.card?.data.sha256];
  if (one !== undefined && other !== undefined && one !== other) {
    const next = 'compare scores of one data set';
    throw new InputError({ subject: second, got: `scores of ${b.card!.data.name}`, expected: `scores of ${a.card!.data.name}`, next });
  }
  // One class of all: no floors.
  const [left, right] = [a, b].map(({ scores }) =>
    selectKept({ scores, labels: new Uint8Array(total), classes: 1, fraction, keep, balance: 0 }),
  );
  return {
    kind: 'scores' as const,
    files: [first, second],
    metrics: [a.card?.metric ?? null, b.card?.metric ?? null],
    count: total,
    rankCorrelation: rankCorrelation(a.scores, b.scores),
    fraction,
    keep,
    overlap: overlapOf(left!, right!, total),
  };
}

/** Two keep lists of one data set. */
function compareLists(first: string, second: string) {
  const [a, b] = [readKeepList(first, 'keep list'), readKeepList(second, 'keep list')];
  if (a.sha256 !== b.sha256) {
    const next = 'compare lists of one data set';
    throw new InputError({ subject: second, got: `a list of ${b.dataSet ?? 'data'}`, expected: `one of ${a.dataSet ?? 'the same'}`, next });
  }
  const total = a.total ?? b.total ?? Math.max(a.indices.at(-1)!, b.indices.at(-1)!) + 1;
  const counts = [a.indices.length, b.indices.length];
  return { kind: 'keep-lists' as const, files: [first, second], counts, count: total, overlap: overlapOf(a.indices, b.indices, total) };
}

/** `kindling prune compare`: two files of scores, or two keep lists. */
export async function compare(first: string, second: string, options: CompareOptions): Promise<number> {
  const { fraction = 0.3, json } = options;
  if (!(fraction > 0 && fraction <= 1)) {
    const next = 'write e.g. --fraction 0.3';
    throw new InputError({ subject: '--fraction', got: String(fraction), expected: 'a share above 0, at most 1', next });
  }
  const keep = keepOf(options.keep);
  const lists = [first, second].map((path) => path.endsWith('.json'));
  if (lists[0] !== lists[1]) {
    const next = 'name two .npy files of `prune score`, or two .json files of `prune select`';
    throw new InputError({ subject: second, got: 'scores beside a keep list', expected: 'two files of one kind', next });
  }
  if (lists[0]) {
    const result = compareLists(first, second);
    if (json) printJson(result);
    else print(`${result.counts.join(' and ')} of ${result.count} examples; ${overlapWords(result.overlap)}.`);
    return 0;
  }
  const result = compareScores(first, second, fraction, keep);
  if (json) {
    printJson(result);
    return 0;
  }
  const { rankCorrelation: rho, count, overlap } = result;
  print(`rank correlation over ${count} examples: ${rho === null ? 'none, as one file has a single score' : rho.toFixed(4)} (Spearman)`);
  print(`of the ${percent(fraction)} with the ${keep === 'hard' ? 'highest' : 'lowest'} scores ${overlapWords(overlap)}.`);
  return 0;
}
