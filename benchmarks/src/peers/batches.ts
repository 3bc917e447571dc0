import { ForwardPass, ParameterSet } from '@kindling/autograd';
import { imageBuffers, openGeneration } from '../generate/kindling.js';
import { peerGenerators, requireBinary } from '../generate/peers.js';
import type { Bench } from '../suite/bench.js';
import { recipe as binary, fixedBatch, model, problem, specs } from '../workload.js';
import { requireLogits } from './forward-reference.js';
import { openTorchWork } from './torch.js';

const { batch, side } = problem;
const images = { amount: batch, unit: 'image' } as const;

const kindlingBatch: Bench = {
  set: 'peers',
  name: 'random binary batch',
  async open(host) {
    const buffers = imageBuffers(host, batch * side ** 2);
    const body = await openGeneration(host, buffers, binary, batch, 'f32');
    return {
      run: (times) => body.run(times),
      begin: (round) => body.begin?.(round),
      check: async () => requireBinary((await host.device.readF32(buffers.x)).subarray(0, batch * side ** 2)),
      work: images,
      destroy() {
        body.destroy();
        for (const buffer of [buffers.x, buffers.packed]) buffer.destroy();
      },
    };
  },
};

/** Another engine's random binary batch, left where it trains; each is checked when it opens. */
const otherBatches = (): Bench[] =>
  Object.entries(peerGenerators).map(([engine, { open }]) => ({
    set: 'peers',
    name: 'random binary batch',
    engine,
    async open(host) {
      const body = await open(host);
      return { run: (times) => body.run(times), work: images, destroy: () => body.destroy() };
    },
  }));

const torchBatch: Bench = {
  set: 'peers',
  name: 'random binary batch',
  engine: 'torch',
  async open() {
    const torch = await openTorchWork('batch');
    return {
      run: (times) => torch.run(times),
      check: async () => requireBinary(await torch.result()),
      work: images,
      destroy: torch.destroy,
    };
  },
};

const kindlingForward: Bench = {
  set: 'peers',
  name: 'forward pass',
  async open(host) {
    const { device } = host;
    const parameters = new ParameterSet(device, specs);
    parameters.initialise([problem.seed]);
    const inputs = { x: { shape: [batch, 1, side, side] } };
    const { pass } = await ForwardPass.compile(device, { parameters, inputs, model: model.forward });
    device.write(pass.inputs.x!, fixedBatch().x.data);
    return {
      async run(times) {
        pass.run(times);
        await host.settle(device.gpu);
      },
      check: async () => requireLogits((await device.readF32(pass.output.resource)).subarray(0, batch * problem.classes)),
      work: images,
      destroy() {
        pass.destroy();
        parameters.destroy();
      },
    };
  },
};

const torchForward: Bench = {
  set: 'peers',
  name: 'forward pass',
  engine: 'torch',
  async open() {
    const torch = await openTorchWork('forward');
    return {
      run: (times) => torch.run(times),
      check: async () => requireLogits(await torch.result()),
      work: images,
      destroy: torch.destroy,
    };
  },
};

/** Random binary batches and forward passes, Kindling's first; `wanted` are engines by the names of `bench step`. */
export const peerBenches = (wanted: readonly string[] | undefined): Bench[] => {
  const all = [kindlingBatch, ...otherBatches(), torchBatch, kindlingForward, torchForward];
  // `jax-js-jit` and `jax-js` are one engine here: both make their batches in one jitted function.
  const asked = (engine: string): boolean => !wanted || wanted.some((name) => name === engine || name.startsWith(`${engine}-`));
  return all.filter(({ engine }) => engine === undefined || asked(engine));
};
