import { decodeF16, encodeF16 } from '@kindling/core';
import type { Device } from '@kindling/device';
import { openDevice } from '@kindling/device';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import {
  cast,
  constant,
  conv2d,
  crossEntropy,
  Eager,
  ForwardPass,
  flatten,
  layer,
  linear,
  type Model,
  matmul,
  maxPool2d,
  ParameterSet,
  relu,
  reshape,
  sum,
  type Tensor,
  type TrainingOptions,
  TrainingStep,
  tuneStep,
} from './index.js';

const random = (length: number, seed: number): Float32Array<ArrayBuffer> => {
  let state = seed * 2654435761 + 12345;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
};

const [batch, classes] = [6, 5];
const conv = layer([3, 1, 3, 3], [3]);
const hidden = layer([7, 3 * 3 * 3], [7]);
const head = layer([classes, 7], [classes]);
/** Odd sizes throughout: 3 filters, 7 features, a 7×7 image. */
const specs = {
  'conv.weight': conv.weight,
  'conv.bias': conv.bias,
  'hidden.weight': hidden.weight,
  'hidden.bias': hidden.bias,
  'head.weight': head.weight,
  'head.bias': head.bias,
};

/** Convolution and hidden layer on activations and weights stored as `to`; parameters, pool, logits and loss stay f32. */
const net =
  (to: 'f16' | 'f32'): Model =>
  (p, x) => {
    const image = relu(conv2d(cast(x.x!, to), cast(p['conv.weight']!, to), p['conv.bias']!, { padding: 1 }));
    const pooled = flatten(maxPool2d(cast(image, 'f32'), 2));
    const features = relu(linear(cast(pooled, to), cast(p['hidden.weight']!, to), p['hidden.bias']!));
    return linear(cast(features, 'f32'), p['head.weight']!, p['head.bias']!);
  };

function training(device: Device, to: 'f16' | 'f32', models: number, fuse = true): TrainingOptions {
  const parameters = new ParameterSet(device, specs, models);
  parameters.initialise(Array.from({ length: models }, (_, model) => model + 1));
  return {
    parameters,
    inputs: { x: { shape: [batch, 1, 7, 7] }, labels: { shape: [batch], dtype: 'u32' } },
    loss: (p, x) => crossEntropy(net(to)(p, x), x.labels!),
    optimizer: { schedule: constant(0.01), steps: 40 },
    fuse,
  };
}

async function train(device: Device, to: 'f16' | 'f32', models = 1, fuse = true) {
  const { step } = await TrainingStep.compile(device, training(device, to, models, fuse));
  for (let model = 0; model < models; model++) {
    device.write(step.inputs.x!, random(batch * 49, 3), 4 * batch * 49 * model);
    device.write(
      step.inputs.labels!,
      Uint32Array.from({ length: batch }, (_, i) => i % classes),
      4 * batch * model,
    );
  }
  step.run(40);
  const records = await Promise.all(Array.from({ length: models }, (_, model) => step.read(0, 40, model)));
  const weights = await Promise.all(Array.from({ length: models }, (_, model) => step.parameters.read(model)));
  return { step, weights, losses: records.map((rows) => rows.map(({ loss }) => loss)) };
}

