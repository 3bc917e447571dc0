// The two ways to train: a trial (warm-up, then natural data) by the code of `kindling warmup`, and the adaptive experiment by that of `kindling sweep`.
import type { ParameterSet } from '@kindling/autograd';
import { adaptiveCnn, encodeModel, type ModelSpec, runAdaptive, runTrial, type TrialState } from '@kindling/warmup';
import type { FromWorker } from '../protocol.js';
import { type AdaptiveRecipe, EPOCH_BATCHES, isAdaptive, type PageRecipe } from '../recipe.js';
import type { Part } from './data.js';
import { Pace, Throttle } from './pace.js';
import type { RunLog } from './record.js';
import type { Session } from './session.js';
import type { KernelTimes } from './timings.js';
import type { Watch } from './watch.js';

/** A net that was trained. */
export interface Trained {
  readonly parameters: ParameterSet;
  readonly model: ModelSpec;
  readonly accuracy: number;
  readonly testLoss: number;
  readonly confusion: readonly (readonly number[])[];
  readonly note: string;
  /** Seconds on the wall, those before a resume included and those of pauses left out. */
  readonly seconds: number;
}

/** What training needs, on the session of the moment. */
export interface TrainContext {
  readonly session: Session;
  readonly part: Part;
  readonly watch: Watch;
  readonly times: KernelTimes;
  readonly log: RunLog;
  readonly post: (message: FromWorker) => void;
  readonly signal: AbortSignal;
  /** Steps between two copies of the state, and where they go. */
  readonly every: number;
  readonly keep: (state: TrialState) => void;
  /** Receives the net where it is left when the signal has fired, if no state says it. */
  readonly leave: (model: ModelSpec, values: Readonly<Record<string, Float32Array>>, step: number) => void;
  /** Seconds of pauses that training's own clock counted. */
  readonly waited: () => number;
  /** Goes on from here. */
  readonly state: TrialState | undefined;
}

/**
 * Trains a recipe to its end, and leaves the record's lines and the model in the log.
 * @throws InterruptedError when the signal fires, after the state was kept; DeviceError when the device is lost
 */
export async function train(context: TrainContext, recipe: PageRecipe): Promise<Trained> {
  const trained = isAdaptive(recipe) ? await trainAdaptive(context, recipe) : await trainTrial(context, recipe);
  const { session, log, times, watch } = context;
  await times.close();
  log.keepModel(await encodeModel(trained, recipe, 'run', session.data.facts));
  watch.end(session.device);
  return trained;
}

async function trainTrial(context: TrainContext, recipe: Exclude<PageRecipe, AdaptiveRecipe>): Promise<Trained> {
  const { session, watch, times, log, post, signal, every, keep, state } = context;
  const { device, data } = session;
  const pace = new Pace();
  await times.blockDone(device);
  const result = await runTrial(
    {
      device,
      data,
      signal,
      blockSteps: pace.blockSteps,
      observer: { mark: times.mark },
      checkpoint: { every, save: keep },
      ...(state ? { resume: state } : {}),
      onEvent: (event) => {
        log.append(event);
        const { phase, step } = event;
        if (event.type === 'train') {
          pace.took(event.losses.length, event.seconds);
          watch.trained({ phase, step, loss: event.losses, lr: event.lr, rate: event.stepsPerSecond });
        } else {
          watch.flush();
          post({ type: 'evaluation', phase, step, accuracy: event.accuracy, testLoss: event.testLoss });
        }
      },
      onPoses: ({ step, tx, ty, rotation }) => {
        log.append({ type: 'poses', step, tx, ty, rotation });
        post({ type: 'sampler', step, poses: { tx, ty, rotation } });
      },
      between: (look) => watch.blockDone(device, look, () => signal.aborted),
    },
    recipe,
  );
  const { parameters, model, index: _, ...rest } = result;
  const seconds = rest.time.total - context.waited();
  log.append({ type: 'summary', arm: recipe.arm, p: recipe.p, ...rest, time: { ...rest.time, total: seconds } });
  const { accuracy, testLoss, confusion, note } = rest;
  return { parameters, model, accuracy, testLoss, confusion, note, seconds };
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Epochs are short, and each read of one is a wait: they are read some at a time. */
const EPOCHS_MS = 200;
/** Of the notebook that the experiment comes from. */
const ADAPTIVE_LR = 1e-3;

async function trainAdaptive(context: TrainContext, recipe: AdaptiveRecipe): Promise<Trained> {
  const { session, part, watch, log, post, signal } = context;
  const { device } = session;
  const { arm, epochs, batch, seed } = recipe;
  const throttle = new Throttle(EPOCHS_MS);
  let told = 0;
  let since = performance.now();
  const results = await runAdaptive(device, part.data, {
    arm: arm === 'control' ? 'control' : 'adaptive',
    epochs,
    seeds: [seed],
    batches: EPOCH_BATCHES,
    batch,
    lr: ADAPTIVE_LR,
    signal,
    between: async ({ epoch, traffic, parameters, model, images, read }) => {
      if (throttle.due() || epoch === epochs) {
        const rows = await read(told);
        const seconds = Math.max((performance.now() - since) / 1000, 1e-6);
        const stepsPerSecond = (EPOCH_BATCHES * rows.length) / seconds;
        rows.forEach(({ loss, losses, accuracy, weights }, i) => {
          const step = EPOCH_BATCHES * (told + i + 1);
          const values = losses.map(finite);
          const time = { seconds: seconds / rows.length, stepsPerSecond };
          log.append({ type: 'train', phase: 'natural', step, loss: finite(loss), losses: values, lr: ADAPTIVE_LR, ...time });
          log.append({ type: 'weights', step, epoch: told + i + 1, weights, accuracy });
          watch.trained({ phase: 'natural', step, loss: values, lr: ADAPTIVE_LR, rate: stepsPerSecond });
        });
        told += rows.length;
        since = performance.now();
        const { weights, accuracy } = rows.at(-1)!;
        post({ type: 'weights', epoch, epochs, weights, accuracy });
      }
      const block = { phase: 'natural', step: EPOCH_BATCHES * epoch, steps: EPOCH_BATCHES, traffic, parameters, model } as const;
      await watch.blockDone(device, { ...block, images: () => images }, () => signal.aborted);
      if (signal.aborted) context.leave(model, await parameters.read(), block.step);
    },
  });
  const { parameters, accuracy, testLoss, confusion, time, validationAccuracy } = results[0]!;
  const step = EPOCH_BATCHES * epochs;
  watch.flush();
  log.append({ type: 'eval', phase: 'natural', step, accuracy, testLoss });
  post({ type: 'evaluation', phase: 'natural', step, accuracy, testLoss });
  const seconds = time.total - context.waited();
  log.append({ type: 'summary', arm, accuracy, testLoss, confusion, validationAccuracy, time: { ...time, total: seconds } });
  const note =
    arm === 'control' ? 'classes drawn with equal weights' : 'classes drawn by weights that follow the validation accuracy of each';
  const { channels, height, width } = part.data;
  return { parameters, model: adaptiveCnn(channels, height, width), accuracy, testLoss, confusion, note, seconds };
}
