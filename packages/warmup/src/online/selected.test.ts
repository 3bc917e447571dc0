import { crossEntropy, ForwardPass, ParameterSet, TrainingStep } from '@kindling/autograd';
import { parseRecipe, pickTwin, planGeneration } from '@kindling/datagen';
import { bindPasses, type Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { logitScores } from '@kindling/pruning';
import { describe, expect, it } from 'vitest';
import { posterCnn } from '../models.js';
import { PreparedData } from '../natural.js';
import { parseRunRecipe } from '../recipe.js';
import { barsData } from '../testing/bars.js';
import { runTrials } from '../trial.js';
import { type OnlineSource, type Selection, selectedBatches } from './selected.js';

const facts = { name: 'bars', channels: 1, height: 28, width: 28, classes: 10 };
const generator = parseRecipe({ family: 'strokes', image: { channels: 1, height: 28, width: 28 } });
const model = posterCnn();
const [batch, ratio, classes] = [5, 3, 10];
const n = batch * ratio;

/** A training step on a pruned stream, and its parts. */
async function pruned(device: Device, seeds: readonly number[], selection: Selection) {
  const parameters = new ParameterSet(device, model.parameters(classes), seeds.length);
  parameters.initialise(seeds);
  const seedBuffer = device.upload('seeds', Uint32Array.from(seeds));
  let source: OnlineSource | undefined;
  const { step } = await TrainingStep.compile(device, {
    parameters,
    inputs: { x: { shape: [batch, 1, 28, 28] }, labels: { shape: [batch], dtype: 'u32' } },
    loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
    optimizer: { schedule: () => ({ lr: 1e-3, beta1: 0.9 }), steps: 8 },
    source: ({ x, labels, state }) => {
      const given = { x: x!, y: labels!, state: state!, seeds: seedBuffer };
      source = selectedBatches(device, { ...given, generator, selection, batch, classes, facts, model, parameters });
      return source.dispatches;
    },
  });
  return { step, parameters, source: source! };
}

/** All candidates of a step, as the generator makes them without any selection. */
async function candidates(device: Device, seed: number, step: number) {
  const x = device.buffer('x', 4 * n * 784);
  const y = device.buffer('y', 4 * n);
  const state = device.upload('state', Uint32Array.of(step, 0, 0, 0));
  const seeds = device.upload('seeds', Uint32Array.of(seed));
  const bound = bindPasses(device, planGeneration({ recipe: generator, batch: n, models: 1, traits: device.traits }), {
    x,
    y,
    state,
    seeds,
  });
  for (const { program, resources } of bound.dispatches) device.run(program, resources as Record<string, GPUBuffer>);
  return { x: await device.readF32(x), y: new Uint32Array(await device.read(y)) };
}

for (const kind of await testAdapters()) {
  describe(`a pruned stream on ${kind}`, () => {
    it.each([
      { metric: 'el2n', keep: 'hard', candidates: ratio, balanced: false },
      { metric: 'margin', keep: 'easy', candidates: ratio, balanced: false },
      { metric: 'el2n', keep: 'hard', candidates: ratio, balanced: true },
    ] as const)('trains on what the model finds %o', async (selection) => {
      const device = await testDevice(kind);
      const { step, parameters } = await pruned(device, [7], selection);
      step.run(2);
      // The third batch is made, but not trained on: the parameters are still those that judged it.
      device.submit((encoder) => {
        const pass = encoder.beginComputePass();
        step.encodeData(pass);
        pass.end();
      });
      const [x, y] = [await device.readF32(step.inputs.x!), new Uint32Array(await device.read(step.inputs.labels!))];
      const all = await candidates(device, 7, 2);
      const logits = await logitsOf(device, parameters, all.x);
      const scores = logitScores(selection.metric, logits, all.y, classes);
      const order = selection.keep === 'hard' ? 'highest' : 'lowest';
      const chosen = pickTwin(scores, batch, { order, ...(selection.balanced ? { classes, labels: all.y } : {}) });
      expect([...y]).toEqual(chosen.map((i) => all.y[i]));
      for (const [b, i] of chosen.entries()) expect(x.slice(784 * b, 784 * (b + 1))).toEqual(all.x.slice(784 * i, 784 * (i + 1)));
    });

    it('is the same for each model together and alone, and asks nothing of the host', async () => {
      const device = await testDevice(kind);
      const selection = { metric: 'el2n', keep: 'hard', candidates: ratio, balanced: false } as const;
      const read = async (seeds: readonly number[]) => {
        const { step, parameters, source } = await pruned(device, seeds, selection);
        const before = device.meter.snapshot();
        step.run(4);
        const { hostToGpuBytes, buffersCreated, bindGroupsCreated } = device.meter.since(before);
        expect([hostToGpuBytes, buffersCreated, bindGroupsCreated]).toEqual([0, 0, 0]);
        const values = [];
        for (let model = 0; model < seeds.length; model++) values.push(await parameters.read(model));
        for (const owner of [step, parameters, source]) owner.destroy();
        return values;
      };
      expect(await read([3, 4])).toEqual([...(await read([3])), ...(await read([4]))]);
    });

    it('prunes the warm-up of a trial, which one candidate an image leaves as it is', async () => {
      const device = await testDevice(kind);
      const run = async (select?: object) => {
        const data = new PreparedData(device, barsData);
        const recipe = { experiment: 'family:strokes', arm: 'kept', p: 0.5, steps: 20, batch: 16, ...(select ? { select } : {}) };
        const [result] = await runTrials({ device, data, onEvent: () => undefined }, [parseRunRecipe(recipe)]);
        const parameters = await result!.parameters.read();
        result!.parameters.destroy();
        return { parameters, warmup: result!.warmup! };
      };
      const [plain, one, hard] = [await run(), await run({ candidates: 1 }), await run({ candidates: 4, metric: 'margin' })];
      expect(one.parameters).toEqual(plain.parameters);
      expect(hard.parameters).not.toEqual(plain.parameters);
      expect(hard.warmup).toMatchObject({ hostBytesPerStep: 0, buffersPerStep: 0, bindGroupsPerStep: 0, submitsPerStep: 0.1 });
    });
  });
}

describe('recipes that prune', () => {
  it.each([
    [{ experiment: 'count', select: {} }, /select: got experiment count/],
    [{ experiment: 'family:strokes', select: { candidates: 0 } }, /recipe\.select\.candidates: got 0; expected .*candidates: 1 to 256/],
    [{ experiment: 'family:strokes', select: { keep: 'some' } }, /recipe\.select\.keep: got "some"/],
  ])('refuses %o', (recipe, message) => {
    expect(() => parseRunRecipe(recipe)).toThrow(message);
  });
});

async function logitsOf(device: Device, parameters: ParameterSet, x: Float32Array): Promise<Float32Array> {
  const { pass } = await ForwardPass.compile(device, { parameters, inputs: { x: { shape: [n, 1, 28, 28] } }, model: model.forward });
  device.write(pass.inputs.x!, x as Float32Array<ArrayBuffer>);
  pass.run();
  const logits = await device.readF32(pass.output.resource);
  pass.destroy();
  return logits;
}
