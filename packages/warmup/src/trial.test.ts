import type { DiskSource, NaturalData } from '@kindling/data';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { PreparedData } from './natural.js';
import { parseRunRecipe } from './recipe.js';
import { runTrial, type TrialEvent } from './trial.js';

/** Ten classes that a small net tells apart at once: a bright bar at a row of its own, on noise. */
function bars(count: number, salt: number): NaturalData['train'] {
  const images = new Uint8Array(count * 784);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 10;
    for (let pixel = 0; pixel < 784; pixel++) {
      const row = Math.floor(pixel / 28);
      const noise = ((i * 7919 + pixel * 104729 + salt) % 97) / 2;
      images[i * 784 + pixel] = row >= 2 * labels[i]! + 3 && row < 2 * labels[i]! + 6 ? 255 : noise;
    }
  }
  return { count, images, labels };
}

const data: NaturalData = { name: 'bars', channels: 1, height: 28, width: 28, classes: 10, train: bars(300, 1), test: bars(130, 2) };

for (const kind of await testAdapters()) {
  describe(`runTrial on ${kind}`, () => {
    const trial = async (recipe: object, disk?: DiskSource, signal?: AbortSignal) => {
      const device = await testDevice(kind);
      const events: TrialEvent[] = [];
      const prepared = new PreparedData(device, data, disk);
      const result = await runTrial(
        { device, data: prepared, onEvent: (event) => events.push(event), ...(signal ? { signal } : {}) },
        parseRunRecipe({ steps: 60, batch: 16, ...recipe }),
      );
      const parameters = await result.parameters.read();
      result.parameters.destroy();
      return { events, result, parameters };
    };

    it('warms up without a byte from the host, then learns', async () => {
      const { events, result } = await trial({ arm: 'standardised', p: 0.5 });
      expect(result.warmup).toEqual({
        hostBytesPerStep: 0,
        dispatchesPerStep: 10,
        submitsPerStep: 0.1,
        buffersPerStep: 0,
        bindGroupsPerStep: 0,
      });
      expect(events.filter(({ type }) => type === 'train').map(({ phase, step }) => `${phase} ${step}`)).toEqual([
        'warmup 10',
        'warmup 20',
        'warmup 30',
        'natural 40',
        'natural 50',
        'natural 60',
      ]);
      expect(events.filter(({ type }) => type === 'eval').map(({ phase, step }) => `${phase} ${step}`)).toEqual([
        'warmup 30',
        'natural 60',
      ]);
      const { compile, generate, load, train, evaluate, total } = result.time;
      for (const part of [compile, generate, load, train, evaluate]) expect(part).toBeGreaterThan(0);
      expect(compile + generate + load + train + evaluate).toBeLessThanOrEqual(total);
    });

    it('learns, evaluates when asked, and gives the same bits twice', async () => {
      const [a, b] = [await trial({ p: 0, evalEvery: 20 }), await trial({ p: 0 })];
      expect(a.result.warmup).toBeNull();
      expect(a.result.accuracy).toBeGreaterThan(0.6);
      expect(a.events.filter(({ type }) => type === 'eval').map(({ step }) => step)).toEqual([20, 40, 60]);
      expect(a.parameters).toEqual(b.parameters);
      expect(a.result.accuracy).toBe(b.result.accuracy);
    });

    it('trains the same net from disk as from GPU memory', async () => {
      const { batchIndices } = await import('@kindling/data');
      const disk: DiskSource = {
        kind: 'disk',
        name: 'bars',
        count: 300,
        channels: 1,
        height: 28,
        width: 28,
        classes: 10,
        how: 'from an array',
        bytesRead: 0,
        fill(seed, step, x, y) {
          batchIndices(300, seed, step, y.length).forEach((item, i) => {
            y[i] = data.train.labels[item]!;
            for (let pixel = 0; pixel < 784; pixel++) x[i * 784 + pixel] = data.train.images[item * 784 + pixel]! / 255;
          });
        },
        close() {},
      };
      const [a, b] = [await trial({ p: 0, steps: 20 }), await trial({ p: 0, steps: 20, dataSource: 'disk' }, disk)];
      // WGSL may divide by 255 in another last bit than the host: the nets agree closely, not to the bit.
      for (const [name, values] of Object.entries(a.parameters))
        values.forEach((value, i) => {
          expect(Math.abs(value - b.parameters[name]![i]!), name).toBeLessThan(2e-3);
        });
      expect(b.result.time.load).toBeGreaterThan(0);
    });

    it('stops where it is told to, and says how to go on', async () => {
      const controller = new AbortController();
      controller.abort();
      await expect(trial({ p: 0.5 }, undefined, controller.signal)).rejects.toMatchObject({ exitCode: 130 });
    });
  });
}
