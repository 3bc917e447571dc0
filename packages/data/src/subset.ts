import { defineProgram, foldWorkgroups, InputError, type Program, permutation, sampleKey, type Traits } from '@kindling/core';
import gatherSubset from '@kindling/shaders/data/gather-subset';
import { gatherLibraries, gatherWorkgroupSize, imageCut } from './gather.js';

/** Shuffles of classes take their keys from here on, far from the epochs, which count up from 0 in the same stream. */
const CLASS_KEYS = 0xffff_0000;

/**
 * All items of a set in an order of which every beginning is class-balanced and a random choice within each class: the classes take turns, each
 * with its items shuffled by the seed, until one after another runs out. The first n items are a subset of the first n + 1, and the last
 * beginning is the whole set.
 * @param labels [N], each 0 .. classes − 1; @param seed 32 bits
 * @returns [N] item numbers
 * @throws InputError for a label that is no class, or more than 65,536 classes
 */
export function balancedOrder(labels: ArrayLike<number>, classes: number, seed: number): Uint32Array<ArrayBuffer> {
  const own: number[][] = Array.from({ length: classes <= 0x1_0000 ? classes : 0 }, () => []);
  for (let item = 0; item < labels.length; item++) {
    const members = own[labels[item]!];
    if (!members) {
      throw new InputError({
        subject: 'balancedOrder',
        got: `label ${labels[item]} of item ${item}, ${classes} classes`,
        expected: 'labels from 0 to classes − 1, at most 65536 classes',
        next: 'number the classes without gaps',
      });
    }
    members.push(item);
  }
  const shuffled = own.map((items, c) => [...permutation(items.length, sampleKey(seed, 'shuffle', CLASS_KEYS + c))].map((i) => items[i]!));
  const order = new Uint32Array(labels.length);
  for (let round = 0, filled = 0; filled < order.length; round++) {
    for (const items of shuffled) if (round < items.length) order[filled++] = items[round]!;
  }
  return order;
}

/** Which beginning of which order a model trains on. */
export interface Subset {
  /** Number of the order. */
  readonly order: number;
  /** Items of it, from its first on. */
  readonly count: number;
}

/**
 * What `gatherSubsetProgram` reads as `table`: (first, count) of each model's subset, then the orders, each once.
 * @throws InputError for a subset that is empty or longer than its order
 */
export function subsetTable(orders: readonly Uint32Array[], subsets: readonly Subset[]): Uint32Array<ArrayBuffer> {
  const starts: number[] = [];
  let length = 2 * subsets.length;
  for (const order of orders) {
    starts.push(length);
    length += order.length;
  }
  const table = new Uint32Array(length);
  subsets.forEach(({ order, count }, model) => {
    const items = orders[order]?.length ?? 0;
    if (!(Number.isInteger(count) && count >= 1 && count <= items)) {
      const next = 'ask for fewer items';
      throw new InputError({ subject: `subset of model ${model}`, got: `${count} items`, expected: `1 to ${items}`, next });
    }
    table.set([starts[order]!, count], 2 * model);
  });
  orders.forEach((order, index) => {
    table.set(order, starts[index]!);
  });
  return table;
}

/** Sizes of a gather from subsets of a resident set. */
export interface GatherSubsetOptions {
  /** Items in the whole set. */
  readonly count: number;
  /** C·H·W of one image. */
  readonly pixels: number;
  /** Items a model trains on in one step. */
  readonly batch: number;
  /** M, models trained side by side, each with a seed and a subset of its own. */
  readonly models: number;
  readonly traits: Traits;
}

/**
 * The dispatch that fills every model's batch from its own subset of one resident set, so that models with different amounts of data share all
 * dispatches: place i of step t is item `table[first + batchIndices(count, seeds[m], t, batch)[i]]`. Bindings after `params`: `images`, `rest`, `labels`
 * as `gatherProgram` has them (`rest` is what lies beyond `imageCut`; where nothing does, bind the images again), `state`, `seeds` [M],
 * `table` (`subsetTable`); outputs `x` [M, batch, pixels] f32 in [0, 1] and `y` [M, batch] u32.
 * @throws InputError for a size that is not whole and positive, or a buffer beyond 32-bit addresses
 */
export function gatherSubsetProgram({ count, pixels, batch, models, traits }: GatherSubsetOptions): Program {
  const positive = [count, pixels, batch, models].every((size) => Number.isInteger(size) && size >= 1);
  if (!positive || count * pixels > 2 ** 32 || models * batch * pixels > 2 ** 30) {
    throw new InputError({
      subject: 'gather from subsets',
      got: `count ${count}, pixels ${pixels}, batch ${batch}, models ${models}`,
      expected: 'whole positive sizes, at most 2^32 bytes of images and 2^30 pixels a batch over all models',
      next: 'use fewer models or a smaller batch',
    });
  }
  const cut = imageCut(count * pixels, traits);
  return defineProgram({
    name: 'data/gather-subset',
    source: { path: 'data/gather-subset.wgsl', text: gatherSubset },
    libraries: gatherLibraries,
    constants: { workgroup_size: gatherWorkgroupSize(traits) },
    params: { pixels, batch, words: cut === undefined ? 0xffff_ffff : cut / 4 },
    workgroups: foldWorkgroups(batch, models),
  });
}
