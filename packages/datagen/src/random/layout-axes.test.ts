import { STREAM } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { battery, rejected } from './testing/checks.js';
import { type Axis, layoutWords, type Place } from './testing/layout.js';

// The words that the contract makes, in the orders in which training meets them. Seeds are fixed, so a test passes always or never; a
// perfect generator would fail one with probability 2e-4 (see `rejected`). Words are the same on every adapter (generators.test.ts), so
// one is enough here. That every check can fail is shown in layout-checks.test.ts.
const WORDS = 2 ** 17;
const device = async () => testDevice((await testAdapters())[0]!);
const from = (place: Partial<Place>): Place => ({ seed: 0, stream: STREAM.image, step: 0, index: 0, draw: 0, ...place });

describe('the same draw', () => {
  // From the corner of the space, where a weak mixer shows first, from the middle, and across a carry.
  it.each<[string, Axis, Place]>([
    ['across indices', 'index', from({})],
    ['across indices: the last draw of an image', 'index', from({ seed: 1, draw: 783, step: 4000 })],
    ['across indices: the low word overflows', 'index', from({ seed: 2, index: 2 ** 33 - 1000 })],
    ['across steps', 'step', from({})],
    ['across steps: an odd draw of a late sample', 'step', from({ seed: 1, draw: 1, index: 59_999, step: 100_000 })],
    ['across seeds', 'seed', from({})],
    ['across seeds: labels', 'seed', from({ stream: STREAM.label, step: 9, index: 63 })],
    ['across seeds: from 2^31', 'seed', from({ seed: 2 ** 31 - 30_000, draw: 5 })],
    ['across stream tags', 'stream', from({})],
    ['across stream tags: a later step and index', 'stream', from({ seed: 77, step: 12, index: 12 })],
  ])('%s', async (_, axis, place) => {
    expect(rejected(battery(await layoutWords(await device(), WORDS, { from: place, axis })))).toEqual([]);
  });
});

describe('several draws', () => {
  it.each<[string, Axis | 'none', number, Place]>([
    ['of one sample', 'none', WORDS, from({})],
    ['of one sample, two words of an index', 'none', WORDS, from({ seed: 3, index: 2 ** 40 + 5, step: 7 })],
    ['of neighbouring images: 25 draws each, as `count` takes them', 'index', 25, from({ seed: 5 })],
    ['of neighbouring images: 784 draws each', 'index', 784, from({ seed: 6 })],
    ['of the same index in neighbouring steps', 'step', 16, from({ seed: 7 })],
    ['of models with neighbouring seeds', 'seed', 16, from({ step: 3 })],
  ])('%s', async (_, axis, inner, place) => {
    expect(rejected(battery(await layoutWords(await device(), WORDS, { from: place, axis, inner })))).toEqual([]);
  });

  it.each<[string, Axis | 'none', number]>([
    ['of one sample', 'none', WORDS],
    ['across indices', 'index', 1],
    ['across steps', 'step', 1],
  ])('of Philox, %s', async (_, axis, inner) => {
    expect(rejected(battery(await layoutWords(await device(), WORDS, { generator: 'philox', from: from({}), axis, inner })))).toEqual([]);
  });
});
