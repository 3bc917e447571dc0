import { InputError } from '@kindling/core';
import { type SweepLine, type Threshold, thresholds } from '@kindling/figures';
import { formatTable } from '../format.js';
import { readSweep } from '../sweep/folder.js';
import { print, printJson, say } from '../terminal.js';

export interface ThresholdOptions {
  readonly margin?: number;
  readonly json?: boolean;
}

const value = ({ threshold, atLeast }: Threshold): string => (threshold === null ? '–' : `${atLeast ? '≥ ' : ''}${threshold}`);

/** The largest share of warm-up that costs no more accuracy than the margin, by data set, budget and arm, with its interval. */
export async function threshold(paths: readonly string[], options: ThresholdOptions): Promise<number> {
  const { margin = 0.01 } = options;
  if (!(margin >= 0 && margin <= 1)) {
    const next = 'write e.g. --margin 0.01 for one point';
    throw new InputError({ subject: '--margin', got: String(margin), expected: 'a share of test images from 0 to 1', next });
  }
  const lines: SweepLine[] = [];
  for (const path of paths) {
    const { card, lines: own, notes } = readSweep(path);
    for (const note of notes) say(`kindling: ${note}`);
    if (own.length < card.lines) say(`kindling: ${path}: ${own.length} of ${card.lines} lines are there`);
    if (card.shard) say(`kindling: ${path}: shard ${card.shard.index} of ${card.shard.count} only: merge them first`);
    lines.push(...own);
  }
  const without = lines.filter(({ p }) => p === null).length;
  if (without > 0) say(`kindling: ${without} lines of the adaptive experiment have no p, and so no threshold`);
  const found = thresholds(lines, margin);
  if (found.length === 0) {
    const compared = `the adaptive experiment has none: \`kindling report ${paths[0]}\` compares its arms`;
    const next = without > 0 ? compared : 'run the sweep first';
    throw new InputError({ subject: paths.join(', '), got: 'no trial with a p', expected: 'results of a sweep over p', next });
  }
  if (options.json) {
    printJson({ margin, thresholds: found });
    return 0;
  }
  const rows = found.map((row) => [
    row.experiment,
    row.dataSet,
    String(row.steps),
    row.arm,
    value(row),
    row.low === null ? '–' : `${row.low} … ${row.high}`,
    row.baseline === null ? '–' : (100 * row.baseline).toFixed(2),
    String(row.seeds),
  ]);
  print(formatTable(['experiment', 'data set', 'steps', 'arm', 'threshold', '95 %', 'p=0 %', 'seeds'], rows, 4));
  print(
    `Threshold: the largest p such that at it and every smaller p the mean accuracy is at least that of p=0 less ${Number((100 * margin).toFixed(2))} ${margin === 0.01 ? 'point' : 'points'}.`,
  );
  print('95 %: bootstrap over seeds. Only the p that were tried can be answers.');
  for (const { dataSet, steps, arm, notes } of found) for (const note of notes) print(`  ${dataSet} ${steps} ${arm}: ${note}`);
  return 0;
}
