import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { PreparedData } from '../natural.js';
import { parseRunRecipe } from '../recipe.js';
import { barsData } from '../testing/bars.js';
import { runTrial } from '../trial.js';
import { controllerActions, controllerMixture } from './actions.js';
import { holdOut } from './held-out.js';
import { type ControlledOptions, runControlled } from './run.js';

// Their ten classes are digits, not bars: the test is of the machinery, not of what digits teach about bars.
const parts = [{ recipe: { family: 'strokes' } }, { recipe: { family: 'augment' } }] as const;
const small = { p: 0.6, steps: 20, batch: 8, blockSteps: 5, heldOut: 40, parts };

describe.each(await testAdapters())('a controlled warm-up on %s', (kind) => {
  const run = async (fields: Partial<ControlledOptions>) => {
    const results = await runControlled(await testDevice(kind), barsData, { arm: 'exp3', seeds: [1], ...small, ...fields });
    const weights = await Promise.all(results.map(({ parameters, model }) => parameters.read(model)));
    results[0]!.parameters.destroy();
    return results.map(({ parameters: _, model: __, traffic, time, ...result }, m) => ({ result, traffic, time, weights: weights[m] }));
  };

  it('moves no byte from the host, and makes nothing, from the first decision to the last', async () => {
    const [{ result, traffic, time }] = (await run({})) as [Awaited<ReturnType<typeof run>>[number]];
    expect(traffic).toMatchObject({ hostToGpuBytes: 0, gpuToHostBytes: 0, buffersCreated: 0, bindGroupsCreated: 0, pipelinesCreated: 0 });
    const { total, generate, load, ...seconds } = time;
    expect([generate, load]).toEqual([0, 0]);
    for (const part of Object.values(seconds)) expect(part).toBeGreaterThan(0);
    expect(Object.values(seconds).reduce((a, b) => a + b)).toBeLessThanOrEqual(total);
    // Twelve steps: two whole blocks and one of two steps.
    expect(result.decisions).toHaveLength(3);
    expect(result.warmupSteps).toHaveLength(12);
    expect(result.decisions.map(({ phase }) => Math.round(12 * phase))).toEqual([0, 5, 10]);
    expect(result.end.phase).toBe(1);
    const losses = [...result.decisions, result.end].map(({ loss }) => loss);
    for (const [i, { reward, gradientNorm, accuracy, probabilities }] of result.decisions.entries()) {
      expect(reward).toBeCloseTo(losses[i]! - losses[i + 1]!, 5);
      expect(probabilities.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
      // Four held-out images a class.
      for (const value of accuracy) expect(4 * value).toBe(Math.round(4 * value));
      const norms = result.warmupSteps.slice(Math.max(0, 5 * i - 5), 5 * i).map(({ gradNorm }) => gradNorm!);
      const mean = norms.reduce((a, b) => a + b, 0) / Math.max(1, norms.length);
      expect(Math.abs(gradientNorm! - mean)).toBeLessThan(1e-4 * (1 + mean) ** 2);
    }
  });

  it.each(['exp3', 'policy'] as const)('gives each of several seeds of arm %s the bits that it gets alone', async (arm) => {
    const together = await run({ arm, seeds: [7, 8] });
    const [first, second] = [await run({ arm, seeds: [7] }), await run({ arm, seeds: [8] })];
    for (const [m, alone] of [first, second].entries()) {
      expect(together[m]!.weights).toEqual(alone[0]!.weights);
      expect(together[m]!.result).toEqual(alone[0]!.result);
    }
    expect(first[0]!.weights).not.toEqual(second[0]!.weights);
  });

  it('generates what the actions say: another choice of actions trains another net', async () => {
    const [easy] = await run({ arm: 'uniform', difficulties: [0], weighClasses: false });
    const [hard] = await run({ arm: 'uniform', difficulties: [1], weighClasses: false });
    expect(easy!.result.actions).toHaveLength(2);
    // The same draws of actions, of another difficulty.
    expect(easy!.result.decisions.map(({ action }) => action)).toEqual(hard!.result.decisions.map(({ action }) => action));
    expect(easy!.result.warmupSteps[0]!.loss).not.toBe(hard!.result.warmupSteps[0]!.loss);
  });

  it('is the trial of arm kept on what was not held out, bit for bit, where every action is the same', async () => {
    // Fractals have no easy form, so that difficulty changes nothing.
    const parts = [{ recipe: { family: 'ifs' } }, { recipe: { family: 'ifs' } }] as const;
    const [controlled] = await run({ parts, difficulties: [1], weighClasses: false });
    const data = new PreparedData(await testDevice(kind), holdOut(barsData, small.heldOut).rest);
    const { p, steps, batch } = small;
    const recipe = parseRunRecipe({ experiment: 'family:ifs', arm: 'kept', p, steps, batch, seed: 1 });
    const trial = await runTrial({ device: data.device, data, onEvent: () => undefined }, recipe);
    expect(controlled!.weights).toEqual(await trial.parameters.read());
    expect(controlled!.result).toMatchObject({ accuracy: trial.accuracy, testLoss: trial.testLoss });
    trial.parameters.destroy();
    data.destroy();
  });

  it('refuses what it cannot run', async () => {
    await expect(run({ p: 0 })).rejects.toThrow('controller: p: got 0 of 20 steps: no warm-up');
    await expect(run({ arm: 'best' as 'exp3' })).rejects.toThrow('controller: got arm best');
    await expect(run({ seeds: [] })).rejects.toThrow('controller: seeds: got none');
    await expect(run({ heldOut: 5 })).rejects.toThrow('controller: heldOut: got 5');
    await expect(run({ difficulties: [2] })).rejects.toThrow('controller: difficulties: got 2');
    await expect(run({ parts: undefined })).rejects.toThrow('controller: parts: got none for data set bars');
    await expect(run({ parts: [{ recipe: { family: 'count' } }] })).rejects.toThrow(
      'controller: part count: got labels that are no classes',
    );
  });

  it('stops when it is told to', async () => {
    const signal = AbortSignal.abort();
    await expect(run({ signal })).rejects.toThrow('controller: got a stop after step 10 of 20');
  });
});

describe('what a controller chooses from', () => {
  const facts = { name: 'mnist', channels: 1, height: 28, width: 28, classes: 10 };

  it('is every combination of family, difficulty and weighting', () => {
    const actions = controllerActions(controllerMixture(facts), [0.5, 1], true);
    expect(actions).toHaveLength(8);
    expect(new Set(actions.map((action) => JSON.stringify(action))).size).toBe(8);
    expect(actions[6]).toEqual({ part: 1, family: 'augment', difficulty: 1, weighted: false });
  });

  it('is garments for Fashion-MNIST', () => {
    expect(controllerMixture({ ...facts, name: 'fashion-mnist' }).parts.map(({ recipe }) => recipe.family)).toEqual([
      'garments',
      'augment',
    ]);
  });
});

describe('holdOut', () => {
  it('takes as many of each class out of training, and leaves the rest and the test half alone', () => {
    const { rest, held } = holdOut(barsData, 43);
    expect([held.count, rest.train.count]).toEqual([43, 257]);
    expect(rest.test).toBe(barsData.test);
    const counts = Array.from({ length: 10 }, (_, c) => held.labels.filter((label) => label === c).length);
    expect([Math.min(...counts), Math.max(...counts)]).toEqual([4, 5]);
    const images = (half: { count: number; images: Uint8Array }) =>
      Array.from({ length: half.count }, (_, i) => half.images.subarray(784 * i, 784 * (i + 1)).join());
    expect([...images(held), ...images(rest.train)].sort()).toEqual(images(barsData.train).sort());
  });
});
