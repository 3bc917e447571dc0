import { residentSource } from '@kindling/data';
import { loadMnist, openDisk } from '@kindling/data/node';
import { Stopwatch } from '@kindling/device';
import { Evaluator, PreparedData } from '@kindling/warmup';
import type { Host } from '../host.js';
import { type BatchSource, gatherSource, openSource } from '../sets/sources.js';
import { openTraining } from '../sets/training.js';
import { model } from '../workload.js';
import { type Contestant, LEARNING_RATE, noSeconds, type Run, type Seconds, type Task, timed } from './contestant.js';

type Source = 'disk' | 'resident' | 'generated';

/** The source, with what its data cost; `generated` needs none. */
async function open(host: Host, source: Source, seed: number, seconds: Seconds): Promise<BatchSource> {
  const { device } = host;
  if (source === 'generated') return openSource(host, 'generated strokes');
  if (source === 'disk') return timed(seconds, 'load', () => openSource(host, 'disk', seed));
  const bytes = await timed(seconds, 'load', async () => residentSource(await loadMnist()));
  return timed(seconds, 'upload', async () => {
    const set = { images: device.upload('images', bytes.images), labels: device.upload('labels', bytes.labels) };
    await device.wait();
    return gatherSource(host, bytes.count, set);
  });
}

async function start(host: Host, source: Source, { natural, seed }: Task): Promise<Run> {
  const { device } = host;
  const seconds = noSeconds();
  // A disk source is what keeps the training half from being uploaded here.
  const unused = await openDisk();
  const test = new PreparedData(device, natural, unused);
  unused.close();
  const batches = await open(host, source, seed, seconds);
  const training = await timed(seconds, 'compile', () => openTraining(host, batches, { lr: LEARNING_RATE, seed }));
  const evaluator = await timed(seconds, 'compile', () => Evaluator.create(device, model, training.parameters, test));
  const watch = new Stopwatch(device, 2);
  const { step } = training;

  /** On the device all of it is one submit: the first step runs in two timed passes, whose ratio divides the block. */
  const onDevice = async (steps: number): Promise<void> => {
    const began = performance.now();
    const read = await device.submitAndRead((encoder) => {
      const data = encoder.beginComputePass(watch.descriptor(0));
      step.encodeData(data);
      data.end();
      const train = encoder.beginComputePass(watch.descriptor(1));
      step.encodeTrain(train);
      train.end();
      const rest = encoder.beginComputePass();
      for (let i = 1; i < steps; i++) {
        step.encodeData(rest);
        step.encodeTrain(rest);
      }
      rest.end();
      watch.resolve(encoder);
    }, watch.ranges);
    const wall = (performance.now() - began) / 1000;
    const [data = 0, train = 1] = watch.decode(read[0]);
    const share = data / Math.max(1, data + train);
    seconds[source === 'generated' ? 'generate' : 'load'] += wall * share;
    seconds.train += wall * (1 - share);
    done += steps;
  };
  /** The host reads and uploads while the device trains: what is left of the wall time is training. */
  const onHost = async (steps: number): Promise<void> => {
    const began = performance.now();
    const before = seconds.load + seconds.upload;
    for (let i = 0; i < steps; i++) {
      await timed(seconds, 'load', () => batches.host!.load(done + i));
      await timed(seconds, 'upload', () => batches.host!.upload());
      step.run(1);
    }
    await host.settle(device.gpu);
    seconds.train += (performance.now() - began) / 1000 - (seconds.load + seconds.upload - before);
    done += steps;
  };
  let done = 0;
  return {
    seconds,
    train: batches.host ? onHost : onDevice,
    loss: async () => (await step.read(done - 1, 1))[0]!.loss,
    evaluate: () => timed(seconds, 'evaluate', async () => (await evaluator.evaluate()).accuracy),
    destroy() {
      watch.destroy();
      evaluator.destroy();
      training.destroy();
      test.destroy();
    },
  };
}

/** Kindling from each source; `generated` sees digits drawn on the device and not one natural image. */
export const kindlingContestants: readonly Contestant[] = (['generated', 'resident', 'disk'] as const).map((source) => ({
  engine: 'kindling',
  source,
  natural: source !== 'generated',
  open: (host, task) => start(host, source, task),
}));
