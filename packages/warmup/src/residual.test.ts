import { crossEntropy, differentiate, Graph, ParameterSet } from '@kindling/autograd';
import { coreTraits, numel } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { type ModelSpec, modelOf } from './models.js';
import { PreparedData } from './natural.js';
import { predict } from './predict.js';
import { trainSubsets } from './prune/training.js';

const cifar = { channels: 3, height: 32, width: 32 };
const count = (model: ModelSpec): number => Object.values(model.parameters(10)).reduce((sum, { shape }) => sum + numel(shape), 0);

/** Stripes across, stripes down, a checkerboard, on noise: 16×16, told apart by a mean over the plane. */
function texture(count: number, salt: number): NaturalData['train'] {
  const images = new Uint8Array(256 * count);
  const labels = Uint8Array.from({ length: count }, (_, n) => n % 3);
  images.forEach((_, at) => {
    const [n, y, x] = [at >> 8, (at >> 4) & 15, at & 15];
    const bright = [y & 2, x & 2, (y ^ x) & 2][n % 3]!;
    images[at] = 60 * bright + ((at * 7919 + n * 104_729 + salt) % 97);
  });
  return { count, images, labels };
}
const textures: NaturalData = {
  name: 'textures',
  channels: 1,
  height: 16,
  width: 16,
  classes: 3,
  train: texture(120, 1),
  test: texture(60, 5),
};

/** Traces the loss of a batch of two and every gradient, and returns the shapes of the stages' outputs. */
function traced(model: ModelSpec): { logits: readonly number[]; planes: string[] } {
  const graph = new Graph(coreTraits);
  const { channels, height, width } = model.input;
  const x = graph.input('x', [2, channels, height, width]);
  const labels = graph.input('labels', [2], 'u32');
  const parameters = new Map(Object.entries(model.parameters(10)).map(([name, { shape }]) => [name, graph.parameter(name, shape)]));
  const logits = model.forward(Object.fromEntries(parameters), { x });
  const loss = crossEntropy(logits, labels);
  const forward = [...graph.nodes];
  differentiate(graph, forward, loss, parameters);
  const planes = forward.flatMap(({ op, outputs }) => (op === 'add' ? [outputs.y!.shape.slice(1).join('×')] : []));
  return { logits: logits.shape, planes };
}

describe('residual nets', () => {
  it('ResNet-18 has the stages and parameters of the one with batch normalisation, less its scales and shifts', () => {
    const model = modelOf({ model: 'resnet-18' }, cifar);
    const { logits, planes } = traced(model);
    expect(logits).toEqual([2, 10]);
    expect(planes).toEqual(['64×32×32', '64×32×32', '128×16×16', '128×16×16', '256×8×8', '256×8×8', '512×4×4', '512×4×4']);
    // 11,173,962 with two numbers a channel of batch normalisation, 9,600 of them; here a bias a channel, 4,800.
    expect(count(model)).toBe(11_173_962 - 4_800);
  });

  it('the small one halves by pooling, and gives new channels of a shortcut zeros', () => {
    const { planes } = traced(modelOf({ model: 'resnet-small' }, cifar));
    expect(planes).toEqual(['16×16×16', '32×8×8', '64×4×4']);
    expect(count(modelOf({ model: 'resnet-small' }, cifar))).toBe(75_050);
  });

  it('refuses images that nothing would be left of', () => {
    expect(() => modelOf({ model: 'resnet-18' }, { channels: 3, height: 7, width: 32 })).toThrow('resnet-18: got images of 3×7×32');
  });
});

for (const kind of await testAdapters()) {
  describe(`resnet-small on ${kind}`, () => {
    it('with branches of 0 is its shortcuts: the mean of the pooled stem, through the head', async () => {
      const device = await testDevice(kind);
      const model = modelOf({ model: 'resnet-small' }, { channels: 1, height: 8, width: 8 });
      const parameters = new ParameterSet(device, model.parameters(3));
      parameters.initialise([7]);
      for (const [name, { shape }] of parameters.specs) if (name.includes('conv2')) parameters.set(name, new Float32Array(numel(shape)));
      const image = Float32Array.from({ length: 64 }, (_, i) => ((37 * i) % 64) / 63);
      const [row] = await predict(device, model, parameters, [image]);
      const values = await parameters.read();
      const [stem, head, bias] = [values['conv1.weight']!, values['fc.weight']!, values['fc.bias']!];
      // relu(conv) 8×8, max-pool 2 to 4×4; two average-pools and the mean over the plane are one mean.
      const planes = Array.from({ length: 16 }, (_, k) => {
        const at = (r: number, c: number): number => {
          let sum = 0;
          for (let i = 0; i < 9; i++) {
            const [y, x] = [r + Math.floor(i / 3) - 1, c + (i % 3) - 1];
            if (y >= 0 && y < 8 && x >= 0 && x < 8) sum += stem[9 * k + i]! * (4 * image[8 * y + x]! - 2);
          }
          return Math.max(0, sum);
        };
        let mean = 0;
        for (let i = 0; i < 16; i++) {
          const [r, c] = [2 * Math.floor(i / 4), 2 * (i % 4)];
          mean += Math.max(at(r, c), at(r, c + 1), at(r + 1, c), at(r + 1, c + 1)) / 16;
        }
        return mean;
      });
      const powers = [0, 1, 2].map((c) => Math.exp(planes.reduce((sum, mean, k) => sum + mean * head[64 * c + k]!, bias[c]!)));
      const total = powers.reduce((sum, power) => sum + power, 0);
      powers.forEach((power, c) => {
        expect(row![c]).toBeCloseTo(power / total, 5);
      });
      parameters.destroy();
    });

    it('learns textures', async () => {
      const device = await testDevice(kind);
      const data = new PreparedData(device, textures);
      const model = modelOf({ model: 'resnet-small' }, data.facts);
      const everything = Uint32Array.from({ length: textures.train.count }, (_, i) => i);
      const trained = await trainSubsets({ device, data, model }, { steps: 20, batch: 16, lr: 5e-3 }, [everything], [{ seed: 1, list: 0 }]);
      const { images, labels, count: tests } = textures.test;
      const rows = await predict(
        device,
        model,
        trained,
        Array.from({ length: tests }, (_, n) => Float32Array.from(images.subarray(256 * n, 256 * (n + 1)), (value) => value / 255)),
      );
      const right = rows.filter((row, n) => row.indexOf(Math.max(...row)) === labels[n]).length;
      expect(right / tests).toBeGreaterThan(0.8);
      trained.destroy();
    });
  });
}
