import { crossEntropy, type InputSpec, mseLoss, ParameterSet, type TrainingOptions, TrainingStep } from '@kindling/autograd';
import { InterruptedError } from '@kindling/core';
import { familyOf, generateProgram, parseRecipe, pixelsOf } from '@kindling/datagen';
import type { Device, Traffic } from '@kindling/device';
import { type PhasePlan, planTrial, type TrialPlan } from './arms.js';
import { type Evaluation, Evaluator } from './evaluator.js';
import { type ModelSpec, posterCnn } from './models.js';
import type { PreparedData } from './natural.js';
import { blockSize, type HostLoader, noTime, PhaseRunner, type PhaseTime } from './phase.js';
import type { RunRecipe } from './recipe.js';

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
  readonly time: PhaseTime & { readonly total: number };
  readonly warmup: WarmupTraffic | null;
  readonly parameters: ParameterSet;
  readonly model: ModelSpec;
  /** How getting batches was told apart from training. */
  readonly split: 'timestamps' | 'none';
}

export interface TrialContext {
  readonly device: Device;
  readonly data: PreparedData;
  readonly onEvent: (event: TrialEvent) => void;
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

/** Everything that one trial shares between its phases. */
class Trial {
  readonly time = noTime();
  split: 'timestamps' | 'none' = 'none';
  private readonly context: TrialContext;
  private readonly recipe: RunRecipe;
  private readonly plan: TrialPlan;
  private readonly model: ModelSpec;
  private readonly seeds: GPUBuffer;
  private done = 0;

  constructor(context: TrialContext, recipe: RunRecipe) {
    const { channels, height } = context.data.facts;
    this.context = context;
    this.recipe = recipe;
    this.plan = planTrial(recipe);
    this.model = posterCnn(channels, height);
    this.seeds = context.device.upload('seeds', Uint32Array.of(recipe.seed));
  }

  async run(): Promise<TrialResult> {
    const { context, recipe, plan, model } = this;
    const started = performance.now();
    const parameters = new ParameterSet(context.device, model.parameters(context.data.facts.classes));
    parameters.initialise([recipe.seed]);
    const evaluator = await this.timed('compile', () => Evaluator.create(context.device, model, parameters, context.data));
    let warmup: WarmupTraffic | null = null;
    if (plan.warmup) {
      warmup = await this.warmUp(plan.warmup, parameters);
      await this.evaluate(evaluator, 'warmup');
    }
    const last = await this.trainNaturally(plan.natural, parameters, evaluator);
    evaluator.destroy();
    this.seeds.destroy();
    const total = (performance.now() - started) / 1000;
    return { ...last, note: plan.note, time: { ...this.time, total }, warmup, parameters, model, split: this.split };
  }

  /** Trains a copy of the body with the family's own head, then moves the body over; the natural head starts fresh, and so does Adam. */
  private async warmUp(plan: NonNullable<TrialPlan['warmup']>, target: ParameterSet): Promise<WarmupTraffic> {
    const { device, data } = this.context;
    const { batch, seed } = this.recipe;
    const { channels, height, width } = data.facts;
    const generator = parseRecipe({ image: { channels, height, width }, ...plan.generator });
    const { dtype, outputs } = familyOf(generator).labelFormat(generator);
    const parameters = new ParameterSet(device, this.model.parameters(outputs));
    parameters.initialise([seed]);
    const step = await this.compile(plan, {
      parameters,
      inputs: { x: { shape: [batch, channels, height, width] }, labels: { shape: dtype === 'f32' ? [batch, outputs] : [batch], dtype } },
      loss: (p, x) => (dtype === 'f32' ? mseLoss : crossEntropy)(this.model.forward(p, x), x.labels!),
      source: ({ x, labels, state }) => [
        {
          program: generateProgram({ recipe: generator, batch, traits: device.traits }),
          resources: { x: x!, y: labels!, state: state!, seeds: this.seeds },
        },
      ],
    });
    if (pixelsOf(generator.image) !== data.pixels) throw new Error('the generator’s image does not match the model’s input');
    const runner = new PhaseRunner(device, step, 'generate', this.time);
    await runner.prepare();
    const before = device.meter.snapshot();
    for (let at = 0; at < plan.steps; ) at = await this.block(runner, 'warmup', at, plan, undefined);
    const traffic = perStep(device.meter.since(before), plan.steps);
    target.copyFrom(parameters);
    this.done = plan.steps;
    await device.wait();
    for (const owner of [runner, step, parameters]) owner.destroy();
    return traffic;
  }

