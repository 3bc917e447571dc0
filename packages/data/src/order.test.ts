import type { Traits } from '@kindling/core';
import { describe, expect, it } from 'vitest';
import { gatherProgram, imageCut } from './gather.js';
import { batchIndices } from './order.js';
import { packBytes } from './resident.js';

describe('batchIndices', () => {
  it.each([
    [10, 4],
    [7, 7],
    [5, 12],
    [1, 3],
  ])('serves each of %i items once an epoch, in batches of %i across the ends of epochs', (n, batch) => {
    const steps = Math.ceil((3 * n) / batch);
    const served = Array.from({ length: steps }, (_, step) => [...batchIndices(n, 5, step, batch)]).flat();
    for (let epoch = 0; epoch < 3; epoch++) {
      const order = served.slice(epoch * n, (epoch + 1) * n);
      expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i));
    }
  });

  it('does not depend on how the stream is cut, and does on the seed and the epoch', () => {
    const whole = [...batchIndices(100, 1, 0, 200)];
    expect([0, 1, 2, 3].flatMap((step) => [...batchIndices(100, 1, step, 50)])).toEqual(whole);
    expect(whole.slice(0, 100)).not.toEqual(whole.slice(100));
    expect([...batchIndices(100, 2, 0, 200)]).not.toEqual(whole);
  });

  it('refuses what it cannot order', () => {
    expect(() => batchIndices(0, 1, 0, 4)).toThrow('batchIndices: got n 0');
    expect(() => batchIndices(10, 1, 2 ** 30, 8)).toThrow('2^32');
  });
});

describe('the resident set', () => {
  it('packs bytes little-endian with zeros at the end', () => {
    expect([...packBytes(Uint8Array.of(1, 2, 3, 4, 255))]).toEqual([0x04030201, 0xff]);
  });

  it('describes its dispatch: one workgroup an image, one layer a model', () => {
    const program = gatherProgram({ count: 60_000, pixels: 784, batch: 64, models: 3, firstStep: 5 });
    expect(program.workgroups).toEqual([64, 1, 3]);
    expect(program.bindings.map(({ name }) => name)).toEqual(['params', 'images', 'labels', 'state', 'seeds', 'x', 'y']);
    // Count, pixels, batch, first step, shuffle; padded to 16 bytes.
    expect([...new Uint32Array(program.params!.buffer)]).toEqual([60_000, 784, 64, 5, 1, 0, 0, 0]);
    expect(() => gatherProgram({ count: 60_000, pixels: 784, batch: 0 })).toThrow('gather: got count 60000');
  });

  it('is cut in two where a binding is too small, at an aligned byte', () => {
    const traits = (maxStorageBufferBindingSize: number) => ({ maxStorageBufferBindingSize }) as Traits;
    const cifar = 50_000 * 3072;
    expect(imageCut(cifar, undefined)).toBeUndefined();
    expect(imageCut(cifar, traits(cifar))).toBeUndefined();
    expect(imageCut(cifar, traits(2 ** 27))).toBe(2 ** 27);
    expect(imageCut(1600, traits(1000))).toBe(768);
    expect(() => imageCut(1800, traits(1000))).toThrow('resident data set: got 1800 bytes of images; expected at most 1768');
  });
});
