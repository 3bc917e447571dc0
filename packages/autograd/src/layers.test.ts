import type { Device } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import {
  affineWarp,
  avgPool2d,
  batchNorm,
  constant,
  conv2d,
  crossEntropy,
  flatten,
  globalAvgPool,
  gridWarp,
  type InputSpec,
  layer,
  layerNorm,
  linear,
  type Model,
  mseLoss,
  normalisation,
  type OptimizerOptions,
  ParameterSet,
  type ParameterSpec,
  relu,
  reshape,
  TrainingStep,
} from './index.js';

const random = (length: number, seed: number): Float32Array => {
  let state = seed * 2654435761 + 12345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

interface Training {
  readonly specs: Readonly<Record<string, ParameterSpec>>;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  readonly values: Readonly<Record<string, Float32Array | Uint32Array>>;
  readonly loss: Model;
  readonly steps: number;
  readonly optimizer?: Partial<OptimizerOptions>;
  readonly fuse?: boolean;
  readonly lr?: number;
}

/** Losses of every step, the last weights, and the kernels of a step. */
async function train(device: Device, { specs, inputs, values, loss, steps, optimizer, fuse = true, lr = 0.01 }: Training) {
  const parameters = new ParameterSet(device, specs);
  parameters.initialise([3]);
  const options = { schedule: constant(lr), steps, ...optimizer } as OptimizerOptions;
  const { step } = await TrainingStep.compile(device, { parameters, inputs, loss, fuse, optimizer: options });
  for (const [name, data] of Object.entries(values)) device.write(step.inputs[name]!, data);
  step.run(steps);
  const losses = (await step.read(0, steps)).map((row) => row.loss);
  const weights = await parameters.read();
  step.destroy();
  parameters.destroy();
  return { losses, weights, dispatches: step.dispatches.map((name) => name.split('.')[0]) };
}

const [n, side] = [4, 9];
/** A Gauss bell a sample, its middle (x, y) pixels off the image's. */
const bells = (x: number, y: number): Float32Array =>
  Float32Array.from({ length: n * side * side }, (_, i) => {
    const [column, row] = [(i % side) - (side - 1) / 2, (Math.floor(i / side) % side) - (side - 1) / 2];
    return Math.exp(-((column - x) ** 2 + (row - y) ** 2) / 6);
  });

/** Experiment 1's sampler on a small scale: Linear → LayerNorm → ReLU → Linear → tx, ty, degrees. */
const sampler = {
  'fc1.weight': layer([8, side * side], [8]).weight,
  'fc1.bias': layer([8, side * side], [8]).bias,
  'norm.weight': normalisation(8).weight,
  'norm.bias': normalisation(8).bias,
  'fc2.weight': { shape: [3, 8], bound: 0.1 },
  'fc2.bias': { shape: [3], bound: 0 },
};
const poseOf: Model = (p, { x }) => {
  const hidden = linear(flatten(x!), p['fc1.weight']!, p['fc1.bias']!);
  return linear(relu(layerNorm(hidden, p['norm.weight']!, p['norm.bias']!)), p['fc2.weight']!, p['fc2.bias']!);
};
const classifier = { 'head.weight': layer([3, side * side], [3]).weight, 'head.bias': layer([3, side * side], [3]).bias };
const image: InputSpec = { shape: [n, 1, side, side] };
const labelled = {
  inputs: { x: image, labels: { shape: [n], dtype: 'u32' } } as Record<string, InputSpec>,
  values: { x: random(n * side * side, 5), labels: Uint32Array.of(0, 1, 2, 1) },
};

for (const kind of await testAdapters()) {
  describe(`layers on ${kind}`, () => {
    it('trains a sampler through the warp: it learns the shift that brings the images onto their targets', async () => {
      const { losses, dispatches } = await train(await testDevice(kind), {
        specs: sampler,
        inputs: { x: image, target: { shape: [n, side * side] } },
        values: { x: bells(1.5, -1), target: bells(0, 0) },
        loss: (p, x) => mseLoss(flatten(affineWarp(x.x!, poseOf(p, x))), x.target!),
        steps: 200,
        lr: 0.02,
      });
      expect(dispatches).toContain('affine_warp/grad_pose');
      expect(dispatches).not.toContain('affine_warp/grad_image');
      expect(losses.at(-1)).toBeLessThan(0.1 * losses[0]!);
    });

    it('trains sampler and classifier together', async () => {
      const { losses, weights } = await train(await testDevice(kind), {
        specs: { ...sampler, ...classifier },
        ...labelled,
        loss: (p, x) =>
          crossEntropy(
            linear(flatten(affineWarp(x.x!, poseOf(p, x), { padding: 'zeros' })), p['head.weight']!, p['head.bias']!),
            x.labels!,
          ),
        steps: 40,
        optimizer: { clip: 1 },
      });
      expect(losses.at(-1)).toBeLessThan(0.3 * losses[0]!);
      expect(Math.max(...weights['norm.weight']!.map((value) => Math.abs(value - 1)))).toBeGreaterThan(1e-3);
    });

    it('trains an image through the warp', async () => {
      const { losses } = await train(await testDevice(kind), {
        specs: { picture: { shape: [n, 1, side, side], bound: 0.1 } },
        inputs: { theta: { shape: [n, 2, 3] }, target: { shape: [n, side * side] } },
        values: { theta: Float32Array.from({ length: 6 * n }, (_, i) => [0.8, 0.3, 0.1, -0.3, 0.8, 0][i % 6]!), target: bells(0, 0) },
        loss: (p, x) => mseLoss(flatten(gridWarp(p.picture!, x.theta!, { padding: 'border' })), x.target!),
        steps: 60,
        lr: 0.05,
      });
      expect(losses.at(-1)).toBeLessThan(0.05 * losses[0]!);
    });

    it('trains a small net with BatchNorm and average pools', async () => {
      const { losses } = await train(await testDevice(kind), {
        specs: {
          'conv.weight': layer([4, 1, 3, 3], [4]).weight,
          'norm.weight': normalisation(4).weight,
          'norm.bias': normalisation(4).bias,
          'head.weight': layer([3, 4], [3]).weight,
          'head.bias': layer([3, 4], [3]).bias,
        },
        inputs: { ...labelled.inputs, mean: { shape: [4] }, variance: { shape: [4] } },
        values: { ...labelled.values, mean: new Float32Array(4), variance: new Float32Array(4).fill(1) },
        loss: (p, { x, labels, mean, variance }) => {
          const conv = conv2d(x!, p['conv.weight']!);
          const { y } = batchNorm(conv, p['norm.weight']!, p['norm.bias']!, { mean: mean!, variance: variance! });
          return crossEntropy(linear(globalAvgPool(avgPool2d(relu(y), 2)), p['head.weight']!, p['head.bias']!), labels!);
        },
        steps: 80,
        lr: 0.05,
      });
      expect(losses.at(-1)).toBeLessThan(0.5 * losses[0]!);
    });

    it('fuses label smoothing into the last layer, leaves weighted rows unfused, and computes the same either way', async () => {
      const device = await testDevice(kind);
      const rowWeights = Float32Array.of(0.5, 2, 0, 1);
      const run = (labelSmoothing: number, weighted: boolean, fuse: boolean) =>
        train(device, {
          specs: classifier,
          inputs: { ...labelled.inputs, weights: { shape: [n] } },
          values: { ...labelled.values, weights: rowWeights },
          loss: (p, x) => {
            const logits = linear(flatten(x.x!), p['head.weight']!, p['head.bias']!);
            return crossEntropy(logits, x.labels!, { labelSmoothing, ...(weighted ? { weights: x.weights! } : {}) });
          },
          steps: 5,
          fuse,
        });
      const plain = await run(0, false, true);
      for (const [smoothing, weighted] of [
        [0.2, false],
        [0, true],
        [0.2, true],
      ] as const) {
        const [fused, unfused] = [await run(smoothing, weighted, true), await run(smoothing, weighted, false)];
        expect(fused.dispatches.includes('linear_loss/fused')).toBe(!weighted);
        expect(unfused.dispatches).not.toContain('linear_loss/fused');
        fused.losses.forEach((value, i) => {
          expect(value).toBeCloseTo(unfused.losses[i]!, 5);
        });
        expect(Math.abs(fused.losses[4]! - plain.losses[4]!)).toBeGreaterThan(1e-3);
      }
    });

    it('weighs the rows of cross-entropy by a parameter, with its gradient', async () => {
      // SGD of L = mean(w · l) in w alone: w falls by lr/N · l a step, where l = log 3 for equal logits.
      const { weights } = await train(await testDevice(kind), {
        specs: { rows: { shape: [n], bound: 0, centre: 1 } },
        inputs: { logits: { shape: [n, 3] }, labels: { shape: [n], dtype: 'u32' } },
        values: { logits: new Float32Array(3 * n), labels: labelled.values.labels },
        loss: (p, x) => crossEntropy(x.logits!, x.labels!, { weights: p.rows! }),
        steps: 2,
        optimizer: { kind: 'sgd' },
        lr: 0.5,
      });
      for (const value of weights.rows!) expect(value).toBeCloseTo(1 - (2 * 0.5 * Math.log(3)) / n, 5);
    });

    it.each<[string, Partial<OptimizerOptions>, (w: number, g: number) => number]>([
      ['optimizer/adam', {}, (w) => w - 0.01],
      ['optimizer/adam', { kind: 'adamw', weightDecay: 0.5 }, (w) => w * (1 - 0.01 * 0.5) - 0.01],
      ['optimizer/adam', { kind: 'adamw' }, (w) => w * (1 - 0.01 * 0.01) - 0.01],
      ['optimizer/sgd', { kind: 'sgd' }, (w, g) => w - 0.01 * g],
      ['optimizer/sgd', { kind: 'sgd', momentum: 0.9, nesterov: true }, (w, g) => w - 0.01 * 1.9 * g],
      ['optimizer/sgd', { kind: 'sgd', momentum: 'schedule', nesterov: true, weightDecay: 0.1 }, (w, g) => w - 0.01 * 1.9 * (g + 0.1 * w)],
    ])('%s takes the options %j', async (program, optimizer, after) => {
      // L = mean over one row of (w − 0)², w = 1: the gradient is 2.
      const { weights, dispatches } = await train(await testDevice(kind), {
        specs: { w: { shape: [1], bound: 0, centre: 1 } },
        inputs: { zero: { shape: [1, 1] } },
        values: { zero: new Float32Array(1) },
        loss: (p, x) => mseLoss(reshape(p.w!, [1, 1]), x.zero!),
        steps: 1,
        optimizer,
      });
      expect(dispatches.at(-1)).toBe(program);
      expect(weights.w![0]).toBeCloseTo(after(1, 2), 6);
    });
  });
}

it('refuses optimizer options that torch refuses', async () => {
  const device = await testDevice((await testAdapters())[0]!);
  const attempt = (optimizer: Partial<OptimizerOptions>) =>
    train(device, {
      specs: { w: { shape: [1], bound: 1 } },
      inputs: { zero: { shape: [1, 1] } },
      values: {},
      loss: (p, x) => mseLoss(reshape(p.w!, [1, 1]), x.zero!),
      steps: 1,
      optimizer,
    });
  await expect(attempt({ kind: 'sgd', nesterov: true })).rejects.toThrow('optimizer sgd: got weightDecay 0, momentum 0, nesterov');
  await expect(attempt({ weightDecay: -1 })).rejects.toThrow('optimizer adam: got weightDecay -1');
});
