import { type BoundProgram, constant, crossEntropy, ForwardPass, ParameterSet, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError, permute, sampleKey } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { packBytes } from '@kindling/data';
import { categoricalProgram } from '@kindling/datagen';
import type { Device, Traffic } from '@kindling/device';
import { scoreProgram } from '@kindling/kernels';
import { type ClassEvaluation, Evaluator } from '../evaluator.js';
import { adaptiveCnn, type ModelSpec } from '../models.js';
import { PreparedData, trainingItems } from '../natural.js';
import { noTime, type PhaseTime } from '../phase.js';
import { classWeightsProgram, weightedGatherProgram } from './programs.js';

/** What the authors' notebook uses; every field may be changed. */
export interface AdaptiveOptions {
  /** `adaptive` refreshes the class weights after every epoch; `control` keeps them equal. */
  readonly arm: 'adaptive' | 'control';
  readonly epochs: number;
  readonly seeds: readonly number[];
  /** Batches an epoch and images a batch; 10 and 20. */
  readonly batches?: number;
  readonly batch?: number;
  /** Training and validation images a class; 800 and 200. */
  readonly trainPerClass?: number;
  readonly validationPerClass?: number;
  /** Adam's learning rate; 1e-3. */
  readonly lr?: number;
  /** Stops the training after the epoch in flight. */
  readonly signal?: AbortSignal | undefined;
  /** Is told how many epochs are done, after each. */
  readonly onEpoch?: (done: number) => void;
  /** Called after each epoch; training waits for it. What it does is in no part of the time but the total. */
  readonly between?: (look: AdaptiveLook) => void | Promise<void>;
}

/** Where the training stands after an epoch, for somebody who watches. The GPU is idle. */
export interface AdaptiveLook {
  /** Epochs that are done. */
  readonly epoch: number;
  /** What the epoch asked of the device, its validation included. */
  readonly traffic: Traffic;
  readonly parameters: ParameterSet;
  readonly model: ModelSpec;
  /** The last training batch [M, B, C, H, W] f32, where it lies on the GPU. */
  readonly images: GPUBuffer;
  /** Reads back what the first seed's epochs from `first` (0-based) on left: a wait for the GPU. */
  read(first: number): Promise<AdaptiveEpoch[]>;
}

/** One epoch of one model. */
export interface AdaptiveEpoch {
  /** Mean training loss of the epoch's batches, and the loss of each. */
  readonly loss: number;
  readonly losses: readonly number[];
  /** Validation accuracy of each class after the epoch, and the weights that follow from it. */
  readonly accuracy: readonly number[];
  readonly weights: readonly number[];
}

export interface AdaptiveResult extends ClassEvaluation {
  readonly seed: number;
  readonly epochs: readonly AdaptiveEpoch[];
  /** Seconds; each of the models that trained together has its share. Getting a batch is part of `train`; `evaluate` is validation and the test. */
  readonly time: PhaseTime & { readonly total: number };
  /** Mean over classes of the last validation. */
  readonly validationAccuracy: number;
  readonly parameters: ParameterSet;
  /** Which model of the parameter set this is. */
  readonly model: number;
}

/**
 * Training and validation items of each class: the first trainPerClass + validationPerClass of the class in a fixed shuffle.
 * @throws InputError where a class has too few images
 */
export function splitByClass(data: NaturalData, train: number, validation: number) {
  const { labels, count } = data.train;
  // The same split for every seed, so that a model gets what it gets alone.
  const key = sampleKey(0, 'shuffle', 0xffffffff);
  const perClass: number[][] = Array.from({ length: data.classes }, () => []);
  for (let i = 0; i < count; i++) {
    const item = permute(count, key, i);
    perClass[labels[item]!]!.push(item);
  }
  const short = perClass.findIndex((items) => items.length < train + validation);
  if (short >= 0) {
    throw new InputError({
      subject: 'adaptive',
      got: `${perClass[short]!.length} training images of class ${short}`,
      expected: `at least ${train + validation} a class (${train} to train on, ${validation} to validate)`,
      next: 'use a larger data set, or ask for fewer images a class',
    });
  }
  return {
    train: Uint32Array.from(perClass.flatMap((items) => items.slice(0, train))),
    validation: perClass.flatMap((items) => items.slice(train, train + validation)),
  };
}

