import { createHash } from 'node:crypto';
import type { NaturalData } from '@kindling/data';
import type { SweepData } from './sweep/results-folder.js';

/** What a data set is, for a card. */
export const describeData = ({ name, train, test }: NaturalData): SweepData => {
  const hash = createHash('sha256');
  for (const { images, labels } of [train, test]) hash.update(images).update(labels);
  return { name, train: train.count, test: test.count, sha256: hash.digest('hex') };
};
