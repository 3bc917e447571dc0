import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { barsData } from '../testing/bars.js';
import { type AdaptiveOptions, runAdaptive, splitByClass } from './run.js';

const small = { epochs: 3, batches: 4, batch: 10, trainPerClass: 20, validationPerClass: 10 };

describe.each(await testAdapters())('adaptive class weights on %s', (kind) => {
  const run = async (fields: Partial<AdaptiveOptions>) => {
    const results = await runAdaptive(await testDevice(kind), barsData, { arm: 'adaptive', seeds: [1], ...small, ...fields });
    const weights = await Promise.all(results.map(({ parameters, model }) => parameters.read(model)));
    results[0]!.parameters.destroy();
    return results.map((result, i) => ({ ...result, parameters: weights[i] }));
  };

  it('sets each weight to one minus the accuracy plus a tenth, after every epoch', async () => {
    const [result] = await run({});
    expect(result!.epochs).toHaveLength(3);
    const { total, generate, load, ...parts } = result!.time;
    expect([generate, load]).toEqual([0, 0]);
    for (const seconds of Object.values(parts)) expect(seconds).toBeGreaterThan(0);
    expect(Object.values(parts).reduce((a, b) => a + b)).toBeLessThanOrEqual(total);
    for (const { accuracy, weights } of result!.epochs) {
      accuracy.forEach((value, c) => {
        // A tenth of a class's images at a time.
        expect(Math.abs(10 * value - Math.round(10 * value))).toBeLessThan(1e-5);
        expect(weights[c]).toBeCloseTo(1.1 - value, 6);
      });
    }
    const last = result!.epochs.at(-1)!.accuracy;
    expect(result!.validationAccuracy).toBeCloseTo(last.reduce((a, b) => a + b, 0) / 10, 10);
    expect(new Set(last).size).toBeGreaterThan(1);
  });

  it('leaves the control’s weights equal, and trains another net than the adaptive arm', async () => {
    const [[control], [adaptive]] = [await run({ arm: 'control' }), await run({})];
    for (const { weights } of control!.epochs) expect(new Set(weights)).toEqual(new Set([1]));
    // The first epoch has the same weights and so the same batches.
    expect(control!.epochs[0]!.loss).toBe(adaptive!.epochs[0]!.loss);
    expect(control!.epochs[2]!.loss).not.toBe(adaptive!.epochs[2]!.loss);
    expect(control!.epochs[2]!.loss).toBeLessThan(control!.epochs[0]!.loss);
  });

  it('reports each epoch, and stops after the one in flight', async () => {
    const done: number[] = [];
    const controller = new AbortController();
    const onEpoch = (epoch: number) => {
      done.push(epoch);
      if (epoch === 2) controller.abort();
    };
    await expect(run({ onEpoch, signal: controller.signal })).rejects.toMatchObject({
      exitCode: 130,
      message: expect.stringContaining('a stop after epoch 2 of 3'),
    });
    expect(done).toEqual([1, 2]);
  });

  it('gives each of several seeds the bits that it gets alone', async () => {
    const together = await run({ seeds: [7, 8] });
    expect(together[1]!.parameters).toEqual((await run({ seeds: [8] }))[0]!.parameters);
    expect(together[0]!.parameters).toEqual((await run({ seeds: [7] }))[0]!.parameters);
  });
});

describe('splitByClass', () => {
  it('keeps training and validation apart, the same for everyone', () => {
    const { train, validation } = splitByClass(barsData, 20, 10);
    expect([train.length, validation.length]).toEqual([200, 100]);
    expect(new Set([...train, ...validation]).size).toBe(300);
    for (const [i, item] of train.entries()) expect(barsData.train.labels[item]).toBe(Math.floor(i / 20));
    for (const [i, item] of validation.entries()) expect(barsData.train.labels[item]).toBe(Math.floor(i / 10));
  });

  it('says which class has too few', () => {
    expect(() => splitByClass(barsData, 25, 10)).toThrow('adaptive: got 30 training images of class 0; expected at least 35 a class');
  });
});
