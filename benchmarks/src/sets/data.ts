import type { Host } from '../host.js';
import type { Bench, Body } from '../suite/bench.js';
import { problem } from '../workload.js';
import { LOOKED_AT, learned, replayed, sameLosses, trained } from './losses.js';
import { openSource, type SourceName, sourceNames } from './sources.js';
import { openTraining } from './training.js';

const { batch, side } = problem;

/** Bytes from the host to the GPU, and from files, a batch: counted, not computed. */
class Counter {
  private readonly host: Host;
  private readonly read: () => number;
  private start: { sent: number; read: number } | undefined;
  private batches = 0;

  constructor(host: Host, read: () => number) {
    this.host = host;
    this.read = read;
  }

  async count(batches: number, work: () => Promise<void>): Promise<void> {
    const { meter } = this.host.device;
    const before = { sent: meter.snapshot().hostToGpuBytes, read: this.read() };
    await work();
    const { sent, read } = this.start ?? { sent: 0, read: 0 };
    this.start = { sent: sent + meter.snapshot().hostToGpuBytes - before.sent, read: read + this.read() - before.read };
    this.batches += batches;
  }

  get facts() {
    const each = (bytes: number | undefined): number => (this.batches === 0 ? 0 : (bytes ?? 0) / this.batches);
    return { hostToGpuBytes: each(this.start?.sent), fileBytes: each(this.start?.read), images: batch };
  }
}

async function openBatches(host: Host, name: SourceName): Promise<Body> {
  const { device } = host;
  const source = await openSource(host, name);
  const buffers = {
    x: device.buffer('x', 4 * batch * side ** 2),
    y: device.buffer('y', 4 * batch),
    state: device.buffer('state', 16),
    seeds: device.upload('seeds', Uint32Array.of(problem.seed)),
  };
  const bound = source.bind(buffers, 1);
  await device.compile(bound.map(({ program }) => program));
  const dispatches = bound.map(({ program, resources }) => ({ program, group: device.bindGroup(program, resources) }));
  const counter = new Counter(host, () => source.host?.bytesRead ?? 0);
  let step = 0;
  const onHost = (times: number): void => {
    for (let i = 0; i < times; i++) {
      source.host!.load(step++);
      source.host!.upload();
      // A write waits for the next submit, which in training is the step that eats the batch.
      device.gpu.queue.submit([]);
    }
  };
  const onDevice = (times: number): void =>
    device.submit((encoder) => {
      const pass = encoder.beginComputePass();
      for (let i = 0; i < times; i++) for (const { program, group } of dispatches) device.dispatch(pass, program, group);
      pass.end();
    });
  return {
    run: (times) =>
      counter.count(times, async () => {
        (source.host ? onHost : onDevice)(times);
        await host.settle(device.gpu);
      }),
    // Another step each round, outside of the clock: the counter is what a training step would raise.
    begin: (round) => device.write(buffers.state, Uint32Array.of(round)),
    async check() {
      const [x, y] = [await device.readF32(buffers.x), await device.readU32(buffers.y)];
      const fine = x.every((value) => value >= 0 && value <= 1) && x.some((value) => value > 0.5) && y.every((label) => label < 10);
      if (!fine || new Set(y).size < 3) throw new Error('its last batch is no batch of images with ten classes');
    },
    get facts() {
      return counter.facts;
    },
    work: { amount: batch, unit: 'image' },
    destroy() {
      source.destroy();
      for (const buffer of Object.values(buffers)) buffer.destroy();
    },
  };
}

async function openStep(host: Host, name: SourceName): Promise<Body> {
  const training = await openTraining(host, await openSource(host, name));
  const counter = new Counter(host, () => training.source.host?.bytesRead ?? 0);
  const first = await trained(host, training);
  const again = await replayed(host, first);
  return {
    run: (times) =>
      counter.count(times, async () => {
        training.queue(times);
        await host.settle(host.device.gpu);
      }),
    async check() {
      const wrong = sameLosses(first, again) ?? learned(await training.losses(LOOKED_AT), training.done, name !== 'generated count');
      if (wrong) throw new Error(wrong);
    },
    get facts() {
      return counter.facts;
    },
    work: { amount: 1, unit: 'model step' },
    destroy: () => training.destroy(),
  };
}

/** A batch of 64 at 28×28 in f32 from each source, and the poster CNN's training step that makes or fetches its own batch. */
export const dataBenches = (): Bench[] => [
  ...sourceNames.map((name) => ({ set: 'data', name: `batch, ${name}`, open: (host: Host) => openBatches(host, name) })),
  ...sourceNames.map((name) => ({ set: 'data', name: `step on ${name}`, open: (host: Host) => openStep(host, name) })),
];
