import type { GroupFacts, SweepFacts, SweepRecord } from './facts.js';
import { timeOf, unevenTimes } from './savings.js';
import { code, counted, listed, ranges } from './text.js';

/** Seeds below which intervals are wide, and normality is taken on trust. */
const FEW_SEEDS = 5;
/** Cells with missing seeds that are named before the rest is counted. */
const LISTED = 8;

const nameOf = ({ dataSet, steps }: GroupFacts): string => `${dataSet}, ${steps} steps`;

/** Where the machine's speed changed too much under the sweep for its times to say anything. */
const uneven = (group: GroupFacts): string[] => {
  const found = unevenTimes(group);
  return found === undefined ? [] : [`Times are uneven (${nameOf(group)}): ${found}. What is said of time does not hold to that factor.`];
};

/** Trials of the recipe that a group lacks, by arm. */
function gaps(group: GroupFacts, record: SweepRecord): string[] {
  const { arms, p, seeds } = record.recipe;
  return arms.flatMap((arm) => {
    const short = (p ?? [null]).flatMap((share) => {
      const cell = group.cells.find((one) => one.arm === arm && one.p === share);
      const missing = seeds.filter((seed) => !cell?.lines.some((line) => line.seed === seed));
      return missing.length > 0 ? [{ share, missing: missing.length }] : [];
    });
    if (short.length === 0) return [];
    const count = short.reduce((sum, { missing }) => sum + missing, 0);
    const at =
      p === null
        ? ''
        : ` at p = ${ranges(
            short.map(({ share }) => share!),
            p,
          )}`;
    return [`${code(arm)} (${nameOf(group)}): ${counted(count, 'trial')} missing${at}`];
  });
}

/** What the record cannot say, and why: everything that a reader must know before believing a number. */
export function limits(facts: SweepFacts, record: SweepRecord): string[] {
  const { groups, lines, unusable } = facts;
  const notes: string[] = [];
  const { shard, expected, recipe } = record;
  if (lines.length === 0) notes.push('The record holds no finished trial.');
  if (record.lines.length < expected) {
    const part = shard ? `This is shard ${shard.index} of ${shard.count}, and it` : 'The sweep was interrupted or is still running: it';
    notes.push(`${part} holds ${record.lines.length} of ${expected} lines.`);
  } else if (shard) notes.push(`This is shard ${shard.index} of ${shard.count} only; merge the shards for the whole sweep.`);
  const missing = shard ? [] : groups.flatMap((group) => gaps(group, record));
  if (missing.length > 0) {
    const more = missing.length > LISTED ? [`${missing.length - LISTED} more`] : [];
    notes.push(`Gaps of the grid: ${[...missing.slice(0, LISTED), ...more].join('; ')}. Means of different seeds are compared there.`);
  }
  if (unusable.length > 0) notes.push(`${counted(unusable.length, 'line')} without an accuracy that is a number: left out of everything.`);
  const broken = lines.filter(({ testLoss }) => testLoss === null || !Number.isFinite(testLoss)).length;
  if (broken > 0)
    notes.push(
      `${counted(broken, 'trial')} ended with a test loss that is not finite: left out of the mean test loss, not of the accuracy.`,
    );
  const counts = groups.flatMap(({ cells }) => cells.map(({ accuracy }) => accuracy.n));
  const fewest = Math.min(...counts);
  if (fewest === 1) notes.push('Some cells hold one seed: for those nothing is known about the spread, and no difference is shown.');
  else if (fewest < FEW_SEEDS)
    notes.push(
      `Some cells hold ${fewest} seeds, fewer than ${FEW_SEEDS}: intervals take normal spread on trust, and a bootstrap over them is too narrow.`,
    );
  if (recipe.p !== null && groups.some(({ grid }) => !grid.includes(0)))
    notes.push('Without p = 0 there is no baseline, no threshold and no saving.');
  const adapters = [...new Set(lines.flatMap(({ adapter }) => (adapter === undefined ? [] : [adapter])))];
  if (adapters.length > 1)
    notes.push(`Trials ran on ${adapters.length} adapters (${adapters.join('; ')}): their times must not be compared.`);
  notes.push(...groups.flatMap(uneven));
  const unsplit = groups.some(({ cells }) => cells.some((cell) => timeOf(cell, 'train') === undefined));
  if (unsplit && lines.length > 0) notes.push('Some times are known as totals only: what they went on is not.');
  if (lines.some(({ split, time }) => split === 'none' && time.train !== undefined)) {
    notes.push('In some trials getting batches was not told apart from training: there “generate” and “load” are part of “train”.');
  }
  const [sets, budgets] = [new Set(groups.map(({ dataSet }) => dataSet)), new Set(groups.map(({ steps }) => steps))];
  if (groups.length > 0) {
    const only = [...(sets.size === 1 ? ['one data set'] : []), ...(budgets.size === 1 ? ['one budget'] : [])];
    if (only.length > 0) notes.push(`It knows ${listed(only)}: whether its answers are constants of either is open.`);
    notes.push(
      'Intervals are over seeds (weights, batches and generated data): the test images are the same in every trial, so another test set may differ by more.',
    );
  }
  return [...notes, ...record.notes.map((note) => `${note[0]!.toUpperCase()}${note.slice(1)}.`)];
}
