import { join } from 'node:path';
import { InputError } from '@kindling/core';
import { type SweepLine, type WorthLine, worthKey, worthName } from '@kindling/figures';
import { readJson } from '../run-folder.js';
import { type FolderKind, type ResultsCard, type ResultsFolder, readResults } from '../sweep/results-folder.js';
import { type WorthTrialOf, worthTrials } from './plan.js';
import { type WorthRecipe, worthDifference } from './recipe.js';

const CARD = 'recipe.json';

/** `recipe.json`: what the folder's results are results of. */
export interface WorthCard extends ResultsCard {
  readonly kind: 'worth';
  readonly recipe: WorthRecipe;
}

/** Key of a trial's line. */
export const trialKey = (recipe: WorthRecipe, { arm, n, seed }: WorthTrialOf): string =>
  worthKey({ dataSet: recipe.dataSet, arm, n, seed } as WorthLine);

function cardOf(path: string): WorthCard {
  const file = join(path, CARD);
  const card = readJson(file) as WorthCard;
  if (card?.kind === 'worth' && Array.isArray(card.recipe?.arms) && typeof card.data === 'object') return card;
  const next = 'choose another --out, or name a folder that `kindling worth` has written';
  throw new InputError({ subject: file, got: 'another kind of JSON', expected: 'the recipe of `kindling worth`', next });
}

/** How `kindling worth` keeps a line a trial. */
export const WORTH: FolderKind<WorthCard> = {
  card: CARD,
  what: 'worth experiment',
  readCard: cardOf,
  difference: (had, asked) => worthDifference(had.recipe, asked.recipe),
  keys: ({ recipe }) => worthTrials(recipe).map((trial) => trialKey(recipe, trial)),
  key: (line) => worthKey(line as WorthLine),
  name: (line) => worthName(line as WorthLine),
};

export interface WorthFolder extends ResultsFolder<WorthCard> {
  readonly lines: readonly WorthLine[];
}

const isCount = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;

/** Reads a folder's results. @throws InputError for a folder of something else, or a line without its numbers of images and steps */
export function readWorth(path: string): WorthFolder {
  const folder = readResults(path, WORTH);
  const odd = folder.lines.find((line: SweepLine) => !isCount(line.n) || !isCount(line.warmupSteps));
  if (odd) {
    const next = 'delete that line; the command then runs its trial again';
    const got = `arm ${odd.arm}, seed ${odd.seed} with n ${odd.n}, warmupSteps ${odd.warmupSteps}`;
    throw new InputError({ subject: join(path, 'results.jsonl'), got, expected: 'whole numbers', next });
  }
  return { ...folder, lines: folder.lines as readonly WorthLine[] };
}
