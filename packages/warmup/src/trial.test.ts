import { ParameterSet, TrainingStep } from '@kindling/autograd';
import type { DiskSource } from '@kindling/data';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { planTrial } from './arms.js';
import { posterCnn } from './models.js';
import { PreparedData } from './natural.js';
import { parseRunRecipe } from './recipe.js';
import { barsData } from './testing/bars.js';
import { naturalLabels, trainingOf, tuneTrial } from './training.js';
import { runTrial, type TrialEvent } from './trial.js';

const data = barsData;

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
      // 13 test images of each class; the last evaluation's own counts, not those of all three.
      const { confusion, accuracy } = a.result;
      expect(confusion.map((row) => row.reduce((sum, count) => sum + count, 0))).toEqual(Array(10).fill(13));
      expect(confusion.reduce((sum, row, c) => sum + row[c]!, 0)).toBe(Math.round(130 * accuracy));
      expect(confusion).toEqual(b.result.confusion);
      expect(a.events.some((event) => 'confusion' in event)).toBe(false);
    });

    it('tunes each problem once, and pins what it chose: a recipe with its choices gives the same bits twice', async () => {
      const device = await testDevice(kind);
      const { facts } = new PreparedData(device, data, undefined);
      const small = { arm: 'standardised', p: 0.5, steps: 8, batch: 4 };
      const recipe = parseRunRecipe(small);
      const measured: string[] = [];
      const options = { sampleMs: 1, samples: 1, onResult: ({ key }: { key: string }) => measured.push(key) };
      const choices = await tuneTrial(device, facts, recipe, options);
      expect(Object.keys(choices).sort()).toEqual([...measured].sort());
      expect(await tuneTrial(device, facts, { ...recipe, choices }, options)).toEqual(choices);
      expect(measured.length).toBe(Object.keys(choices).length);
      const [a, b] = [await trial({ ...small, choices }), await trial({ ...small, choices })];
      expect(a.parameters).toEqual(b.parameters);
      // The choices are what runs.
      const naive = { ...recipe, choices: Object.fromEntries(Object.keys(choices).map((key) => [key, 'naive'])) };
      const model = posterCnn(facts.channels, facts.height);
      const parameters = new ParameterSet(device, model.parameters(facts.classes));
      const training = trainingOf(naive, facts, model, planTrial(naive).natural, parameters, naturalLabels(4));
      const { step } = await TrainingStep.compile(device, training);
      expect(step.dispatches.slice(0, 3)).toEqual(['conv_relu_pool/forward.naive', 'conv_relu_pool/forward.naive', 'linear/forward.naive']);
      for (const owner of [step, parameters]) owner.destroy();
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
