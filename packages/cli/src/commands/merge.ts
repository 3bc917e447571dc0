import { InputError } from '@kindling/core';
import { makeFolder } from '../datagen/write.js';
import { lockFolder } from '../folder-lock.js';
import { isSweep, readSweep, shardsIn, writeSweep } from '../sweep/folder.js';
import { describeGaps, mergeSweeps } from '../sweep/merge.js';
import { print, printJson, say } from '../terminal.js';

export interface MergeOptions {
  readonly out?: string;
  readonly partial?: boolean;
  readonly json?: boolean;
}

/** Gaps that are listed on stderr before the rest is counted. */
const LISTED = 20;

/** The sweeps that a command line names: a folder of shards stands for them. */
const folders = (paths: readonly string[]): string[] => [
  ...new Set(
    paths.flatMap((path) => {
      const shards = shardsIn(path);
      return isSweep(path) || shards.length === 0 ? [path, ...shards] : shards;
    }),
  ),
];

/** Joins the shards of a sweep into one folder; exit code 1 where trials are missing. */
export async function merge(paths: readonly string[], options: MergeOptions): Promise<number> {
  const { out } = options;
  if (out === undefined) {
    throw new InputError({
      subject: '--out',
      got: 'nothing',
      expected: 'a folder for the whole sweep',
      next: 'write e.g. --out runs/sweep',
    });
  }
  // What is in the target already counts too, so that shards can be merged as they come in.
  const inputs = folders(isSweep(out) ? [...paths, out] : paths);
  if (isSweep(out) && readSweep(out).card.shard) {
    const next = 'choose another --out: a shard stays what it is';
    throw new InputError({
      subject: `--out ${out}`,
      got: 'the folder of a shard',
      expected: 'a new folder, or one of a whole sweep',
      next,
    });
  }
  const merged = mergeSweeps(inputs.map(readSweep));
  for (const note of merged.notes) say(`kindling: ${note}`);
  if (merged.duplicates > 0) say(`kindling: ${merged.duplicates} lines were there twice with the same result: one of each is kept`);
  const gaps = describeGaps(merged.gaps);
  const write = gaps.length === 0 || options.partial === true;
  if (write) {
    makeFolder(out);
    const unlock = lockFolder(out);
    try {
      writeSweep(out, merged.card, merged.lines);
    } finally {
      unlock();
    }
  }
  for (const gap of gaps.slice(0, LISTED)) say(`kindling: missing: ${gap}`);
  if (gaps.length > LISTED) say(`kindling: missing: ${gaps.length - LISTED} more groups of trials`);
  const { lines, card } = merged;
  if (options.json) {
    const missing = merged.gaps.map(({ dataSet, steps, arm, p, seed }) => ({ dataSet, steps, arm, p, seed }));
    printJson({
      sweep: write ? out : null,
      merged: inputs,
      lines: lines.length,
      expected: card.lines,
      duplicates: merged.duplicates,
      missing,
    });
  } else {
    print(`${lines.length} of ${card.lines} lines from ${inputs.length} folders${write ? ` in ${out}` : '; nothing was written'}`);
    if (!write) print('Next: run the missing shards again, or merge with --partial');
    else if (gaps.length > 0) print(`Next: the command of the sweep without --shard and with --out ${out} runs what is missing`);
    else {
      print(`Next: npx kindling report ${out}`);
      if (card.recipe.p !== null) print(`      npx kindling threshold ${out}`);
    }
  }
  return write ? 0 : 1;
}
