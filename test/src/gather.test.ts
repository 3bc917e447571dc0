import { permute, sampleKey } from '@kindling/core';
import { batchIndices, gatherProgram, imageCut, packBytes } from '@kindling/data';
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
  readonly step: number;
  readonly firstStep: number;
  /** Pretends that a binding takes this many bytes at most. */
  readonly limit?: number;
}

const cases: Case[] = [
  { count: 200, pixels: 784, batch: 64, seeds: [0], step: 0, firstStep: 0 },
  { count: 200, pixels: 784, batch: 64, seeds: [7], step: 153, firstStep: 150 }, // runs across the end of an epoch
  { count: 37, pixels: 27, batch: 5, seeds: [1, 2, 0xffffffff], step: 12, firstStep: 5 }, // images begin within a word
  { count: 3, pixels: 1, batch: 10, seeds: [3, 4], step: 2, firstStep: 0 }, // several epochs in one batch
  { count: 1, pixels: 4, batch: 3, seeds: [9], step: 1, firstStep: 1 },
  { count: 1000, pixels: 6, batch: 130, seeds: [5], step: 40_000, firstStep: 1 },
  { count: 50, pixels: 48, batch: 20, seeds: [2, 8], step: 3, firstStep: 0, limit: 1500 }, // an image lies on both sides of the cut
  { count: 101, pixels: 7, batch: 60, seeds: [6], step: 9, firstStep: 2, limit: 512 },
];

const adapters = await testAdapters();
describe.each(adapters)('gather on %s', (kind) => {
  it.each(cases)('picks what batchIndices says: $count items of $pixels pixels, batch $batch, step $step', async (test) => {
    const { count, pixels, batch, seeds, step, firstStep, limit } = test;
    const device = await testDevice(kind);
    const images = Uint8Array.from({ length: count * pixels }, (_, index) => (index * 167 + 13) % 256);
    const labels = Uint8Array.from({ length: count }, (_, index) => (index * 7) % 251);
    const traits = { ...device.traits, ...(limit === undefined ? {} : { maxStorageBufferBindingSize: limit }) };
    const program = gatherProgram({ count, pixels, batch, models: seeds.length, firstStep, traits });
    const items = seeds.length * batch;
    const guarded = (length: number) => new Uint32Array(length + GUARD).fill(SENTINEL);
    const buffers = {
      images: device.upload('images', packBytes(images)),
      labels: device.upload('labels', packBytes(labels)),
      state: device.upload('state', Uint32Array.of(step)),
      seeds: device.upload('seeds', Uint32Array.from(seeds)),
      x: device.upload('x', guarded(items * pixels)),
      y: device.upload('y', guarded(items)),
    };
    const cut = imageCut(count * pixels, traits);
    const { size } = buffers.images;
    const ranges =
      cut === undefined
        ? {}
        : {
            images: { buffer: buffers.images, offset: 0, size: cut },
            rest: { buffer: buffers.images, offset: cut, size: size - cut },
          };
    expect(cut === undefined).toBe(limit === undefined);
    device.run(program, { ...buffers, ...ranges });
    const x = await device.readF32(buffers.x);
    const y = await device.readU32(buffers.y);
    for (const buffer of Object.values(buffers)) buffer.destroy();

    const picked = seeds.flatMap((seed) => [...batchIndices(count, seed, step - firstStep, batch)]);
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

  it('permutes a large set bit for bit as the CPU does', async () => {
    // One item of one pixel a place; the label's byte tells little, so 4 labels of a place in 4 sets spell the whole index.
    const [count, batch] = [70_001, 70_001];
    const device = await testDevice(kind);
    const program = gatherProgram({ count, pixels: 1, batch, traits: device.traits });
    const got = new Uint32Array(batch);
    for (const shift of [0, 8, 16]) {
      const bytes = Uint8Array.from({ length: count }, (_, j) => j >>> shift);
      const buffers = {
        images: device.upload('images', packBytes(bytes)),
        labels: device.upload('labels', packBytes(bytes)),
        state: device.upload('state', Uint32Array.of(3)),
        seeds: device.upload('seeds', Uint32Array.of(11)),
        x: device.buffer('x', 4 * batch),
        y: device.buffer('y', 4 * batch),
      };
      device.run(program, buffers);
      const y = await device.readU32(buffers.y);
      for (let i = 0; i < batch; i++) got[i]! |= y[i]! << shift;
      for (const buffer of Object.values(buffers)) buffer.destroy();
    }
    const key = sampleKey(11, 'shuffle', 3);
    expect(got).toEqual(Uint32Array.from({ length: batch }, (_, i) => permute(count, key, i)));
  });
});
