import { oneCycle, ParameterSet, type TrainingOptions, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import { gatherSubsetProgram, imageCut, subsetTable } from '@kindling/data';
import type { Device } from '@kindling/device';
import type { ModelSpec } from '../models.js';
import type { PreparedData } from '../natural.js';
import { blockSize, noTime, PhaseRunner, type PhaseTime } from '../phase.js';
import { parseRunRecipe } from '../recipe.js';
import { naturalLabels, trainingOf } from '../training.js';

export interface PruneContext {
  readonly device: Device;
  readonly data: PreparedData;
  readonly model: ModelSpec;
  /** Steps done of all that a call takes. */
  readonly onStep?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How every model of one call is trained: Adam, OneCycle over the steps. */
export interface SubsetPlan {
  readonly steps: number;
  readonly batch: number;
  /** Peak of the OneCycle. */
  readonly lr: number;
}

/** One model: its seed, and the number of the list of examples that it trains on. */
export interface SubsetTrial {
  readonly seed: number;
  readonly list: number;
}

/** Looks at the models while they train. */
export interface Looks {
  /** After every so many steps, and after the last. */
  readonly every: number;
  readonly look: (parameters: ParameterSet, done: number) => Promise<void>;
}

export interface TrainOptions {
  /** Seconds are added here. */
  readonly time?: PhaseTime;
  /** As many trained models, perhaps with another head: each model begins with the body of its place, under a fresh head. */
  readonly start?: ParameterSet;
}

/** Models that one training takes at once on this adapter: their weights and moments are one binding. */
export function modelsAtOnce({ device, data, model }: PruneContext, batch: number, most: number): number {
  const { channels, height, width, classes } = data.facts;
  const weights = Object.values(model.parameters(classes)).reduce(
    (sum, { shape }) => sum + 64 * Math.ceil(shape.reduce((product, size) => product * size, 1) / 64),
    0,
  );
  const limit = device.traits.maxStorageBufferBindingSize;
  // Eight planes a channel of the input stand for the widest activation; a model that has more of them fails with the buffer's name.
  const pixels = 8 * batch * channels * height * width;
  return Math.max(1, Math.min(most, Math.floor(limit / (4 * Math.max(3 * weights, pixels)))));
}

/** @throws InputError for data that is not on the device */
export function residentTrain({ data }: Pick<PruneContext, 'data'>): NonNullable<PreparedData['train']> {
  if (data.train) return data.train;
  throw new InputError({ subject: 'prune', got: 'a disk source', expected: 'resident data', next: 'use the resident source' });
}

function trainingOptions(context: PruneContext, plan: SubsetPlan, parameters: ParameterSet): TrainingOptions {
  const { data, model } = context;
  const recipe = parseRunRecipe({ p: 0, batch: plan.batch });
  const phase = { steps: plan.steps, schedule: oneCycle({ maxLr: plan.lr, totalSteps: plan.steps }), scheduleSteps: plan.steps };
  return trainingOf(recipe, data.facts, model, phase, parameters, naturalLabels(plan.batch));
}

/**
 * Trains models on lists of examples of the resident training half, all in the same dispatches, each with the bits that it has alone. A model goes through
 * its list in epochs, each shuffled by its seed.
 * @param lists item numbers, each list at least one long and each item at most once in it
 * @returns the trained set, which belongs to the caller; with no step, the models as they are initialised
 * @throws InputError for a list that is empty, or models too many for one binding; InterruptedError when the signal fires
 */
export async function trainSubsets(
  context: PruneContext,
  plan: SubsetPlan,
  lists: readonly Uint32Array[],
  trials: readonly SubsetTrial[],
  looks?: Looks,
  { time = noTime(), start }: TrainOptions = {},
): Promise<ParameterSet> {
  const { device, data, model, signal, onStep } = context;
  const train = residentTrain(context);
  const models = trials.length;
  const parameters = new ParameterSet(device, model.parameters(data.facts.classes), models);
  parameters.initialise(trials.map(({ seed }) => seed));
  const { head } = model;
  if (start) parameters.copyFrom(start, (name) => head === undefined || !name.startsWith(`${head}.`));
  if (plan.steps === 0) return parameters;
  const subsets = trials.map(({ list }) => ({ order: list, count: lists[list]?.length ?? 0 }));
  const table = device.upload('subsets', subsetTable(lists, subsets));
  const seeds = device.upload(
    'seeds',
    Uint32Array.from(trials, ({ seed }) => seed),
  );
  const { pixels } = data;
  const compiled = performance.now();
  const { step } = await TrainingStep.compile(device, {
    ...trainingOptions(context, plan, parameters),
    source: ({ x, labels, state }) => {
      const program = gatherSubsetProgram({ count: train.count, pixels, batch: plan.batch, models, traits: device.traits });
      const size = 4 * Math.ceil((train.count * pixels) / 4);
      const cut = imageCut(size, device.traits);
      const { images } = train;
      const parts =
        cut === undefined
          ? { images, rest: images }
          : { images: { buffer: images, offset: 0, size: cut }, rest: { buffer: images, offset: cut, size: size - cut } };
      return [{ program, resources: { ...parts, labels: train.labels, table, seeds, state: state!, x: x!, y: labels! } }];
    },
  });
  time.compile += (performance.now() - compiled) / 1000;
  const runner = new PhaseRunner(device, step, { source: 'load', models }, time);
  try {
    await runner.prepare();
    for (let at = 0; at < plan.steps; ) {
      if (signal?.aborted) {
        throw new InterruptedError({
          subject: 'prune',
          got: `a stop after step ${at} of ${plan.steps}`,
          expected: 'to run to the end',
          next: 'run the command again',
        });
      }
      const due = looks ? Math.min(plan.steps, (Math.floor(at / looks.every) + 1) * looks.every) : plan.steps;
      ({ done: at } = await runner.run(at, blockSize(device, at, due, 0)));
      onStep?.(at, plan.steps);
      if (looks && at === due) await looks.look(parameters, at);
    }
  } catch (error) {
    parameters.destroy();
    throw error;
  } finally {
    for (const owner of [runner, step, table, seeds]) owner.destroy();
  }
  return parameters;
}
