import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { lineKey, lineName, type SweepLine } from '@kindling/figures';
import { makeFolder, writeWhole } from '../datagen/write.js';
import { readJson } from '../run-folder.js';
import { linesOf, type Shard, sweepTrials } from './plan.js';
import { recipeDifference, type SweepRecipe } from './recipe.js';
import {
  encodeLines,
  type FolderKind,
  RESULTS,
  type ResultsCard,
  type ResultsFolder,
  ResultsWriter,
  readResults,
} from './results-folder.js';

export type { SweepData } from './results-folder.js';
export { encodeLines };

const CARD = 'sweep.json';

/** `sweep.json`: what a folder's results are results of. */
export interface SweepCard extends ResultsCard {
  readonly kind: 'sweep';
  readonly recipe: SweepRecipe;
  /** Which part of the sweep the folder holds; null for all of it. */
  readonly shard: Shard | null;
}

export type SweepFolder = ResultsFolder<SweepCard>;

/** Where a shard's results go: a folder of its own below the sweep's. */
export const shardPath = (out: string, { index, count }: Shard): string =>
  join(out, `shard-${String(index).padStart(String(count - 1).length, '0')}-of-${count}`);

/** The folders of shards that lie in a folder. */
export const shardsIn = (path: string): string[] =>
  existsSync(path) && statSync(path).isDirectory()
    ? readdirSync(path)
        .filter((name) => /^shard-\d+-of-\d+$/.test(name) && existsSync(join(path, name, CARD)))
        .sort()
        .map((name) => join(path, name))
    : [];

export const isSweep = (path: string): boolean => existsSync(join(path, CARD));

/** All lines that a sweep or shard has when it is finished. */
export const expectedLines = (recipe: SweepRecipe, shard: Shard | null) =>
  sweepTrials(recipe, shard ?? undefined).flatMap((trial) => linesOf(recipe, trial));

function cardOf(path: string): SweepCard {
  const file = join(path, CARD);
  const card = readJson(file) as SweepCard;
  if (card?.kind !== 'sweep' || typeof card.recipe !== 'object' || !Array.isArray(card.recipe?.arms) || typeof card.data !== 'object') {
    const next = 'name a folder that `kindling sweep` or `kindling merge` has written';
    throw new InputError({ subject: file, got: 'another kind of JSON', expected: 'the recipe of a sweep', next });
  }
  return card;
}

const partOf = ({ shard }: SweepCard): string => (shard ? `shard ${shard.index}/${shard.count}` : 'the whole sweep');

const SWEEP: FolderKind<SweepCard> = {
  card: CARD,
  what: 'sweep',
  readCard: cardOf,
  difference(had, asked) {
    const other = recipeDifference(had.recipe, asked.recipe);
    const [a, b] = [partOf(had), partOf(asked)];
    return other ?? (a === b ? undefined : { field: 'shard', a, b });
  },
  keys: ({ recipe, shard }) => expectedLines(recipe, shard).map((line) => lineKey(line as SweepLine)),
  key: lineKey,
  name: lineName,
};

/** Reads a sweep's folder without changing it. @throws InputError for a folder without a sweep, or a damaged one */
export function readSweep(path: string): SweepFolder {
  if (!isSweep(path)) {
    const shards = shardsIn(path).length;
    const next =
      shards > 0 ? `join its shards first: kindling merge ${path} --out ${path}` : 'name a folder that `kindling sweep` has written';
    const got = existsSync(path) ? `no ${CARD}${shards > 0 ? `, but ${shards} shards` : ''}` : 'no such folder';
    throw new InputError({ subject: path, got, expected: 'the folder of a sweep', next });
  }
  return readResults(path, SWEEP);
}

/** Writes a whole sweep at once. */
export function writeSweep(path: string, card: SweepCard, lines: readonly SweepLine[]): void {
  makeFolder(path);
  writeWhole(join(path, RESULTS), encodeLines(lines));
  writeWhole(join(path, CARD), `${JSON.stringify(card, null, 2)}\n`);
}

/** The folder of a sweep that is being run. */
export class SweepWriter extends ResultsWriter<SweepCard> {
  /** @throws InputError as `ResultsWriter` does, also where the folder holds another shard */
  constructor(path: string, card: SweepCard) {
    super(SWEEP, path, card);
  }
}
