import { InputError } from '@kindling/core';
import { lineKey, lineName, type SweepLine } from '@kindling/figures';
import { expectedLines, type SweepCard, type SweepFolder } from './folder.js';
import { recipeDifference } from './recipe.js';

export interface Merged {
  readonly card: SweepCard;
  /** In the order of the sweep's plan. */
  readonly lines: readonly SweepLine[];
  /** Trials that no folder has. */
  readonly gaps: readonly SweepLine[];
  /** Lines that two folders had and agreed on. */
  readonly duplicates: number;
  readonly notes: readonly string[];
}

/** What a trial's line must agree in with its duplicate: seconds and companions may differ, results may not. */
const resultOf = ({ accuracy, testLoss }: SweepLine): string => JSON.stringify([accuracy, testLoss]);

const said = (line: SweepLine): string => `accuracy ${line.accuracy}, test loss ${line.testLoss} (${line.adapter ?? 'adapter unknown'})`;

/** Data sets of all folders together. @throws InputError where two folders mean different data by one name */
function sameData(folders: readonly SweepFolder[]): SweepCard['data'] {
  const data: Record<string, { of: string; value: SweepCard['data'][string] }> = {};
  for (const { path, card } of folders) {
    for (const [name, value] of Object.entries(card.data)) {
      const had = data[name];
      if (had && had.value.sha256 !== value.sha256) {
        throw new InputError({
          subject: `${path}: data set ${name}`,
          got: `${value.train} + ${value.test} images, SHA-256 ${value.sha256.slice(0, 12)}…`,
          expected: `${had.value.train} + ${had.value.test} images, SHA-256 ${had.value.sha256.slice(0, 12)}…, as in ${had.of}`,
          next: 'run the shards on the same data',
        });
      }
      data[name] = had ?? { of: path, value };
    }
  }
  return Object.fromEntries(Object.entries(data).map(([name, { value }]) => [name, value]));
}

/**
 * Joins sweeps of one recipe, whole or shards. Duplicates that agree are counted and dropped.
 * @throws InputError where recipes or data differ, a line belongs to no trial of the recipe, or two lines of a trial disagree
 */
export function mergeSweeps(folders: readonly SweepFolder[]): Merged {
  const [first] = folders;
  if (!first) throw new InputError({ subject: 'merge', got: 'no folder', expected: 'sweeps to merge', next: 'name their folders' });
  const { recipe } = first.card;
  for (const { path, card } of folders) {
    const other = recipeDifference(card.recipe, recipe);
    if (!other) continue;
    const next = 'merge shards of one sweep; `kindling threshold` takes several sweeps as they are';
    throw new InputError({ subject: `${path}: ${other.field}`, got: other.a, expected: `${other.b}, as in ${first.path}`, next });
  }
  const data = sameData(folders);
  const expected = expectedLines(recipe, null) as SweepLine[];
  const known = new Set(expected.map(lineKey));
  const kept = new Map<string, { line: SweepLine; path: string }>();
  let duplicates = 0;
  for (const { path, lines } of folders) {
    for (const line of lines) {
      const key = lineKey(line);
      if (!known.has(key)) {
        const next = 'delete that line, or run the shard anew';
        throw new InputError({ subject: path, got: lineName(line), expected: 'trials of the recipe in sweep.json', next });
      }
      const had = kept.get(key);
      if (!had) kept.set(key, { line, path });
      else if (resultOf(had.line) === resultOf(line)) duplicates++;
      else {
        throw new InputError({
          subject: `${lineName(line)}: two results`,
          got: `${said(line)} in ${path}`,
          expected: `${said(had.line)}, as in ${had.path}`,
          next: 'find out which is right (another adapter rounds differently), and delete the other line',
        });
      }
    }
  }
  const notes = folders.flatMap((folder) => folder.notes);
  const commits = new Set(folders.map(({ card }) => `${card.versions.kindling} ${card.commit}`));
  if (commits.size > 1) notes.push(`the sweeps were run with ${commits.size} versions of Kindling`);
  const lines = expected.flatMap((line) => kept.get(lineKey(line))?.line ?? []);
  const adapters = new Set(lines.map(({ adapter }) => adapter));
  if (adapters.size > 1) notes.push(`the trials ran on ${adapters.size} adapters: ${[...adapters].join('; ')}`);
  return {
    card: { ...first.card, shard: null, lines: expected.length, data },
    lines,
    gaps: expected.filter((line) => !kept.has(lineKey(line))),
    duplicates,
    notes,
  };
}

/** Trials in few lines: their seeds side by side. */
export function describeGaps(gaps: readonly SweepLine[]): string[] {
  const cells = new Map<string, { line: SweepLine; seeds: number[] }>();
  for (const line of gaps) {
    const key = lineKey({ ...line, seed: 0 });
    const cell = cells.get(key) ?? { line, seeds: [] };
    cell.seeds.push(line.seed);
    cells.set(key, cell);
  }
  return [...cells.values()].map(({ line, seeds }) =>
    lineName(line).replace(/ seed \d+$/, ` seed${seeds.length > 1 ? 's' : ''} ${seeds.join(', ')}`),
  );
}