describe.each(await testAdapters())('f16 storage on %s', (kind) => {
  const withF16 = (name: string, check: (device: Device) => Promise<void>) =>
    it(name, async ({ skip }) => {
      const device = await testDevice(kind);
      if (!device.traits.features.includes('shader-f16')) skip('the adapter lacks shader-f16');
      await check(device);
    });

  withF16('trains a net whose layers are f16 as its f32 twin trains', async (device) => {
    const [f32, f16] = [await train(device, 'f32'), await train(device, 'f16')];
    expect(f16.step.dispatches.filter((name) => /\..*_f16$/.test(name)).map((name) => name.split('.')[0])).toEqual([
      'conv2d/forward',
      'linear/forward',
      'linear/backward',
      'conv2d/grad_weight',
    ]);
    // Weight gradients come as f32 parts, which the optimizer adds itself.
    expect(f16.step.dispatches).not.toContain('parts/sum');
    const [want, got] = [f32.losses[0]!, f16.losses[0]!];
    expect(want.at(-1)!).toBeLessThan(0.3 * want[0]!);
    expect(got.at(-1)!).toBeLessThan(0.3 * got[0]!);
    // A rounding of 2⁻¹¹ a layer; Adam then moves weights with a near-zero gradient another way.
    expect(Math.abs(got[0]! - want[0]!)).toBeLessThan(2 ** -9 * want[0]!);
    got.forEach((loss, i) => {
      expect(Math.abs(loss - want[i]!), `step ${i}`).toBeLessThan(0.02 * want[0]!);
    });
  });

  withF16('agrees with the unfused graph, and gives every model of a stack the bits of its solo run', async (device) => {
    const [stack, solo, plain] = [await train(device, 'f16', 3), await train(device, 'f16'), await train(device, 'f16', 1, false)];
    expect(stack.weights[0]).toEqual(solo.weights[0]);
    expect(stack.weights[1]).not.toEqual(solo.weights[0]);
    plain.losses[0]!.forEach((loss, i) => {
      expect(loss).toBeCloseTo(solo.losses[0]![i]!, 4);
    });
  });

  withF16('takes half the memory for activations', async (device) => {
    const wide = async (to: 'f16' | 'f32') => {
      const parameters = new ParameterSet(device, { w: layer([64, 64], [64]).weight });
      const model: Model = (p, { x }) => [1, 2, 3].reduce((y) => relu(linear(y, cast(p.w!, to))), x!);
      const inputs = { x: { shape: [32, 64], dtype: to } };
      const { pass } = await ForwardPass.compile(device, { parameters, inputs, model });
      expect(pass.inputs.x!.size).toBe((to === 'f16' ? 2 : 4) * 32 * 64);
      return pass.owned.reduce((bytes, buffer) => bytes + buffer.size, 0) - (to === 'f16' ? 2 * 64 * 64 : 0);
    };
    expect(await wide('f16')).toBeLessThanOrEqual((await wide('f32')) / 2);
  });

  withF16('casts gradients back: twice used, reshaped, and on the way to an f16 tensor', async (device) => {
    const eager = new Eager(device);
    const values = [1.0002, -2.5, 3, 0.1, 5, -6];
    const x = eager.tensor(values, [2, 3], { grad: true });
    const half = cast(x, 'f16');
    const rounded = [...decodeF16(encodeF16(values))];
    expect([...(await eager.read(half))]).toEqual(rounded);
    // y = half · halfᵀ uses the same f16 tensor twice: dx = (dY + dYᵀ) · half.
    const y = matmul(half, half, { transposeB: true });
    eager.backward(sum(cast(reshape(y, [4]), 'f32')));
    const columns = [0, 1, 2].map((j) => 2 * (rounded[j]! + rounded[j + 3]!));
    const got = await eager.read(eager.grad(x));
    [...columns, ...columns].forEach((want, i) => {
      expect(Math.abs(got[i]! - want)).toBeLessThanOrEqual(2 ** -10 * Math.abs(want) + 1e-6);
    });
    eager.destroy();
  });

  withF16('reads an f16 leaf, and tunes f16 kernels against the readable one', async (device) => {
    const eager = new Eager(device);
    const leaf = eager.tensor([0.1, 2, 3], [3], { dtype: 'f16' });
    expect([...(await eager.read(relu(leaf)))]).toEqual([...decodeF16(encodeF16([0.1, 2, 3]))]);
    eager.destroy();
    const measured: string[] = [];
    await tuneStep(device, training(device, 'f16', 1), {
      sampleMs: 1,
      samples: 3,
      onResult: ({ milliseconds }) => {
        expect(Object.values(milliseconds)).not.toContain(null);
        measured.push(...Object.keys(milliseconds));
      },
    });
    expect(measured).toEqual(expect.arrayContaining(['naive_f16', 'tile_f16']));
  });

  it('is refused by name, with what to do, where the adapter lacks it, an op has no kernel or types mix', async () => {
    const device = await openDevice({ adapter: kind, features: [], notice: () => undefined });
    const bare = new Eager(device);
    expect(() => cast(bare.tensor([1], [1]), 'f16')).toThrow(/^cast \(created at .*without the feature shader-f16.*f32 storage/s);
    const labels = bare.tensor([1], [1], { dtype: 'u32', name: 'labels' });
    expect(() => cast(labels, 'f32')).toThrow('cast: got labels stored as u32');
    bare.destroy();
    device.gpu.destroy();
    const { traits } = await testDevice(kind);
    if (!traits.features.includes('shader-f16')) return;
    const eager = new Eager(await testDevice(kind));
    const [x, b]: Tensor[] = [eager.tensor([1, 2], [1, 2]), eager.tensor([1], [1])];
    const half = cast(x, 'f16');
    expect(() => maxPool2d(reshape(half, [1, 1, 1, 2]), 1)).toThrow(/^maxpool2d .*got x stored as f16.*cast\(x, 'f32'\)/s);
    expect(() => linear(half, x)).toThrow(/^linear .*got w stored as f32.*cast\(w, 'f16'\)/s);
    expect(() => linear(half, half, cast(b, 'f16'))).toThrow(/^linear .*got b stored as f16.*cast\(b, 'f32'\)/s);
    eager.destroy();
  });
});
