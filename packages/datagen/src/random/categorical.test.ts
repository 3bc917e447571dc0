import { InputError, pickWeighted, quantiseWeights, type Stream, sampleKey } from '@kindling/core';
import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { splitIndex } from '../family.js';
import { type CategoricalOptions, categoricalProgram } from './categorical.js';
import { chiSquareTail } from './testing/statistics.js';

const SENTINEL = 0xdeadbeef;
type Run = Omit<CategoricalOptions, 'categories' | 'models' | 'traits'> & {
  weights: readonly (readonly number[])[];
  seeds: readonly number[];
  step: number;
};

/** What the device chooses, [M·batch]; the buffer is too long, and what is written past the end throws. */
async function choose(device: Device, { weights, seeds, step, ...options }: Run): Promise<number[]> {
  const models = Math.max(weights.length, seeds.length);
  const size = models * options.batch;
  const buffers = {
    state: device.upload('state', Uint32Array.of(step)),
    seeds: device.upload('seeds', Uint32Array.from(seeds)),
    weights: device.upload('weights', Float32Array.from(weights.flat())),
    chosen: device.upload('chosen', new Uint32Array(size + 16).fill(SENTINEL)),
  };
  device.run(categoricalProgram({ ...options, categories: weights[0]!.length, models, traits: device.traits }), buffers);
  const words = [...(await device.readU32(buffers.chosen))];
  for (const buffer of Object.values(buffers)) buffer.destroy();
  expect(words.slice(size)).toEqual(new Array(16).fill(SENTINEL));
  return words.slice(0, size);
}

/** The same from the CPU. */
function expected({ weights, seeds, step, batch, stream, draw = 0, firstIndex = 0, indexStep = 1 }: Run): number[] {
  return Array.from({ length: Math.max(weights.length, seeds.length) }, (_, m) => {
    const quantised = quantiseWeights(weights[m % weights.length]!);
    return Array.from({ length: batch }, (_, b) => {
      const { low, high } = splitIndex(firstIndex + b * indexStep);
      return pickWeighted(sampleKey(seeds[m % seeds.length]!, stream as Stream, step, high), low, draw, quantised);
    });
  }).flat();
}

/** Weights over many powers of two, some of them 0. */
const wild = (categories: number, salt: number): number[] =>
  Array.from({ length: categories }, (_, c) => (((c + salt) * 7) % 5 === 0 ? 0 : Math.fround(Math.exp(Math.sin(13 * c + salt) * 9))));

describe.each(await testAdapters())('random/categorical.wgsl on %s', (kind) => {
  it.each([1, 2, 3, 63, 64, 65, 255, 256])('chooses among %i categories as the CPU does, bit for bit', async (categories) => {
    for (const batch of [1, 65, 257]) {
      const run: Run = { batch, stream: 'label', weights: [wild(categories, batch)], seeds: [batch], step: 3, draw: categories % 3 };
      expect(await choose(await testDevice(kind), run)).toEqual(expected(run));
    }
  });

  it('keeps models apart, shares what is shared, and takes indices of two words', async () => {
    const device = await testDevice(kind);
    const weights = [1, 2, 3].map((salt) => wild(5, salt));
    const seeds = [4, 5, 0xffffffff];
    const run: Run = { batch: 100, stream: 'selection', weights, seeds, step: 0xffffffff, firstIndex: 2 ** 33 - 50, indexStep: 3 };
    expect(await choose(device, run)).toEqual(expected(run));
    const seedShared: Run = { ...run, seeds: [7], seedsShared: true };
    expect(await choose(device, seedShared)).toEqual(expected(seedShared));
    const weightsShared: Run = { ...run, weights: [wild(5, 9)], weightsShared: true };
    expect(await choose(device, weightsShared)).toEqual(expected(weightsShared));
  });

  it('counts weights that are no weights as 0, and makes a row of them uniform', async () => {
    const device = await testDevice(kind);
    const run: Run = {
      batch: 300,
      stream: 'label',
      weights: [[-1, Number.NaN, 2, Infinity, 1e-40, 1, -0, -Infinity]],
      seeds: [1],
      step: 0,
    };
    const chosen = await choose(device, run);
    expect(chosen).toEqual(expected(run));
    expect(new Set(chosen)).toEqual(new Set([2, 5]));
    const none: Run = { ...run, weights: [[-1, Number.NaN, 0, Infinity, 1e-40, 0, -0, -Infinity]] };
    const even = await choose(device, none);
    expect(even).toEqual(expected(none));
    expect(new Set(even).size).toBe(8);
  });

  it('depends on ratios only: weights times 2^k choose the same', async () => {
    const device = await testDevice(kind);
    const run: Run = { batch: 500, stream: 'image', weights: [wild(10, 2)], seeds: [2], step: 1 };
    const chosen = await choose(device, run);
    for (const k of [-90, 90]) expect(await choose(device, { ...run, weights: [run.weights[0]!.map((w) => w * 2 ** k)] })).toEqual(chosen);
  });
});

describe('the frequencies of a categorical draw', () => {
  const samples = 2 ** 17;
  /** χ² of the choices against weights. Bounds on its tail: 1e-4, so a perfect generator fails once in 10,000 tests. */
  const tail = async (weights: readonly number[], against = weights): Promise<number> => {
    const chosen = await choose(await testDevice((await testAdapters())[0]!), {
      batch: samples,
      stream: 'label',
      weights: [weights],
      seeds: [3],
      step: 5,
    });
    const total = against.reduce((sum, weight) => sum + weight, 0);
    const counts = weights.map(() => 0);
    for (const category of chosen) counts[category]!++;
    const mean = against.map((weight) => (samples * weight) / total);
    expect(counts.filter((count, c) => mean[c] === 0 && count > 0)).toEqual([]);
    return chiSquareTail(
      counts.reduce((sum, count, c) => sum + (mean[c]! > 0 ? (count - mean[c]!) ** 2 / mean[c]! : 0), 0),
      mean.filter((m) => m > 0).length - 1,
    );
  };

  it.each<[string, number[]]>([
    ['even', new Array(10).fill(1)],
    ['1 : 2 : … : 10', Array.from({ length: 10 }, (_, c) => c + 1)],
    ['256 categories', Array.from({ length: 256 }, (_, c) => 1 + (c % 7))],
    ['three powers of ten, with gaps', [1000, 0, 100, 10, 0, 1]],
  ])('follow the weights: %s', async (_, weights) => {
    const p = await tail(weights);
    expect(p).toBeGreaterThan(1e-4);
    expect(p).toBeLessThan(1 - 1e-4);
  });

  it('would not pass for weights that are off by 3 %', async () => {
    const weights = [1, 2, 3, 4];
    expect(await tail(weights, [1, 2, 3, 4.12])).toBeLessThan(1e-4);
  });
});

describe('categoricalProgram', () => {
  it('refuses no categories, and more than 256', () => {
    for (const categories of [0, 257, 2.5]) {
      expect(() => categoricalProgram({ batch: 1, categories, stream: 'label' })).toThrow(InputError);
    }
    expect(() => categoricalProgram({ batch: 1, categories: 257, stream: 'label' })).toThrow(
      'categories: got 257; expected a whole number from 1 to 256',
    );
  });
});
