import { oneCycle, ParameterSet, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import { balancedOrder, gatherSubsetProgram, imageCut, type NaturalData, subsetTable } from '@kindling/data';
import { planGeneration } from '@kindling/datagen';
import { bindPasses, type Device } from '@kindling/device';
import { type Evaluation, Evaluator } from '../evaluator.js';
import { type ModelSpec, modelOf } from '../models.js';
import type { PreparedData } from '../natural.js';
import { type OnlineSource, requireClassLabels, type Selection, selectedBatches } from '../online/selected.js';
import { blockSize, noTime, PhaseRunner, type PhaseTime } from '../phase.js';
import type { FamilyWarmup, PhasePlan } from '../plan.js';
import { parseRunRecipe, type RunRecipe } from '../recipe.js';
import { naturalLabels, trainingOf, warmupFormat } from '../training.js';
import type { WorthArm } from './arms.js';

/** One training: the first `n` images of the seed's class-balanced order. */
export interface WorthTrial {
  readonly seed: number;
  readonly n: number;
}

/** What all trials of one call share. */
export interface WorthPlan {
  readonly arm: WorthArm;
  /** Steps on natural images, the same for every n; `longer` adds the warm-up's. */
  readonly steps: number;
  readonly warmupSteps: number;
  /** Peak of both phases' OneCycle. */
  readonly lr: number;
  readonly batch: number;
  /** How generated batches are pruned as they are made; they all train by default. */
  readonly select?: Selection | undefined;
}

export interface WorthContext {
  readonly device: Device;
  readonly natural: NaturalData;
  readonly data: PreparedData;
  /** Steps done of all that the call takes, warm-up first. */
  readonly onStep?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export interface WorthResult extends Evaluation, WorthTrial {
  /** Steps that were trained, generated and natural. */
  readonly warmupSteps: number;
  readonly naturalSteps: number;
  /** Seconds, this trial's share of those that ran together. */
  readonly time: PhaseTime & { readonly total: number };
}

/** Steps of an arm's two phases. */
export const worthSteps = ({ arm, steps, warmupSteps }: WorthPlan): { warmup: number; natural: number } => ({
  warmup: arm.warmup ? warmupSteps : 0,
  natural: arm.longer ? steps + warmupSteps : steps,
});

/** @throws InputError for a number of images that the training half does not have, or that is too small for one a class */
export function requireSubsets({ name, train, classes }: NaturalData, counts: readonly number[]): void {
  for (const n of counts) {
    if (n >= classes && n <= train.count) continue;
    throw new InputError({
      subject: '--n',
      got: `${n} images of ${name}`,
      expected: `${classes}, one a class, to ${train.count}, all that there are`,
      next: 'leave that n out',
    });
  }
}

/** Trials of one arm that run in the same dispatches, whatever their seeds and numbers of images. */
class WorthGroup {
  private readonly context: WorthContext;
  private readonly plan: WorthPlan;
  private readonly trials: readonly WorthTrial[];
  private readonly seeds: readonly number[];
  private readonly recipe: RunRecipe;
  private readonly model: ModelSpec;
  private readonly time = noTime();
  private readonly total: number;
  private done = 0;

  constructor(context: WorthContext, plan: WorthPlan, trials: readonly WorthTrial[]) {
    this.context = context;
    this.plan = plan;
    this.trials = trials;
    this.seeds = [...new Set(trials.map(({ seed }) => seed))];
    this.recipe = parseRunRecipe({ p: 0, batch: plan.batch });
    this.model = modelOf(this.recipe, context.data.facts);
    const { warmup, natural } = worthSteps(plan);
    this.total = warmup + natural;
  }

  async run(): Promise<WorthResult[]> {
    const started = performance.now();
    const { device, data } = this.context;
    const { warmup, natural } = worthSteps(this.plan);
    const parameters = this.parameterSet(
      data.facts.classes,
      this.trials.map(({ seed }) => seed),
    );
    try {
      if (warmup > 0) await this.warmUp(warmup, parameters);
      await this.train(natural, parameters);
      const evaluated = performance.now();
      const evaluator = await Evaluator.create(device, this.model, parameters, data);
      const results = await evaluator.evaluateAll();
      evaluator.destroy();
      this.time.evaluate += (performance.now() - evaluated) / 1000;
      const total = (performance.now() - started) / 1000;
      const share = Object.entries({ ...this.time, total }).map(([part, seconds]) => [part, seconds / this.trials.length]);
      const time = Object.fromEntries(share) as WorthResult['time'];
      return results.map(({ accuracy, testLoss }, index) => ({
        ...this.trials[index]!,
        accuracy,
        testLoss,
        warmupSteps: warmup,
        naturalSteps: natural,
        time,
      }));
    } finally {
      parameters.destroy();
    }
  }

  private parameterSet(outputs: number, seeds: readonly number[]): ParameterSet {
    const parameters = new ParameterSet(this.context.device, this.model.parameters(outputs), seeds.length);
    parameters.initialise(seeds);
    return parameters;
  }

  private phase(steps: number): PhasePlan {
    return { steps, schedule: oneCycle({ maxLr: this.plan.lr, totalSteps: steps }), scheduleSteps: steps };
  }

  /** Warm-up once a seed; its weights then begin every trial of that seed. The warm-up knows nothing of n. */
  private async warmUp(steps: number, target: ParameterSet): Promise<void> {
    const { device, data } = this.context;
    const { generator: recipe, kept } = this.plan.arm.warmup!;
    const { select } = this.plan;
    const { batch } = this.recipe;
    const plan: FamilyWarmup = { kind: 'family', generator: recipe, ...this.phase(steps) };
    const { generator, outputs, labels } = warmupFormat(plan, data.facts, batch);
    if (kept && (labels.dtype !== 'u32' || outputs !== data.facts.classes)) {
      const expected = `a family whose labels are the ${data.facts.classes} natural classes`;
      throw new InputError({ subject: '--arms', got: this.plan.arm.name, expected, next: 'swap the head' });
    }
    if (select) requireClassLabels(labels.dtype);
    const parameters = this.parameterSet(outputs, this.seeds);
    const seeds = device.upload('warm-up seeds', Uint32Array.from(this.seeds));
    let generation: OnlineSource | undefined;
    const training = trainingOf(this.recipe, data.facts, this.model, plan, parameters, labels);
    const models = this.seeds.length;
    await this.phaseSteps(training, steps, 'generate', models, ({ x, labels: y, state }) => {
      const given = { x: x!, y: y!, state: state!, seeds };
      const { facts } = data;
      generation = select
        ? selectedBatches(device, { ...given, generator, selection: select, batch, classes: outputs, facts, model: this.model, parameters })
        : bindPasses(device, planGeneration({ recipe: generator, batch, models, traits: device.traits }), given);
      return generation.dispatches;
    });
    this.handOver(parameters, target, kept);
    await device.wait();
    generation?.destroy();
    seeds.destroy();
    parameters.destroy();
  }

  /** Copies each seed's weights to all its trials, the head only where it is kept. */
  private handOver(from: ParameterSet, to: ParameterSet, kept: boolean): void {
    const { head } = this.model;
    const names = [...to.specs].filter(([name]) => kept || head === undefined || !name.startsWith(`${head}.`));
    this.context.device.submit((encoder) => {
      for (const [name, { shape }] of names) {
        const bytes = 4 * shape.reduce((product, size) => product * size, 1);
        this.trials.forEach(({ seed }, model) => {
          const source = 4 * (this.seeds.indexOf(seed) * from.stride + from.offsets.get(name)!);
          encoder.copyBufferToBuffer(from.arena, source, to.arena, 4 * (model * to.stride + to.offsets.get(name)!), bytes);
        });
      }
    });
  }

  private async train(steps: number, parameters: ParameterSet): Promise<void> {
    const { device, data, natural } = this.context;
    const { train, pixels } = data;
    if (!train)
      throw new InputError({ subject: 'worth', got: 'a disk source', expected: 'resident data', next: 'use the resident source' });
    const { batch } = this.recipe;
    const models = this.trials.length;
    const orders = this.seeds.map((seed) => balancedOrder(natural.train.labels, natural.classes, seed));
    const subsets = this.trials.map(({ seed, n }) => ({ order: this.seeds.indexOf(seed), count: n }));
    const table = device.upload('subsets', subsetTable(orders, subsets));
    const seeds = device.upload(
      'seeds',
      Uint32Array.from(this.trials, ({ seed }) => seed),
    );
    const training = trainingOf(this.recipe, data.facts, this.model, this.phase(steps), parameters, naturalLabels(batch));
    await this.phaseSteps(training, steps, 'load', models, ({ x, labels, state }) => {
      const program = gatherSubsetProgram({ count: train.count, pixels, batch, models, traits: device.traits });
      const size = 4 * Math.ceil((train.count * pixels) / 4);
      const cut = imageCut(size, device.traits);
      const { images } = train;
      const parts =
        cut === undefined
          ? { images, rest: images }
          : { images: { buffer: images, offset: 0, size: cut }, rest: { buffer: images, offset: cut, size: size - cut } };
      return [{ program, resources: { ...parts, labels: train.labels, table, seeds, state: state!, x: x!, y: labels! } }];
    });
    table.destroy();
    seeds.destroy();
  }

  /** Compiles a phase and runs all its steps. */
  private async phaseSteps(
    training: ReturnType<typeof trainingOf>,
    steps: number,
    kind: 'generate' | 'load',
    models: number,
    source: NonNullable<ReturnType<typeof trainingOf>['source']>,
  ): Promise<void> {
    const { device, signal, onStep } = this.context;
    const compiled = performance.now();
    const { step } = await TrainingStep.compile(device, { ...training, source });
    this.time.compile += (performance.now() - compiled) / 1000;
    const runner = new PhaseRunner(device, step, { source: kind, models }, this.time);
    await runner.prepare();
    for (let at = 0; at < steps; ) {
      if (signal?.aborted) throw interrupted(this.done, this.total);
      const count = blockSize(device, at, steps, 0);
      ({ done: at } = await runner.run(at, count));
      this.done += count;
      onStep?.(this.done, this.total);
    }
    runner.destroy();
    step.destroy();
  }
}

const interrupted = (done: number, total: number): InterruptedError =>
  new InterruptedError({
    subject: 'worth',
    got: `a stop after step ${done} of ${total}`,
    expected: 'to run to the end',
    next: 'run again: trials start from their first step',
  });

/**
 * Trains one arm on each trial's first n images of its seed's `balancedOrder`, all trials in the same dispatches, and evaluates each on the whole test
 * half. Each seed's warm-up is trained once and begins all its trials. Natural training is the same in every arm but for its first weights: a fresh
 * Adam and a OneCycle over its own steps, whatever n. A trial ends with the same bits whichever others run beside it.
 * @throws InputError for an n that the data cannot give, or models too many for one binding; InterruptedError when the signal fires; DeviceError
 * when the device is lost
 */
export async function runWorth(context: WorthContext, plan: WorthPlan, trials: readonly WorthTrial[]): Promise<WorthResult[]> {
  if (trials.length === 0) throw new InputError({ subject: 'runWorth', got: 'no trial', expected: 'at least one', next: 'name some n' });
  requireSubsets(
    context.natural,
    trials.map(({ n }) => n),
  );
  return new WorthGroup(context, plan, trials).run();
}
