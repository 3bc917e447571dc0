import type { Host } from '../host.js';
import { problem } from '../workload.js';
import type { BatchBuffers, BatchSource } from './sources.js';
import { openTraining, type Training } from './training.js';

/** What a source gave to a training step, and what the step made of it. */
export interface TrainedStep {
  readonly x: Float32Array<ArrayBuffer>;
  readonly labels: Uint32Array<ArrayBuffer>;
  readonly loss: number;
}

/** Steps whose batches are trained on once more: the first shows the batch, those after it the weights. */
const REPLAYED = 3;
/** Of the loss. The same kernels run on the same numbers, so that next to nothing may differ. */
const TOLERANCE = 1e-5;

/** Last steps whose mean loss says whether anything was learned. */
export const LOOKED_AT = 10;
/** Steps below which that is not asked. */
export const JUDGED_FROM = 150;
/** How far below chance the loss must have come by then where there is something to learn, and how near it must stay where there is not. */
const MARGIN = 0.3;

/** Trains the first steps one by one, and keeps their batches. */
export async function trained(host: Host, training: Training): Promise<TrainedStep[]> {
  const steps: TrainedStep[] = [];
  const { x, labels } = training.step.inputs;
  for (let i = 0; i < REPLAYED; i++) {
    training.queue(1);
    const loss = await training.loss();
    steps.push({ x: await host.device.readF32(x!), labels: await host.device.readU32(labels!), loss });
  }
  return steps;
}

/** Losses of another training from the same weights to which the host uploads these very batches. */
export async function replayed(host: Host, steps: readonly TrainedStep[]): Promise<number[]> {
  let buffers: BatchBuffers | undefined;
  let now = steps[0]!;
  const source: BatchSource = {
    bind(given) {
      buffers = given;
      return [];
    },
    host: {
      load(step) {
        now = steps[step]!;
      },
      upload() {
        host.device.write(buffers!.x, now.x);
        host.device.write(buffers!.y, now.labels);
      },
      bytesRead: 0,
    },
    destroy: () => undefined,
  };
  const training = await openTraining(host, source);
  try {
    for (const _ of steps) training.queue(1);
    return await training.losses(steps.length);
  } finally {
    training.destroy();
  }
}

/** What is wrong with losses that another source has on the same batches; undefined where nothing is. */
export function sameLosses(steps: readonly TrainedStep[], again: readonly number[]): string | undefined {
  const odd = steps.findIndex(({ loss }, i) => !(Math.abs(loss - again[i]!) <= TOLERANCE * Math.max(1, Math.abs(again[i]!))));
  return odd < 0 ? undefined : `loss ${steps[odd]!.loss} at step ${odd}, and ${again[odd]} where the host uploads the same batches`;
}

/**
 * What is wrong with the last losses after `done` steps; undefined where nothing is, or where it is too early to say. No batch was trained on before, so
 * its loss is one on images held out; single batches scatter, so the mean counts.
 * @param learnable whether labels follow from images: the loss must fall, and otherwise stay
 */
export function learned(last: readonly number[], done: number, learnable: boolean): string | undefined {
  const mean = last.reduce((sum, loss) => sum + loss, 0) / last.length;
  if (!Number.isFinite(mean)) return `a loss that is not finite after ${done} steps`;
  if (done < JUDGED_FROM) return undefined;
  const chance = Math.log(problem.classes);
  const fine = learnable ? mean < chance - MARGIN : Math.abs(mean - chance) < MARGIN;
  const expected = learnable
    ? `below ${(chance - MARGIN).toFixed(2)}`
    : `near ${chance.toFixed(2)}, as its labels say nothing of the images`;
  return fine ? undefined : `a loss of ${mean.toFixed(3)} after ${done} steps, expected ${expected}`;
}
