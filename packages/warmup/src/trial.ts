import { ParameterSet, type TrainingOptions, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import { planGeneration } from '@kindling/datagen';
import { type BoundPasses, bindPasses, type Device, type Traffic } from '@kindling/device';
import { planTrial } from './arms.js';
import { AugmentPhase } from './augment/phase.js';
import { trainTeacher } from './augment/teacher.js';
import { type Evaluation, Evaluator } from './evaluator.js';
import { type ModelSpec, posterCnn } from './models.js';
import type { PreparedData } from './natural.js';
import { blockSize, type HostLoader, noTime, PhaseRunner, type PhaseTime } from './phase.js';
import type { AugmentWarmup, FamilyWarmup, PhasePlan, TrialPlan } from './plan.js';
import type { RunRecipe } from './recipe.js';
import { naturalLabels, trainingOf, warmupFormat } from './training.js';

/** What a trial reports while it runs; each is one line of the run record. Steps count over the whole trial, warm-up included. */
export type TrialEvent =
  | {
      readonly type: 'train';
      readonly phase: 'warmup' | 'natural';
      readonly step: number;
      /** Mean over the steps since the last line; null when it is not a number. */
      readonly loss: number | null;
      readonly losses: readonly (number | null)[];
      readonly lr: number;
      /** Wall seconds of these steps. */
      readonly seconds: number;
      readonly stepsPerSecond: number;
    }
  | ({ readonly type: 'eval'; readonly phase: 'warmup' | 'natural'; readonly step: number } & Evaluation);

/** What the warm-up phase cost per step, as the device's meter counted it. */
export interface WarmupTraffic {
  readonly hostBytesPerStep: number;
  readonly dispatchesPerStep: number;
  readonly submitsPerStep: number;
  readonly buffersPerStep: number;
  readonly bindGroupsPerStep: number;
}

export interface TrialResult extends Evaluation {
  readonly note: string;
  /** Seconds; where trials ran together, each has its share. */
  readonly time: PhaseTime & { readonly total: number };
  readonly warmup: WarmupTraffic | null;
  /** Shared by the trials that ran together; `index` is this one's model in it. */
  readonly parameters: ParameterSet;
  readonly index: number;
  readonly model: ModelSpec;
  /** How getting batches was told apart from training. */
  readonly split: 'timestamps' | 'none';
}

export interface TrialContext {
  readonly device: Device;
  readonly data: PreparedData;
  /** `index`: which of the trials that run together. */
  readonly onEvent: (event: TrialEvent, index: number) => void;
  readonly signal?: AbortSignal;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const perStep = (traffic: Traffic, steps: number): WarmupTraffic => ({
  hostBytesPerStep: traffic.hostToGpuBytes / steps,
  dispatchesPerStep: traffic.dispatches / steps,
  submitsPerStep: traffic.submits / steps,
  buffersPerStep: traffic.buffersCreated / steps,
  bindGroupsPerStep: traffic.bindGroupsCreated / steps,
});

/** Trials that differ in their seeds alone and run in the same dispatches, and everything that they share between their phases. */
class TrialGroup {
  readonly time = noTime();
  split: 'timestamps' | 'none' = 'none';
  private readonly context: TrialContext;
  private readonly recipe: RunRecipe;
  private readonly seedValues: readonly number[];
  private readonly plan: TrialPlan;
  private readonly model: ModelSpec;
  private readonly seeds: GPUBuffer;
  private done = 0;

  constructor(context: TrialContext, recipes: readonly RunRecipe[]) {
    const { channels, height } = context.data.facts;
    this.context = context;
    this.recipe = recipes[0]!;
    this.seedValues = recipes.map(({ seed }) => seed);
    this.plan = planTrial(this.recipe);
    this.model = posterCnn(channels, height);
    this.seeds = context.device.upload('seeds', Uint32Array.from(this.seedValues));
  }

  private get models(): number {
    return this.seedValues.length;
  }

  private parameterSet(outputs: number): ParameterSet {
    const parameters = new ParameterSet(this.context.device, this.model.parameters(outputs), this.models);
    parameters.initialise(this.seedValues);
    return parameters;
  }

  async run(): Promise<TrialResult[]> {
    const { context, plan, model } = this;
    const started = performance.now();
    const parameters = this.parameterSet(context.data.facts.classes);
    const evaluator = await this.timed('compile', () => Evaluator.create(context.device, model, parameters, context.data));
    let warmup: WarmupTraffic | null = null;
    if (plan.warmup) {
      warmup = await (plan.warmup.kind === 'family' ? this.warmUp(plan.warmup, parameters) : this.augment(plan.warmup, parameters));
      if (!plan.continues) parameters.resetMoments();
      await this.evaluate(evaluator, 'warmup');
    }
    const last = await this.trainNaturally(plan.natural, parameters, evaluator);
    evaluator.destroy();
    this.seeds.destroy();
    const total = (performance.now() - started) / 1000;
    const share = (seconds: number): number => seconds / this.models;
    const time = Object.fromEntries(Object.entries({ ...this.time, total }).map(([part, seconds]) => [part, share(seconds)]));
    return last.map((evaluation, index) => ({
      ...evaluation,
      note: plan.note,
      time: time as unknown as TrialResult['time'],
      warmup,
      parameters,
      index,
      model,
      split: this.split,
    }));
  }

  /**
   * Warm-up on a family. Where the head is kept the natural parameters train themselves; else a copy of the body with the family's own head does,
   * and the body moves over: the natural head starts fresh, and so does Adam.
   */
  private async warmUp(plan: FamilyWarmup, target: ParameterSet): Promise<WarmupTraffic> {
    const { device, data } = this.context;
    const { batch } = this.recipe;
    const { models } = this;
    const { generator, outputs, labels } = warmupFormat(plan, data.facts, batch);
    const kept = this.plan.continues;
    if (kept && (labels.dtype !== 'u32' || outputs !== data.facts.classes)) {
      throw new InputError({
        subject: '--arm',
        got: `kept, with ${labels.dtype === 'u32' ? `${outputs} classes` : 'labels that are no classes'}`,
        expected: `a family whose labels are the ${data.facts.classes} natural classes`,
        next: 'use arm published, which swaps the head',
      });
    }
    const parameters = kept ? target : this.parameterSet(outputs);
    const training = trainingOf(this.recipe, data.facts, this.model, plan, parameters, labels);
    let generation: BoundPasses | undefined;
    const step = await this.compile(training, ({ x, labels: y, state }) => {
      const passes = planGeneration({ recipe: generator, batch, models, traits: device.traits });
      generation = bindPasses(device, passes, { x: x!, y: y!, state: state!, seeds: this.seeds });
      return generation.dispatches;
    });
    const runner = new PhaseRunner(device, step, { source: 'generate', models }, this.time);
    const traffic = await this.measured(runner, plan);
    if (!kept) target.copyFrom(parameters);
    await device.wait();
    for (const owner of [runner, step, generation!, ...(kept ? [] : [parameters])]) owner.destroy();
    return traffic;
  }

  /** Warm-up on moved base images (Experiment 1): the natural parameters train themselves. */
  private async augment(plan: AugmentWarmup, parameters: ParameterSet): Promise<WarmupTraffic> {
    const { device, data } = this.context;
    const { facts, base } = data;
    const common = { model: this.model, base, classes: facts.classes, batch: this.recipe.batch, seeds: this.seeds, seedValues: this.seedValues };
    const started = performance.now();
    const teacher = plan.sampler === 'guarded' ? await trainTeacher(device, { ...common, reach: plan.reach }) : undefined;
    this.time.generate += (performance.now() - started) / 1000;
    const phase = await this.timed('compile', () =>
      AugmentPhase.create(device, { ...common, parameters, plan, sampler: plan.sampler, reach: plan.reach, ...(teacher ? { teacher } : {}) }),
    );
    const runner = new PhaseRunner(device, phase, { source: 'generate', models: this.models }, this.time);
    const traffic = await this.measured(runner, plan);
    await device.wait();
    for (const owner of [runner, phase]) owner.destroy();
    teacher?.parameters.destroy();
    return traffic;
  }

  /** Runs a whole warm-up phase and counts what crossed to the GPU meanwhile. */
  private async measured(runner: PhaseRunner, plan: PhasePlan): Promise<WarmupTraffic> {
    const { meter } = this.context.device;
    await runner.prepare();
    const before = meter.snapshot();
    for (let at = 0; at < plan.steps; ) at = await this.block(runner, 'warmup', at, plan, undefined);
    const traffic = perStep(meter.since(before), plan.steps);
    this.done = plan.steps;
    return traffic;
  }

  private async trainNaturally(plan: PhasePlan, parameters: ParameterSet, evaluator: Evaluator): Promise<Evaluation[]> {
    const { device, data } = this.context;
    const { batch, evalEvery } = this.recipe;
    const { models } = this;
    if (plan.steps === 0) return this.evaluate(evaluator, 'natural');
    const { train } = data;
    const training = trainingOf(this.recipe, data.facts, this.model, plan, parameters, naturalLabels(batch));
    const step = await this.compile(training, ({ x, labels, state }) =>
      train ? [data.gather(train, batch, true, { x: x!, y: labels!, state: state!, seeds: this.seeds }, models, plan.firstStep)] : [],
    );
    if (plan.firstStep) step.seek(plan.firstStep);
    const loader = this.diskLoader(step);
    const runner = new PhaseRunner(device, step, { source: 'load', models, firstStep: plan.firstStep }, this.time);
    let last: Evaluation[] | undefined;
    for (let at = 0; at < plan.steps; ) {
      at = await this.block(runner, 'natural', at, plan, loader);
      if (at === plan.steps || (evalEvery > 0 && at % evalEvery === 0)) last = await this.evaluate(evaluator, 'natural', at);
    }
    this.split = runner.split;
    for (const owner of [runner, step]) owner.destroy();
    return last!;
  }

  /** The disk source's part of a step: read on the host, upload each model's batch. */
  private diskLoader(step: TrainingStep): HostLoader | undefined {
    const { device, data } = this.context;
    const { disk, pixels } = data;
    if (!disk) return undefined;
    const { batch } = this.recipe;
    const x = new Float32Array(batch * pixels);
    const y = new Uint32Array(batch);
    return (at) =>
      this.seedValues.forEach((seed, model) => {
        disk.fill(seed, at, x, y);
        device.write(step.inputs.x!, x, model * x.byteLength);
        device.write(step.inputs.labels!, y, model * y.byteLength);
      });
  }

  /** One block of steps and its events; returns the phase's steps done. */
  private async block(runner: PhaseRunner, phase: 'warmup' | 'natural', at: number, plan: PhasePlan, loader?: HostLoader): Promise<number> {
    const { device, signal, onEvent } = this.context;
    if (signal?.aborted) {
      throw new InterruptedError({
        subject: 'warmup',
        got: `a stop after step ${this.done + at} of ${this.recipe.steps}`,
        expected: 'to run to the end',
        next: 'the record keeps every line so far; run the same command again to restart this trial from its first step',
      });
    }
    const count = blockSize(device, at, plan.steps, phase === 'natural' ? this.recipe.evalEvery : 0);
    const { done, records, seconds } = await runner.run(at, count, loader);
    records.forEach((own, index) => {
      const event: TrialEvent = {
        type: 'train',
        phase,
        step: this.done + done,
        loss: finite(own.reduce((sum, { loss }) => sum + loss, 0) / count),
        losses: own.map(({ loss }) => finite(loss)),
        lr: own[count - 1]!.lr,
        seconds,
        stepsPerSecond: count / seconds,
      };
      onEvent(event, index);
    });
    return done;
  }

  private async evaluate(evaluator: Evaluator, phase: 'warmup' | 'natural', at = 0): Promise<Evaluation[]> {
    const results = await this.timed('evaluate', () => evaluator.evaluateAll());
    results.forEach((result, index) => {
      this.context.onEvent({ type: 'eval', phase, step: this.done + at, ...result }, index);
    });
    return results;
  }

  private async compile(training: TrainingOptions, source: NonNullable<TrainingOptions['source']>): Promise<TrainingStep> {
    return this.timed('compile', async () => (await TrainingStep.compile(this.context.device, { ...training, source })).step);
  }

  private async timed<T>(part: keyof PhaseTime, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.time[part] += (performance.now() - started) / 1000;
    return result;
  }
}

/**
 * Runs trials that differ in their seeds alone, together along the models axis; each ends with the bits that it has alone. Each: warm-up on
 * generated data, then natural training, evaluated after each phase and as the recipe asks. The results share one parameter set, which belongs to the
 * caller, who destroys it once.
 * @throws InputError for recipes that do not apply or differ in more than the seed, InterruptedError when the signal fires, DeviceError when the device is lost
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
