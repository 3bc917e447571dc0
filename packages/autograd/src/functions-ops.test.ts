import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import type { Tensor } from './index.js';
import * as k from './index.js';

/** A model's loss over x [2, 3] with the gradient that f64 differences of `f` give. */
interface Chain {
  readonly name: string;
  graph(x: Tensor, eager: k.Eager): Tensor;
  f(x: readonly number[]): number;
}

const rows = (x: readonly number[]) => [x.slice(0, 3), x.slice(3)];
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

const chains: Chain[] = [
  {
    name: 'broadcast arithmetic with a reduction in it',
    graph: (x) => k.sum(k.square(k.div(k.sub(x, k.mean(x, { axes: [1], keepdim: true })), k.add(k.exp(x), k.scale(k.neg(x), -2, 3))))),
    f: (x) => total(rows(x).flatMap((row) => row.map((v) => ((v - total(row) / 3) / (Math.exp(v) + 2 * v + 3)) ** 2))),
  },
  {
    name: 'log_softmax, gather and concat',
    graph: (x, eager) => {
      const index = eager.tensor([1, 1, 0], [3], { dtype: 'u32' });
      return k.mean(k.mul(k.gather(k.logSoftmax(x), index), k.concat([x, k.slice(x, [1, 0], [1, 3])], 0)));
    },
    f: (x) => {
      const logs = rows(x).map((row) => row.map((v) => v - Math.log(total(row.map(Math.exp)))));
      const [a, b] = rows(x);
      return (
        total([...logs[1]!.map((l, i) => l * a![i]!), ...logs[1]!.map((l, i) => l * b![i]!), ...logs[0]!.map((l, i) => l * b![i]!)]) / 9
      );
    },
  },
  {
    name: 'transpose, pad, max and topk',
    graph: (x) => {
      const tall = k.pad(k.transpose(x), [0, 1], [1, 0], 0.01);
      const { values } = k.topk(k.tanh(x), 2);
      return k.add(k.sum(k.mul(k.max(tall, { axes: [-1] }), k.max(tall, { axes: [1] }))), k.sum(k.sigmoid(values)));
    },
    f: (x) => {
      const [a, b] = rows(x);
      const tallest = a!.map((v, i) => Math.max(0.01, v, b![i]!) ** 2);
      const best = rows(x).flatMap((row) => [...row].sort((p, q) => q - p).slice(0, 2));
      return total(tallest) + 0.01 ** 2 + total(best.map((v) => 1 / (1 + Math.exp(-Math.tanh(v)))));
    },
  },
  {
    name: 'embedding, gelu, sqrt and log',
    graph: (x, eager) => {
      const index = eager.tensor([0, 1, 1, 0], [2, 2], { dtype: 'u32' });
      const y = k.embedding(index, k.log(k.add(k.sqrt(k.square(x)), eager.tensor([1], []))));
      return k.sum(k.gelu(y, { approximate: 'tanh' }));
    },
    f: (x) => {
      const y = x.map((v) => Math.log(Math.abs(v) + 1));
      return 2 * total(y.map((v) => (v / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (v + 0.044715 * v ** 3)))));
    },
  },
];

describe.each(await testAdapters())('functions on %s', (kind) => {
  const x = [0.3, -0.7, 1.2, 0.9, -0.2, 0.5];

  it.each(chains)('differentiates $name', async ({ graph, f }) => {
    const eager = new k.Eager(await testDevice(kind));
    const leaf = eager.tensor(x, [2, 3], { grad: true });
    const loss = graph(leaf, eager);
    expect(loss.shape).toEqual([]);
    expect((await eager.read(loss))[0]).toBeCloseTo(f(x), 5);
    eager.backward(loss);
    const got = await eager.read(eager.grad(leaf));
    x.forEach((value, i) => {
      const slope = (f(x.with(i, value + 1e-5)) - f(x.with(i, value - 1e-5))) / 2e-5;
      expect(got[i]).toBeCloseTo(slope, 5);
    });
    eager.destroy();
  });

  it('returns indices', async () => {
    const eager = new k.Eager(await testDevice(kind));
    const leaf = eager.tensor(x, [2, 3]);
    expect([...(await eager.read(k.argmax(leaf, { axes: [1] })))]).toEqual([2, 0]);
    expect([...(await eager.read(k.argsort(leaf, { descending: true })))]).toEqual([2, 0, 1, 0, 2, 1]);
    expect([...(await eager.read(k.topk(leaf, 1, { largest: false }).index))]).toEqual([1, 1]);
    expect([...(await eager.read(k.oneHot(k.argmax(leaf, { axes: [1] }), 3)))]).toEqual([0, 0, 1, 1, 0, 0]);
    eager.destroy();
  });

  it('trains two models with dropout in one compiled step, each with the bits of its solo run', async () => {
    const device = await testDevice(kind);
    const specs = { first: k.layer([16, 6], [16]).weight, second: k.layer([4, 16], [4]).weight };
    const inputs = {
      x: { shape: [8, 6] },
      labels: { shape: [8], dtype: 'u32' },
      state: { shape: [1], dtype: 'u32' },
      seeds: { shape: [1], dtype: 'u32' },
    } as const;
    const loss: k.Model = (p, { x, labels, state, seeds }) => {
      const hidden = k.dropout(k.gelu(k.linear(x!, p.first!)), { p: 0.25, state: state!, seeds: seeds! });
      return k.crossEntropy(k.linear(hidden, p.second!), labels!);
    };
    const train = async (seeds: readonly number[]) => {
      const parameters = new k.ParameterSet(device, specs, seeds.length);
      parameters.initialise(seeds);
      const { step } = await k.TrainingStep.compile(device, {
        parameters,
        inputs,
        loss,
        optimizer: { schedule: seeds.map(() => k.constant(0.02)), steps: 60 },
      });
      seeds.forEach((seed, model) => {
        device.write(
          step.inputs.x!,
          Float32Array.from({ length: 48 }, (_, i) => Math.sin(i * i)),
          192 * model,
        );
        device.write(
          step.inputs.labels!,
          Uint32Array.from({ length: 8 }, (_, i) => i % 4),
          32 * model,
        );
        device.write(step.inputs.seeds!, Uint32Array.of(seed), 4 * model);
      });
      step.run(60);
      const records = await step.read(0, 60);
      const weights = await Promise.all(seeds.map((_, model) => parameters.read(model)));
      step.destroy();
      return { losses: records.map((record) => record.loss), weights };
    };
    const both = await train([5, 9]);
    expect(both.losses.at(-1)!).toBeLessThan(0.7 * both.losses[0]!);
    expect((await train([9])).weights[0]).toEqual(both.weights[1]);
  });
});
