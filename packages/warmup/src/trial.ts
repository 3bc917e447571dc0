import type { ParameterSet } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { Device, Traffic } from '@kindling/device';
import type { PoseSpread } from './augment/pose-watch.js';
import type { ClassEvaluation, Evaluation } from './evaluator.js';
import { TrialGroup } from './group.js';
import type { ModelSpec } from './models.js';
import type { PreparedData } from './natural.js';
import type { TrialTime } from './phase.js';
import type { RunRecipe } from './recipe.js';
import type { PhaseName, TrialState } from './trial-state.js';

/** What a trial reports while it runs; each is one line of the run record. Steps count over the whole trial, warm-up included. */
export type TrialEvent =
  | {
      readonly type: 'train';
      readonly phase: PhaseName;
      readonly step: number;
      /** Mean over the steps since the last line; null when it is not a number. */
      readonly loss: number | null;
      readonly losses: readonly (number | null)[];
      readonly lr: number;
      /** Wall seconds of these steps. */
      readonly seconds: number;
      readonly stepsPerSecond: number;
    }
  | ({ readonly type: 'eval'; readonly phase: PhaseName; readonly step: number } & Evaluation);

/** What the warm-up phase cost per step, as the device's meter counted it. */
export interface WarmupTraffic {
  readonly hostBytesPerStep: number;
  readonly dispatchesPerStep: number;
  readonly submitsPerStep: number;
  readonly buffersPerStep: number;
  readonly bindGroupsPerStep: number;
}

export interface TrialResult extends ClassEvaluation {
  readonly note: string;
  /** Seconds; where trials ran together, each has its share. */
  readonly time: TrialTime & { readonly total: number };
  /** Steps that a teacher was trained before the trial's own, which do not count them; absent where there was none. */
  readonly teacherSteps?: number;
  readonly warmup: WarmupTraffic | null;
  /** Shared by the trials that ran together; `index` is this one's model in it. */
  readonly parameters: ParameterSet;
  readonly index: number;
  readonly model: ModelSpec;
  /** How getting batches was told apart from training. */
  readonly split: 'timestamps' | 'none';
}

/** How Experiment 1 moves the images of one batch, after `step` steps of the warm-up. */
export interface PoseMoment extends PoseSpread {
  readonly step: number;
}

/** What the work that follows belongs to. `setup`: compiling and uploading, also between two phases; `between`: between two blocks of steps. */
export interface TrialMark {
  readonly phase: PhaseName | 'setup' | 'evaluation';
  readonly part: 'setup' | 'data' | 'train' | 'readback' | 'evaluate' | 'between';
  /** Step of the phase, from 0; only of `data` and `train`. */
  readonly step?: number;
}

/** Looks on while trials run: a profiler. */
export interface TrialObserver {
  /** Everything that is encoded, uploaded or read from now on belongs here. Called a few times a step. */
  mark(mark: TrialMark): void;
  /** Awaited after each block of steps and each evaluation, before their buffers go: the GPU is idle and may be measured on. */
  pause?(): Promise<void>;
}

/** Where trials stand between two blocks of steps, for somebody who watches. The GPU is idle. */
export interface TrialLook {
  readonly phase: PhaseName;
  /** Steps of the trial that are done, warm-up included; and how many of them were in the last block. */
  readonly step: number;
  readonly steps: number;
  /** What the last block asked of the device. */
  readonly traffic: Traffic;
  /** Those that the trial ends with. While a family warms up under a head of its own they stand still. */
  readonly parameters: ParameterSet;
  readonly model: ModelSpec;
  /**
   * The last batch [M, B, C, H, W] f32, where it lies on the GPU. In Experiment 1, which holds on to no moved image, they are moved once more, in a
   * submit of its own, by the sampler as it stands after the step. Undefined where batches come from the disk source.
   */
  images(): GPUBuffer | undefined;
}

export interface TrialContext {
  readonly device: Device;
  readonly data: PreparedData;
  /** The model that the recipe names, where it is not a built-in one. */
  readonly model?: ModelSpec;
  /** `index`: which of the trials that run together. */
  readonly onEvent: (event: TrialEvent, index: number) => void;
  /** Is told about ten times in a warm-up of Experiment 1 how the images are moved; read back between steps, and in no part of the time but the total. */
  readonly onPoses?: (moment: PoseMoment, index: number) => void;
  readonly observer?: TrialObserver;
  /** Called after each block of steps; training waits for it. What it does is in no traffic that is counted, and in no part of the time but the total. */
  readonly between?: (look: TrialLook) => void | Promise<void>;
  /** Most steps of the next block, from 1 to 1,000: losses come back once a block. No bit depends on it. Default: 10 on a CPU, 50 on a GPU. */
  readonly blockSteps?: () => number;
  /** Stops the trials after the steps in flight; `checkpoint` gets their state first. */
  readonly signal?: AbortSignal;
  /** Receives the state after every `every` steps of the trial, warm-up included, and before a stop; 0: only before a stop. Training waits for it. */
  readonly checkpoint?: { readonly every: number; readonly save: (state: TrialState) => void | Promise<void> };
  /** Goes on from here instead of the first step: the state of trials of these recipes. Events up to its step are not repeated. */
  readonly resume?: TrialState;
}

/**
 * Runs trials that differ in their seeds alone, together along the models axis; each ends with the bits that it has alone. Each: warm-up on
 * generated data, then natural training, evaluated after each phase and as the recipe asks. The results share one parameter set, which belongs to the
 * caller, who destroys it once. Trials that go on from a state end with the bits of trials that were never stopped, on the same adapter.
 * @throws InputError for recipes that do not apply or differ in more than the seed, or a state that is not theirs; InterruptedError when the signal
 * fires; DeviceError when the device is lost
 */
export async function runTrials(context: TrialContext, recipes: readonly RunRecipe[]): Promise<TrialResult[]> {
  const key = (recipe: RunRecipe): string => JSON.stringify({ ...recipe, seed: 0 });
  const odd = recipes.findIndex((recipe) => key(recipe) !== key(recipes[0]!));
  if (recipes.length === 0 || odd > 0) {
    throw new InputError({
      subject: 'runTrials',
      got: recipes.length === 0 ? 'no recipe' : `recipe ${odd} unlike the first`,
      expected: 'recipes that differ in their seeds alone',
      next: 'group the trials by everything but the seed',
    });
  }
  return new TrialGroup(context, recipes).run();
}

/** Runs one trial. @throws what `runTrials` throws */
export const runTrial = async (context: TrialContext, recipe: RunRecipe): Promise<TrialResult> => (await runTrials(context, [recipe]))[0]!;
