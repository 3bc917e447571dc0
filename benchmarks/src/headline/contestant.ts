import type { NaturalData } from '@kindling/data';
import type { Host } from '../host.js';

/** What a training run's seconds go to, in the order of the figure. */
export const components = ['compile', 'generate', 'load', 'upload', 'train'] as const;
/** Evaluations are timed too, but off the clock: how often one looks is no property of training. */
export type ComponentName = (typeof components)[number] | 'evaluate';
export type Seconds = Record<ComponentName, number>;

export const noSeconds = (): Seconds => ({ compile: 0, generate: 0, load: 0, upload: 0, train: 0, evaluate: 0 });

/** Learning rate of every contestant: Adam, constant. */
export const LEARNING_RATE = 1e-3;
/** Test images a forward pass takes at once, for every contestant. */
export const TEST_BATCH = 500;

/** What all contestants share: which images step t trains on, from which weights, and what they are tested on. */
export interface Task {
  readonly natural: NaturalData;
  readonly maxSteps: number;
  readonly seed: number;
}

/** A model in training, with the seconds that it has spent so far, by component. */
export interface Run {
  readonly seconds: Seconds;
  /** Trains and waits. */
  train(steps: number): Promise<void>;
  /** Loss of the last step. */
  loss(): Promise<number>;
  /** Share of the 10,000 test images that are classified right. */
  evaluate(): Promise<number>;
  destroy(): void;
}

/** A way to an accuracy. */
export interface Contestant {
  readonly engine: string;
  /** Where training batches come from. */
  readonly source: string;
  /** Natural sources train on the same images in the same order, so that their losses must agree. */
  readonly natural: boolean;
  /**
   * Sets up one run. Modules, device and test images are there before; reading and uploading training images, and compiling, are counted.
   * @throws with the reason when it cannot run here
   */
  open(host: Host, task: Task): Promise<Run>;
}

/** Adds the seconds of `work` to a component. */
export async function timed<T>(seconds: Seconds, name: ComponentName, work: () => T | Promise<T>): Promise<T> {
  const start = performance.now();
  const result = await work();
  seconds[name] += (performance.now() - start) / 1000;
  return result;
}

/** Share of rows of logits [N,classes] whose largest is the label's. */
export function shareRight(logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): number {
  let right = 0;
  for (let i = 0; i < labels.length; i++) {
    let best = 0;
    for (let c = 1; c < classes; c++) if (logits[i * classes + c]! > logits[i * classes + best]!) best = c;
    if (best === labels[i]) right++;
  }
  return right / labels.length;
}