/**
 * The adaptive-class experiment: batches whose classes are drawn by weights w_c = (1 − accuracy_c) + 0.1, refreshed on the GPU from a validation
 * after every epoch; `control` keeps them equal. All seeds train along the models axis. Nothing but the final results is read back, and
 * nothing is written from the host between epochs.
 * @throws InputError where the data is too small, InterruptedError when the signal fires
 */
export async function runAdaptive(device: Device, data: NaturalData, options: AdaptiveOptions): Promise<AdaptiveResult[]> {
  const { arm, epochs, seeds, batches = 10, batch = 20, trainPerClass = 800, validationPerClass = 200, lr = 1e-3 } = options;
  const { signal, onEpoch, between } = options;
  const { channels, height, width, classes } = data;
  const models = seeds.length;
  const started = performance.now();
  const time = noTime();
  let last = started;
  /** What went on since the last call was this. */
  const spent = (part: keyof PhaseTime): void => {
    const now = performance.now();
    time[part] += (now - last) / 1000;
    last = now;
  };
  const pixels = channels * height * width;
  const split = splitByClass(data, trainPerClass, validationPerClass);
  const held = trainingItems(data, split.validation);
  const prepared = new PreparedData(device, data);
  const buffers = {
    seeds: device.upload('seeds', Uint32Array.from(seeds)),
    items: device.upload('items by class', split.train),
    heldImages: device.upload('validation images', packBytes(held.images)),
    heldLabels: device.upload('validation labels', packBytes(held.labels)),
    weights: device.upload('class weights', new Float32Array(models * classes).fill(1)),
    log: device.buffer('class log', 4 * models * epochs * 2 * classes),
    counter: device.buffer('epoch counter', 8),
    rows: device.buffer('validation rows', 8 * models * held.count),
    state: device.buffer('validation state', 16),
  };
  // Packing and uploading are in the total alone, as in other trials.
  last = performance.now();
  const model = adaptiveCnn(channels, height, width);
  const parameters = new ParameterSet(device, model.parameters(classes), models);
  parameters.initialise(seeds);
  const { step } = await TrainingStep.compile(device, {
    parameters,
    inputs: { x: { shape: [batch, channels, height, width] }, labels: { shape: [batch], dtype: 'u32' } },
    loss: (p, x) => crossEntropy(model.forward(p, x), x.labels!),
    optimizer: { schedule: constant(lr), steps: epochs * batches },
    history: Math.max(1024, epochs * batches),
    source: ({ x, labels, state }) => {
      const common = { state: state!, seeds: buffers.seeds };
      return [
        {
          program: categoricalProgram({ batch, models, categories: classes, stream: 'selection', traits: device.traits }),
          resources: { ...common, weights: buffers.weights, chosen: labels! },
        },
        {
          program: weightedGatherProgram(batch, models, pixels, trainPerClass, device.traits),
          resources: { ...common, items: buffers.items, images: prepared.train!.images, y: labels!, x: x! },
        },
      ];
    },
  });
  const heldBatch = Math.min(500, held.count);
  const heldSplit = { count: held.count, images: buffers.heldImages, labels: buffers.heldLabels };
  const { pass: validation } = await ForwardPass.compile(device, {
    parameters,
    inputs: { x: { shape: [heldBatch, channels, height, width] }, labels: { shape: [heldBatch], dtype: 'u32' } },
    model: model.forward,
    before: ({ x, labels }) => [
      prepared.gather(heldSplit, heldBatch, false, { state: buffers.state, seeds: buffers.seeds, x: x!, y: labels! }, models),
    ],
    after: ({ labels }, output): BoundProgram[] => [
      {
        program: scoreProgram({
          n: heldBatch,
          o: classes,
          total: held.count,
          models,
          logitsStride: output.modelStride,
          labelsStride: models === 1 ? 0 : heldBatch,
        }),
        resources: { logits: output.resource, labels: labels!, rows: buffers.rows, state: buffers.state },
      },
    ],
  });
  const refresh = classWeightsProgram({ models, classes, total: held.count, epochs, floor: 0.1, frozen: arm === 'control' });
  await device.compile([refresh]);
  const group = device.bindGroup(refresh, {
    rows: buffers.rows,
    labels: buffers.heldLabels,
    weights: buffers.weights,
    log: buffers.log,
    counter: buffers.counter,
  });
  const owned = [step, validation, prepared, ...Object.values(buffers)];
  const release = (): void => {
    for (const owner of owned) owner.destroy();
  };
  /** Epochs first .. end − 1 of one model, read back. */
  const readEpochs = async (m: number, first: number, end: number): Promise<AdaptiveEpoch[]> => {
    const records = await step.read(first * batches, (end - first) * batches, m);
    const log = await device.readF32(buffers.log, 2 * classes * (m * epochs + first), 2 * classes * (end - first));
    return Array.from({ length: end - first }, (_, epoch): AdaptiveEpoch => {
      const at = 2 * classes * epoch;
      const losses = records.slice(epoch * batches, (epoch + 1) * batches).map(({ loss }) => loss);
      return {
        loss: losses.reduce((sum, loss) => sum + loss, 0) / batches,
        losses,
        accuracy: [...log.subarray(at, at + classes)],
        weights: [...log.subarray(at + classes, at + 2 * classes)],
      };
    });
  };
  await device.wait();
  spent('compile');
  for (let epoch = 0; epoch < epochs; epoch++) {
    if (signal?.aborted) {
      release();
      parameters.destroy();
      throw new InterruptedError({
        subject: 'adaptive',
        got: `a stop after epoch ${epoch} of ${epochs}`,
        expected: 'to run to the end',
        next: 'run again: the training starts from its first epoch',
      });
    }
    // Two submits, so that the clock on the wall tells them apart: validation is no part of training.
    last = performance.now();
    const before = device.meter.snapshot();
    device.submit((encoder) => {
      const train = encoder.beginComputePass();
      for (let i = 0; i < batches; i++) {
        step.encodeData(train);
        step.encodeTrain(train);
      }
      train.end();
    });
    await device.wait();
    spent('train');
    device.submit((encoder) => {
      encoder.clearBuffer(buffers.state);
      const validate = encoder.beginComputePass();
      for (let i = 0; i < Math.ceil(held.count / heldBatch); i++) validation.encode(validate);
      device.dispatch(validate, refresh, group);
      validate.end();
    });
    // Keeps the queue short, so that an interrupt is noticed.
    await device.wait();
    spent('evaluate');
    onEpoch?.(epoch + 1);
    const read = (first: number): Promise<AdaptiveEpoch[]> => readEpochs(0, first, epoch + 1);
    await between?.({ epoch: epoch + 1, traffic: device.meter.since(before), parameters, model, images: step.inputs.x!, read });
  }
  last = performance.now();
  const evaluator = await Evaluator.create(device, model, parameters, prepared);
  spent('compile');
  const evaluations = await evaluator.evaluateAll();
  spent('evaluate');
  const whole = { ...time, total: (performance.now() - started) / 1000 };
  const shares = Object.fromEntries(Object.entries(whole).map(([part, seconds]) => [part, seconds / models])) as unknown as typeof whole;
  const results: AdaptiveResult[] = [];
  for (const [m, seed] of seeds.entries()) {
    const rows = await readEpochs(m, 0, epochs);
    const final = rows.at(-1)!.accuracy;
    results.push({
      ...evaluations[m]!,
      seed,
      epochs: rows,
      time: shares,
      validationAccuracy: final.reduce((sum, accuracy) => sum + accuracy, 0) / classes,
      parameters,
      model: m,
    });
  }
  evaluator.destroy();
  release();
  return results;
}
