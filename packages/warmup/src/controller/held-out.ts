import { InputError, permute, sampleKey } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { trainingItems } from '../natural.js';

/**
 * Takes `count` training images out of the training half, as many of each class as possible: what the controller's reward is measured on.
 * Nothing trains on them and the test half is not touched. The same images for every seed.
 * @throws InputError where a class would have none, or no image would be left
 */
export function holdOut(data: NaturalData, count: number): { rest: NaturalData; held: NaturalData['train'] } {
  const { train, classes } = data;
  if (!Number.isInteger(count) || count < classes || count >= train.count) {
    throw new InputError({
      subject: 'controller: heldOut',
      got: String(count),
      expected: `a whole number from ${classes} (one image a class) to ${train.count - 1} (one is left to train on)`,
      next: 'hold out another number of images',
    });
  }
  const key = sampleKey(0, 'shuffle', 0xffffffff);
  const perClass: number[][] = Array.from({ length: classes }, () => []);
  for (let i = 0; i < train.count; i++) {
    const item = permute(train.count, key, i);
    perClass[train.labels[item]!]!.push(item);
  }
  const rounds = Math.max(...perClass.map(({ length }) => length));
  const order = Array.from({ length: rounds }, (_, i) => perClass.flatMap((items) => items.slice(i, i + 1))).flat();
  const chosen = order.slice(0, count);
  const isChosen = new Set(chosen);
  const rest = Array.from({ length: train.count }, (_, i) => i).filter((i) => !isChosen.has(i));
  return { rest: { ...data, train: trainingItems(data, rest) }, held: trainingItems(data, chosen) };
}
