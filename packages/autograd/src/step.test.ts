import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { constant, conv2d, crossEntropy, flatten, layer, linear, maxPool2d, mseLoss, ParameterSet, relu, TrainingStep } from './index.js';
import type { InputSpec, Model } from './step.js';

const random = (length: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed * 2654435761 + 12345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

const specs = {
  'conv1.weight': layer([8, 1, 3, 3], [8]).weight,
  'conv1.bias': layer([8, 1, 3, 3], [8]).bias,
  'fc.weight': layer([5, 8 * 4 * 4], [5]).weight,
  'fc.bias': layer([5, 8 * 4 * 4], [5]).bias,
};
const net: Model = (p, { x }) =>
  linear(flatten(maxPool2d(relu(conv2d(x!, p['conv1.weight']!, p['conv1.bias']!, { padding: 1 })), 2)), p['fc.weight']!, p['fc.bias']!);
const inputs: Record<string, InputSpec> = { x: { shape: [6, 1, 8, 8] }, labels: { shape: [6], dtype: 'u32' } };
const classify: Model = (p, x) => crossEntropy(net(p, x), x.labels!);

/** Compiles, fills every model's batch, and trains; returns the parameters of each model and the losses of model 0. */
async function train(
  device: Device,
  seeds: number[],
  steps: number,
  { rates = seeds.map(() => 0.01), fuse = true }: { rates?: number[]; fuse?: boolean } = {},
) {
  const parameters = new ParameterSet(device, specs, seeds.length);
  parameters.initialise(seeds);
  const schedule = rates.map((lr) => constant(lr));
  const { step } = await TrainingStep.compile(device, { parameters, inputs, loss: classify, fuse, optimizer: { schedule, steps } });
  const labels = Uint32Array.from({ length: 6 }, (_, i) => i % 5);
  seeds.forEach((seed, model) => {
    device.write(step.inputs.x!, random(6 * 64, seed), 4 * 6 * 64 * model);
    device.write(step.inputs.labels!, labels, 4 * 6 * model);
  });
  step.run(steps);
  const records = await Promise.all(seeds.map((_, model) => step.read(0, steps, model)));
  const weights = await Promise.all(seeds.map((_, model) => parameters.read(model)));
  return { step, parameters, weights, losses: records.map((rows) => rows.map((row) => row.loss)) };
}

for (const kind of await testAdapters()) {
  describe(`compiled step on ${kind}`, () => {
    it('fuses the small CNN into few dispatches and lowers the loss', async () => {
      const { step, losses } = await train(await testDevice(kind), [1], 40);
      expect(step.dispatches.map((name) => name.split('.')[0])).toEqual([
        'conv_relu_pool/forward',
        'linear_loss/fused',
        'conv_relu_pool/grad_weight',
        'optimizer/adam',
      ]);
      expect(losses[0]!.at(-1)!).toBeLessThan(0.3 * losses[0]![0]!);
    });

    it('trains the same bits twice', async () => {
      const device = await testDevice(kind);
      const [a, b] = [await train(device, [3], 10), await train(device, [3], 10)];
      expect(a.weights).toEqual(b.weights);
    });

    it('gives every model of a stack the bits of its solo run', async () => {
      const device = await testDevice(kind);
      const rates = [0.01, 0.003, 0.03];
      const stack = await train(device, [1, 2, 7], 12, { rates });
      for (const [model, seed] of [1, 2, 7].entries()) {
        const solo = await train(device, [seed], 12, { rates: [rates[model]!] });
        expect(stack.weights[model], `model ${model}`).toEqual(solo.weights[0]);
        expect(stack.losses[model]).toEqual(solo.losses[0]);
      }
    });

    it('allocates and writes nothing in steady state', async () => {
      const device = await testDevice(kind);
      const { step } = await train(device, [1], 2);
      const before = device.meter.snapshot();
      step.run(25);
      const spent = device.meter.since(before);
      expect(spent).toMatchObject({ hostToGpuBytes: 0, submits: 1, buffersCreated: 0, bindGroupsCreated: 0, pipelinesCreated: 0 });
      expect(spent.dispatches).toBe(25 * step.dispatches.length);
    });

    it('agrees with the unfused graph', async () => {
      const device = await testDevice(kind);
      const fused = await train(device, [5], 8);
      const plain = await train(device, [5], 8, { fuse: false });
      expect(plain.step.dispatches.length).toBeGreaterThan(2 * fused.step.dispatches.length);
      plain.losses[0]!.forEach((value, i) => {
        expect(value).toBeCloseTo(fused.losses[0]![i]!, 5);
      });
    });

    it('regresses with mse and reuses buffers by liveness', async () => {
      const device = await testDevice(kind);
      const parameters = new ParameterSet(device, {
        ...specs,
        'fc.weight': layer([1, 128], [1]).weight,
        'fc.bias': layer([1, 128], [1]).bias,
      });
      parameters.initialise([4]);
      const { step } = await TrainingStep.compile(device, {
        parameters,
        inputs: { x: inputs.x!, labels: { shape: [6, 1] } },
        loss: (p, x) => mseLoss(net(p, x), x.labels!),
        optimizer: { schedule: constant(0.01), steps: 30, clip: 1 },
      });
      device.write(step.inputs.x!, random(6 * 64, 9));
      device.write(step.inputs.labels!, random(6, 10));
      step.run(30);
      const records = await step.read(0, 30);
      expect(records[29]!.loss).toBeLessThan(0.3 * records[0]!.loss);
      expect(records[0]!.gradNorm).toBeGreaterThan(0);
      expect(step.memory.activations).toBeLessThanOrEqual(step.memory.unplanned);
    });
  });
}

describe('errors', async () => {
  const device = await testDevice((await testAdapters())[0]!);
  const compile = (loss: Model) =>
    TrainingStep.compile(device, {
      parameters: new ParameterSet(device, specs),
      inputs,
      loss,
      optimizer: { schedule: constant(0.01), steps: 1 },
    });

  it('names the op, the line, what it got and what it expected', async () => {
    const wrong: Model = (p, x) => crossEntropy(linear(flatten(x.x!), p['fc.weight']!), x.labels!);
    await expect(compile(wrong)).rejects.toThrow(
      /^linear \(created at .*step\.test\.ts:\d+:\d+\): got w of shape \[5, 128\]; expected \[5, 64\]/,
    );
  });

  it('refuses a loss that is no scalar and a parameter that the loss does not reach', async () => {
    await expect(compile(net)).rejects.toThrow('loss: got a tensor of shape [6, 5]');
    const loose: Model = (p, x) => crossEntropy(linear(flatten(maxPool2d(x.x!, 2)), p['fc.weight']!), x.labels!);
    await expect(compile(loose)).rejects.toThrow('expected');
    const { 'fc.bias': bias, ...rest } = specs;
    void bias;
    const parameters = new ParameterSet(device, { ...rest, 'fc.bias': specs['fc.bias'], unused: layer([3], [3]).bias });
    await expect(
      TrainingStep.compile(device, { parameters, inputs, loss: classify, optimizer: { schedule: constant(0.01), steps: 1 } }),
    ).rejects.toThrow('parameter unused: got no path to the loss');
  });
});
