import { ratioWithin } from '../compare/ratio.js';
import { sweepName } from '../sets/sweep.js';
import type { Comparison } from './document.js';
import type { Entry } from './entry.js';

/** What a reader wants to know of a run: how much cheaper one way is than another, for the same work, in the same rounds. */
export function comparisonsOf(entries: readonly Entry[]): Comparison[] {
  const find = (id: string): Entry | undefined => entries.find((entry) => entry.id === id);
  const made = [
    ...['resident', 'generated count', 'generated strokes'].map((name) =>
      ratioWithin(`a batch, ${name}, beside disk`, find(`data/batch, ${name}`), find('data/batch, disk')),
    ),
    ...['resident', 'generated count', 'generated strokes'].map((name) =>
      ratioWithin(`a training step on ${name}, beside disk`, find(`data/step on ${name}`), find('data/step on disk')),
    ),
    ratioWithin(
      'a training step without its fresh binary batch, beside with it',
      find('step/fixed batch'),
      find('step/fresh binary batch'),
    ),
    ...entries.flatMap((entry) => {
      const models = Number(entry.facts.models);
      if (entry.set !== 'sweep' || !(models > 1)) return [];
      return [
        ratioWithin(`${models} models along the models axis, beside one after another`, entry, find(`sweep/${sweepName(1)}`), [models, 1]),
      ];
    }),
  ];
  return made.filter((one) => one !== undefined);
}
