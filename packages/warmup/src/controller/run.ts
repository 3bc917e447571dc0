import { ParameterSet, type StepRecord, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import type { MixtureRecipeInput } from '@kindling/datagen';
import type { Device, Traffic } from '@kindling/device';
import { planTrial } from '../arms.js';
import { type Evaluation, Evaluator } from '../evaluator.js';
import { posterCnn } from '../models.js';
import { PreparedData } from '../natural.js';
import { noTime, type PhaseTime } from '../phase.js';
import type { FamilyWarmup, PhasePlan } from '../plan.js';
import { parseRunRecipe, type RunRecipe } from '../recipe.js';
import { naturalLabels, trainingOf } from '../training.js';
import { type ControllerAction, controllerActions, controllerMixture } from './actions.js';
import { holdOut } from './held-out.js';
import { ControlledPhase } from './phase.js';
import type { ControllerDecision, HeldOutState } from './programs.js';
import { CONTROLLER_ARMS, type ControllerArm, type ControllerRule, type LearningOptions, ruleOf } from './rules.js';

export interface ControlledOptions extends LearningOptions {
  /** `uniform` draws actions by lot: the control of the two that learn. */
  readonly arm: ControllerArm;
  readonly seeds: readonly number[];
  /** All steps, warm-up included. */
  readonly steps: number;
  /** Share of the steps that are warm-up; at least one step. */
  readonly p: number;
  /** Images a step; 64. */
  readonly batch?: number | undefined;
  /** Steps that an action holds for; 5. */
  readonly blockSteps?: number | undefined;
  /** Parts of the mixture to choose from; see `controllerMixture`. */
  readonly parts?: MixtureRecipeInput['parts'] | undefined;
  /** Difficulties to choose from; .33, .67 and 1. */
  readonly difficulties?: readonly number[] | undefined;
  /** Whether class weights are part of the actions; true. */
  readonly weighClasses?: boolean | undefined;
  /** Training images that nothing trains on and the reward is measured on; 256. */
  readonly heldOut?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each wait with the steps that are done, of all phases. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface ControlledResult extends Evaluation {
  readonly arm: ControllerArm;
  readonly seed: number;
  /** On the test images, when the warm-up was over. */
  readonly afterWarmup: Evaluation;
  /** What the numbers of actions stand for. */
  readonly actions: readonly ControllerAction[];
  readonly rule: ControllerRule;
  readonly decisions: readonly ControllerDecision[];
  /** The held-out images after the last block. */
  readonly end: HeldOutState;
  readonly warmupSteps: readonly StepRecord[];
  /**
   * Seconds, each seed its share. Making a batch, and deciding what it is to be with its look at the held-out images, are part of `train`: all of it
   * is one submit.
   */
  readonly time: PhaseTime & { readonly total: number };
  /** What crossed to the device during the warm-up of all seeds, from the first decision to the last: no byte from the host. */
  readonly traffic: Traffic;
  /** Shared by all seeds of a run; belongs to the caller, who destroys it once. `model` is this one's place. */
  readonly parameters: ParameterSet;
  readonly model: number;
}

/** Steps a submit and wait: few enough that an interrupt is noticed. */
const stepsASubmit = (device: Device): number => (device.info.software ? 10 : 100);

/** The recipe of an equal trial under arm `kept`, whose phases and schedule this one has. @throws InputError for a number outside its range */
function recipeOf(data: NaturalData, { p, steps, batch = 64, seeds, parts }: ControlledOptions): { recipe: RunRecipe; parts: number } {
  const mixture = controllerMixture(data, parts);
  const [first] = seeds.map((seed) =>
    parseRunRecipe({ experiment: 'family:mixture', arm: 'kept', p, steps, batch, seed, generator: { ...mixture } }),
  );
  if (first) return { recipe: first, parts: mixture.parts.length };
  throw new InputError({ subject: 'controller: seeds', got: 'none', expected: 'at least one seed', next: 'name a seed' });
}

/**
 * The controller that the poster's authors planned: a warm-up whose generator (family, difficulty, class weights) is steered by a bandit (`exp3`), a
 * policy over the model's state (`policy`) or by lot (`uniform`), rewarded by how far the loss on held-out training images falls; then natural training as
 * in arm `kept` (head, optimizer and one OneCycle go on) on the training images that were not held out, and an evaluation on the test images. All
 * seeds train along the models axis, each with the bits that it has alone.
 * @throws InputError for options outside their range, InterruptedError when the signal fires
 */
export async function runControlled(device: Device, data: NaturalData, options: ControlledOptions): Promise<ControlledResult[]> {
  const { arm, seeds, blockSteps = 5, difficulties = [0.33, 0.67, 1], weighClasses = true, heldOut = 256 } = options;
  if (!CONTROLLER_ARMS.includes(arm) || !Number.isInteger(blockSteps) || blockSteps < 1) {
    throw new InputError({
      subject: 'controller',
      got: `arm ${arm}, blockSteps ${blockSteps}`,
      expected: `an arm of ${CONTROLLER_ARMS.join(', ')}, and at least one step a block`,
      next: 'correct the option',
    });
  }
  const started = performance.now();
  const time = noTime();
  const timed = async <T>(part: keyof PhaseTime, work: () => Promise<T>): Promise<T> => {
    const before = performance.now();
    const result = await work();
    time[part] += (performance.now() - before) / 1000;
    return result;
  };
  const { recipe, parts } = recipeOf(data, options);
  const plan = planTrial(recipe);
  const { warmup } = plan;
  if (warmup?.kind !== 'family') {
    throw new InputError({
      subject: 'controller: p',
      got: `${options.p} of ${options.steps} steps: no warm-up`,
      expected: 'at least one step of warm-up, which is what is controlled',
      next: 'raise p or the steps',
    });
  }
  const mixture = controllerMixture(data, options.parts);
  const actions = controllerActions(mixture, difficulties, weighClasses);
  const rule = ruleOf(arm, actions.length, Math.ceil(warmup.steps / blockSteps), options);
  const { rest, held } = holdOut(data, heldOut);
  const prepared = new PreparedData(device, rest);
  const model = posterCnn(data.channels, data.height, data.width);
  const parameters = new ParameterSet(device, model.parameters(data.classes), seeds.length);
  parameters.initialise(seeds);
  const seedBuffer = device.upload('seeds', Uint32Array.from(seeds));
  const evaluator = await timed('compile', () => Evaluator.create(device, model, parameters, prepared));
  const common = { recipe, model, parameters, data: prepared, seeds: seedBuffer };
  const owned: { destroy(): void }[] = [prepared, seedBuffer, evaluator];
  try {
    const phase = await timed('compile', () =>
      ControlledPhase.create(device, { ...common, plan: warmup, held, actions, parts, blockSteps, rule }),
    );
    owned.push(phase);
    const traffic = await timed('train', () => warmUp(device, phase, warmup, options));
    const logs = await phase.read();
    const afterWarmup = await timed('evaluate', () => evaluator.evaluateAll());
    await trainNaturally(device, common, plan.natural, warmup.steps, options, timed);
    const evaluations = await timed('evaluate', () => evaluator.evaluateAll());
    const whole = { ...time, total: (performance.now() - started) / 1000 };
    const shares = Object.fromEntries(
      Object.entries(whole).map(([part, seconds]) => [part, seconds / seeds.length]),
    ) as unknown as typeof whole;
    return logs.map(({ decisions, end, steps }, m) => ({
      ...evaluations[m]!,
      arm,
      seed: seeds[m]!,
      afterWarmup: afterWarmup[m]!,
      actions,
      rule,
      decisions,
      end,
      warmupSteps: steps,
      traffic,
      time: shares,
      parameters,
      model: m,
    }));
  } catch (error) {
    parameters.destroy();
    throw error;
  } finally {
    for (const each of owned) each.destroy();
  }
}

/** Waits for what was submitted; the place where an interrupt is noticed. */
async function report(device: Device, done: number, { steps, signal, onProgress }: ControlledOptions): Promise<void> {
  await device.wait();
  onProgress?.(done);
  if (!signal?.aborted) return;
  throw new InterruptedError({
    subject: 'controller',
    got: `a stop after step ${done} of ${steps}`,
    expected: 'to run to the end',
    next: 'run the same command again to start anew',
  });
}

/** All blocks, each with its decision before it in the same submit. Returns what crossed to the device meanwhile. */
async function warmUp(device: Device, phase: ControlledPhase, plan: FamilyWarmup, options: ControlledOptions): Promise<Traffic> {
  const { blockSteps = 5 } = options;
  await device.wait();
  const before = device.meter.snapshot();
  const together = Math.max(1, Math.floor(stepsASubmit(device) / blockSteps));
  for (let block = 0; block < phase.blocks; ) {
    const end = Math.min(phase.blocks, block + together);
    device.submit((encoder) => {
      for (; block < end; block++) {
        phase.encodeDecision(encoder);
        phase.encodeBlock(encoder, block);
      }
      // The last reward has no decision after it.
      if (end === phase.blocks) phase.encodeDecision(encoder);
    });
    await report(device, Math.min(plan.steps, end * blockSteps), options);
  }
  return device.meter.since(before);
}

/** The natural phase of arm `kept`, on what was not held out. */
async function trainNaturally(
  device: Device,
  common: {
    readonly recipe: RunRecipe;
    readonly model: ReturnType<typeof posterCnn>;
    readonly parameters: ParameterSet;
    readonly data: PreparedData;
    readonly seeds: GPUBuffer;
  },
  plan: PhasePlan,
  warmupSteps: number,
  options: ControlledOptions,
  timed: <T>(part: keyof PhaseTime, work: () => Promise<T>) => Promise<T>,
): Promise<void> {
  if (plan.steps === 0) return;
  const { recipe, model, parameters, data, seeds } = common;
  const training = trainingOf(recipe, data.facts, model, plan, parameters, naturalLabels(recipe.batch));
  const { step } = await timed('compile', () =>
    TrainingStep.compile(device, {
      ...training,
      source: ({ x, labels, state }) => [
        data.gather(data.train!, recipe.batch, true, { x: x!, y: labels!, state: state!, seeds }, parameters.models, plan.firstStep),
      ],
    }),
  );
  try {
    if (plan.firstStep) step.seek(plan.firstStep);
    await timed('train', async () => {
      for (let done = 0; done < plan.steps; ) {
        const count = Math.min(stepsASubmit(device), plan.steps - done);
        step.run(count);
        done += count;
        await report(device, warmupSteps + done, options);
      }
    });
  } finally {
    step.destroy();
  }
}
