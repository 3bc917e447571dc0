import { balancedOrder, batchIndices, gatherSubsetProgram, imageCut, packBytes, type Subset, subsetTable } from '@kindling/data';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';

/** Written before each dispatch, past the end of what the kernel owns: a store that strays would change it. */
const GUARD = 8;
const SENTINEL = 0xdeadbeef;

interface Case {
  readonly count: number;
  readonly pixels: number;
  readonly batch: number;
  readonly seeds: readonly number[];
  /** Items that each model sees; models of one seed share an order. */
  readonly sizes: readonly number[];
  readonly step: number;
  /** Pretends that a binding takes this many bytes at most. */
  readonly limit?: number;
}

const cases: Case[] = [
  { count: 200, pixels: 784, batch: 64, seeds: [7], sizes: [200], step: 0 },
  { count: 200, pixels: 784, batch: 64, seeds: [7, 7, 8, 8], sizes: [50, 200, 50, 13], step: 3 }, // several epochs of some, within one of others
  { count: 37, pixels: 27, batch: 5, seeds: [1, 2, 0xffffffff], sizes: [1, 10, 37], step: 12 }, // images begin within a word
  { count: 1000, pixels: 6, batch: 130, seeds: [5, 5], sizes: [999, 1], step: 40_000 },
  { count: 50, pixels: 48, batch: 20, seeds: [2, 8], sizes: [20, 50], step: 3, limit: 1500 }, // an image lies on both sides of the cut
];

const adapters = await testAdapters();
describe.each(adapters)('gather from subsets on %s', (kind) => {
  it.each(cases)('picks what the subset and batchIndices say: $sizes of $count items of $pixels pixels, step $step', async (test) => {
    const { count, pixels, batch, seeds, sizes, step, limit } = test;
    const device = await testDevice(kind);
    const images = Uint8Array.from({ length: count * pixels }, (_, index) => (index * 167 + 13) % 256);
    const labels = Uint8Array.from({ length: count }, (_, index) => (index * 7) % 10);
    const traits = { ...device.traits, ...(limit === undefined ? {} : { maxStorageBufferBindingSize: limit }) };
    const models = seeds.length;
    const program = gatherSubsetProgram({ count, pixels, batch, models, traits });
    const distinct = [...new Set(seeds)];
    const orders = distinct.map((seed) => balancedOrder(labels, 10, seed));
    const subsets = seeds.map((seed, model): Subset => ({ order: distinct.indexOf(seed), count: sizes[model]! }));
    const items = models * batch;
    const guarded = (length: number) => new Uint32Array(length + GUARD).fill(SENTINEL);
    const buffers = {
      images: device.upload('images', packBytes(images)),
      labels: device.upload('labels', packBytes(labels)),
      state: device.upload('state', Uint32Array.of(step)),
      seeds: device.upload('seeds', Uint32Array.from(seeds)),
      table: device.upload('table', subsetTable(orders, subsets)),
      x: device.upload('x', guarded(items * pixels)),
      y: device.upload('y', guarded(items)),
    };
    const cut = imageCut(count * pixels, traits);
    const { size } = buffers.images;
    const parts =
      cut === undefined
        ? { rest: buffers.images }
        : {
            images: { buffer: buffers.images, offset: 0, size: cut },
            rest: { buffer: buffers.images, offset: cut, size: size - cut },
          };
    expect(cut === undefined).toBe(limit === undefined);
    device.run(program, { ...buffers, ...parts });
    const x = await device.readF32(buffers.x);
    const y = await device.readU32(buffers.y);
    for (const buffer of Object.values(buffers)) buffer.destroy();

    const picked = seeds.flatMap((seed, model) => {
      const places = batchIndices(sizes[model]!, seed, step, batch);
      return [...places].map((place) => orders[distinct.indexOf(seed)]![place]!);
    });
    expect([...y.subarray(0, items)]).toEqual(picked.map((j) => labels[j]));
    // WGSL grants a division 2.5 ULP; values are at most 1.
    picked.forEach((j, i) => {
      for (let p = 0; p < pixels; p++) {
        const [got, want] = [x[i * pixels + p]!, images[j * pixels + p]! / 255];
        if (Math.abs(got - want) > 3e-7) expect(got, `item ${i}, pixel ${p}`).toBe(want);
      }
    });
    expect([...y.subarray(items)]).toEqual(Array(GUARD).fill(SENTINEL));
    expect([...new Uint32Array(x.buffer).subarray(items * pixels)]).toEqual(Array(GUARD).fill(SENTINEL));
  });
});

describe('balancedOrder', () => {
  const labels = Uint8Array.from({ length: 95 }, (_, i) => (i < 5 ? 9 : i % 9));

  it('holds every item once, and its beginnings are balanced as long as every class lasts', () => {
    const order = balancedOrder(labels, 10, 3);
    expect([...order].sort((a, b) => a - b)).toEqual(Array.from({ length: 95 }, (_, i) => i));
    for (let n = 10; n <= 50; n += 10) {
      const counts = Array.from({ length: 10 }, (_, c) => [...order.subarray(0, n)].filter((item) => labels[item] === c).length);
      expect(counts).toEqual(Array(10).fill(n / 10));
    }
    // Class 9 has five items: after fifty the others share the places.
    expect([...order.subarray(50)].every((item) => labels[item] !== 9)).toBe(true);
  });

  it('is a function of the seed', () => {
    expect(balancedOrder(labels, 10, 3)).toEqual(balancedOrder(labels, 10, 3));
    expect(balancedOrder(labels, 10, 4)).not.toEqual(balancedOrder(labels, 10, 3));
    const firsts = new Set(Array.from({ length: 40 }, (_, seed) => balancedOrder(labels, 10, seed)[0]));
    // Class 0 has ten items: which comes first is chance. All forty seeds agree on seven or fewer with a chance of 1e-3.
    expect(firsts.size).toBeGreaterThan(5);
  });

  it('refuses labels that are no classes, and subsets that there are not', () => {
    expect(() => balancedOrder(Uint8Array.of(0, 3), 3, 1)).toThrow('label 3 of item 1, 3 classes');
    const order = balancedOrder(labels, 10, 1);
    expect(() => subsetTable([order], [{ order: 0, count: 96 }])).toThrow('subset of model 0: got 96 items; expected 1 to 95');
    expect(() => subsetTable([order], [{ order: 0, count: 0 }])).toThrow('got 0 items');
    expect(() => subsetTable([order], [{ order: 1, count: 1 }])).toThrow('expected 1 to 0');
  });
});