  private async trainNaturally(plan: PhasePlan, parameters: ParameterSet, evaluator: Evaluator): Promise<Evaluation> {
    const { device, data } = this.context;
    const { batch, seed, evalEvery } = this.recipe;
    const { channels, height, width } = data.facts;
    if (plan.steps === 0) return this.evaluate(evaluator, 'natural');
    const { train, disk } = data;
    const inputs: Record<string, InputSpec> = {
      x: { shape: [batch, channels, height, width] },
      labels: { shape: [batch], dtype: 'u32' },
    };
    const step = await this.compile(plan, {
      parameters,
      inputs,
      loss: (p, x) => crossEntropy(this.model.forward(p, x), x.labels!),
      source: ({ x, labels, state }) =>
        train ? [data.gather(train, batch, true, { x: x!, y: labels!, state: state!, seeds: this.seeds })] : [],
    });
    const x = new Float32Array(batch * data.pixels);
    const y = new Uint32Array(batch);
    const loader: HostLoader | undefined =
      disk &&
      ((at) => {
        disk.fill(seed, at, x, y);
        device.write(step.inputs.x!, x);
        device.write(step.inputs.labels!, y);
      });
    const runner = new PhaseRunner(device, step, 'load', this.time);
    let last: Evaluation | undefined;
    for (let at = 0; at < plan.steps; ) {
      at = await this.block(runner, 'natural', at, plan, loader);
      if (at === plan.steps || (evalEvery > 0 && at % evalEvery === 0)) last = await this.evaluate(evaluator, 'natural', at);
    }
    this.split = runner.split;
    for (const owner of [runner, step]) owner.destroy();
    return last!;
  }

  /** One block of steps and its event; returns the phase's steps done. */
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
    onEvent({
      type: 'train',
      phase,
      step: this.done + done,
      loss: finite(records.reduce((sum, { loss }) => sum + loss, 0) / count),
      losses: records.map(({ loss }) => finite(loss)),
      lr: records[count - 1]!.lr,
      seconds,
      stepsPerSecond: count / seconds,
    });
    return done;
  }

  private async evaluate(evaluator: Evaluator, phase: 'warmup' | 'natural', at = 0): Promise<Evaluation> {
    const result = await this.timed('evaluate', () => evaluator.evaluate());
    this.context.onEvent({ type: 'eval', phase, step: this.done + at, ...result });
    return result;
  }

  private async compile(plan: PhasePlan, options: Omit<TrainingOptions, 'optimizer'>): Promise<TrainingStep> {
    const optimizer = { schedule: plan.schedule, steps: plan.scheduleSteps };
    return this.timed('compile', async () => (await TrainingStep.compile(this.context.device, { ...options, optimizer })).step);
  }

  private async timed<T>(part: keyof PhaseTime, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    const result = await work();
    this.time[part] += (performance.now() - started) / 1000;
    return result;
  }
}

/**
 * Runs one trial: warm-up on generated data, then natural training, evaluated after each phase and as the recipe asks.
 * The result's parameters belong to the caller, who destroys them.
 * @throws InputError for a recipe that does not apply, InterruptedError when the signal fires, DeviceError when the device is lost
 */
export const runTrial = (context: TrialContext, recipe: RunRecipe): Promise<TrialResult> => new Trial(context, recipe).run();
