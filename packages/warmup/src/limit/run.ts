import { crossEntropy, oneCycle, ParameterSet, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import type { Split } from '@kindling/data';
import { planGeneration, type RecipeInput } from '@kindling/datagen';
import { type BoundPasses, bindPasses, type Device, type Traffic } from '@kindling/device';
import { modelOf } from '../models.js';
import type { ImageFacts } from '../natural.js';
import { blockSize, noTime, PhaseRunner, type PhaseTime } from '../phase.js';
import { type Reading, readHalf } from './score.js';

/** A net that is trained on generated images from the first step to the last. */
export interface LimitOptions {
  readonly facts: ImageFacts;
  /** Of every batch; see `limitGenerator`. */
  readonly generator: RecipeInput;
  /** f32 [classes, C·H·W] in 0 .. 1, where the generator moves natural images. There is no other way in for natural training images. */
  readonly base?: Float32Array<ArrayBuffer> | undefined;
  /** Name of a built-in model. */
  readonly model: string;
  readonly steps: number;
  readonly batch: number;
  /** Peak of the OneCycle. */
  readonly learningRate: number;
  /** They train together, and each ends with the bits that it has alone. */
  readonly seeds: readonly number[];
  /** Images to read in the end. */
  readonly read: Split;
  readonly signal?: AbortSignal | undefined;
  /** Steps done, and the mean loss since the last call. */
  readonly onProgress?: ((done: number, loss: number) => void) | undefined;
}

/** Bytes that crossed to the GPU before the last training step. */
export interface LimitLedger {
  /** Of the natural images: all that the net could learn of them. */
  readonly natural: number;
  /** Before the first step: initial weights, schedule, tables of the generator, and the natural images. */
  readonly setup: number;
  /** By all steps together. */
  readonly training: number;
}

export interface LimitResult extends Reading {
  readonly seed: number;
  /** Seconds, this seed's share. */
  readonly time: PhaseTime & { readonly total: number };
  /** Mean training loss of the last block of steps. */
  readonly trainLoss: number;
  readonly ledger: LimitLedger;
}

/** @throws InputError where the generator's natural images are missing, or given and not asked for */
function requireBase(external: boolean, base: Float32Array | undefined): void {
  if (external === (base !== undefined)) return;
  throw new InputError({
    subject: 'runLimit: base',
    got: base ? 'images' : 'none',
    expected: external ? 'the images that the generator moves' : 'none: the generator reads no natural image',
    next: 'make the generator with limitGenerator, and pass base where it has a natural part',
  });
}

/**
 * Trains a net per seed on generated images alone and reads a half of natural images with each.
 * @throws InputError for options that do not go together; InterruptedError when the signal fires; DeviceError when the device is lost
 */
export async function runLimit(device: Device, options: LimitOptions): Promise<LimitResult[]> {
  const started = performance.now();
  const { facts, steps, batch, seeds: seedValues, base } = options;
  const { channels, height, width, classes } = facts;
  const models = seedValues.length;
  const before = device.meter.snapshot();
  const model = modelOf(options, facts);
  const passes = planGeneration({ recipe: options.generator, batch, models, traits: device.traits });
  requireBase(
    passes.passes.some(({ resources }) => Object.values(resources).includes('base')) && !passes.buffers.some(({ name }) => name === 'base'),
    base,
  );
  const parameters = new ParameterSet(device, model.parameters(classes), models);
  parameters.initialise(seedValues);
  const seeds = device.upload('seeds', Uint32Array.from(seedValues));
  const images = base ? { base: device.upload('base images', base) } : {};
  let generation: BoundPasses | undefined;
  const time = noTime();
  const { step, seconds } = await TrainingStep.compile(device, {
    parameters,
    inputs: {
      x: { shape: [batch, channels, height, width] },
      labels: { shape: [batch], dtype: 'u32' },
      // For ops that draw while they train, such as dropout.
      seeds: { shape: [1], dtype: 'u32', from: { resource: seeds, modelStride: 1 } },
    },
    loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
    optimizer: { schedule: oneCycle({ maxLr: options.learningRate, totalSteps: steps }), steps },
    source: ({ x, labels, state }) => {
      generation = bindPasses(device, passes, { x: x!, y: labels!, state: state!, seeds, ...images });
      return generation.dispatches;
    },
  });
  time.compile += seconds;
  const runner = new PhaseRunner(device, step, { source: 'generate', models }, time);
  await runner.prepare();
  const ready = device.meter.snapshot();
  const trainLoss = await train(device, runner, options);
  const ledger = ledgerOf(base, before, ready, device.meter.snapshot());
  const scoring = performance.now();
  const readings = await readHalf(device, model, parameters, options.read);
  time.evaluate += (performance.now() - scoring) / 1000;
  for (const owner of [runner, step, generation!, parameters, seeds, ...Object.values(images)]) owner.destroy();
  const total = (performance.now() - started) / 1000;
  const shares = Object.fromEntries(Object.entries({ ...time, total }).map(([part, spent]) => [part, spent / models]));
  return readings.map((reading, m) => ({
    seed: seedValues[m]!,
    ...reading,
    time: shares as unknown as LimitResult['time'],
    trainLoss: trainLoss[m]!,
    ledger,
  }));
}

const ledgerOf = (base: Float32Array | undefined, before: Traffic, ready: Traffic, after: Traffic): LimitLedger => ({
  natural: base?.byteLength ?? 0,
  setup: ready.hostToGpuBytes - before.hostToGpuBytes,
  training: after.hostToGpuBytes - ready.hostToGpuBytes,
});

const interrupted = (done: number, steps: number): InterruptedError =>
  new InterruptedError({
    subject: 'limit',
    got: `a stop after step ${done} of ${steps}`,
    expected: 'to run to the end',
    next: 'run again: it starts from its first step',
  });

/** All steps, block by block. Returns each model's mean loss over the last block. */
async function train(device: Device, runner: PhaseRunner, { steps, signal, onProgress }: LimitOptions): Promise<number[]> {
  let means: number[] = [];
  for (let at = 0; at < steps; ) {
    if (signal?.aborted) throw interrupted(at, steps);
    const count = blockSize(device, at, steps, 0);
    const { done, records } = await runner.run(at, count);
    means = records.map((own) => own.reduce((sum, { loss }) => sum + loss, 0) / count);
    at = done;
    onProgress?.(at, means.reduce((sum, mean) => sum + mean, 0) / means.length);
  }
  return means;
}
