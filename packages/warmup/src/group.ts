import { ParameterSet, type TrainingOptions, TrainingStep } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import { planGeneration } from '@kindling/datagen';
import { bindPasses, type Traffic } from '@kindling/device';
import { planTrial } from './arms.js';
import { AugmentPhase } from './augment/phase.js';
import { TEACHER_STEPS, trainTeacher } from './augment/teacher.js';
import { type ClassEvaluation, Evaluator } from './evaluator.js';
import { type ModelSpec, modelOf } from './models.js';
import { requireKeepList } from './natural.js';
import { type OnlineSource, requireClassLabels, selectedBatches } from './online/selected.js';
import { blockSize, type HostLoader, type MarkSteps, noTime, PhaseRunner, type PhaseTime, type TrialTime } from './phase.js';
import type { AugmentWarmup, FamilyWarmup, PhasePlan, TrialPlan } from './plan.js';
import type { RunRecipe } from './recipe.js';
import { noTraffic, perStep, sumTraffic } from './traffic.js';
import { naturalLabels, trainingOf, warmupFormat } from './training.js';
import type { TrialContext, TrialEvent, TrialLook, TrialResult } from './trial.js';
import { type LiveState, type PhaseName, readLive, restoreLive } from './trial-state.js';

/** Fewest steps between two looks at the poses: each is a wait for the GPU. */
const LEAST_WATCHED = 5;

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** What a phase lets be seen between its blocks. */
type Shown = Pick<TrialLook, 'parameters' | 'images'>;

/** Trials that differ in their seeds alone and run in the same dispatches, and everything that they share between their phases. */
export class TrialGroup {
  readonly time: TrialTime;
  split: 'timestamps' | 'none' = 'none';
  private readonly context: TrialContext;
  private readonly recipe: RunRecipe;
  private readonly seedValues: readonly number[];
  private readonly plan: TrialPlan;
  private readonly model: ModelSpec;
  private readonly seeds: GPUBuffer;
  private readonly started: number;
  /** Of the warm-up's steps: what checkpoints read back between them is not in it. */
  private traffic: Traffic;
  /** Step of the trial whose state was handed out last. */
  private kept: number | undefined;

  constructor(context: TrialContext, recipes: readonly RunRecipe[]) {
    this.context = context;
    this.recipe = recipes[0]!;
    this.seedValues = recipes.map(({ seed }) => seed);
    this.plan = planTrial(this.recipe);
    this.model = modelOf(this.recipe, context.data.facts, context.model);
    this.seeds = context.device.upload('seeds', Uint32Array.from(this.seedValues));
    const { total = 0, ...time } = context.resume?.time ?? {};
    this.started = performance.now() - 1000 * total;
    this.time = { ...noTime(), ...time };
    this.traffic = context.resume?.traffic ?? noTraffic;
    this.kept = context.resume?.step;
  }

  /** Seconds of the whole group so far, those before a resume included. */
  private get total(): number {
    return (performance.now() - this.started) / 1000;
  }

  private get models(): number {
    return this.seedValues.length;
  }

  /** Steps of the trial before a phase begins. */
  private before(phase: PhaseName): number {
    return phase === 'natural' ? (this.plan.warmup?.steps ?? 0) : 0;
  }

  /** @throws InputError for a state at a step that this trial does not stop at */
  private requireResumable(): void {
    const { resume } = this.context;
    if (!resume) return;
    const { phase, done, step } = resume;
    const steps = phase === 'warmup' ? (this.plan.warmup?.steps ?? 0) : this.plan.natural.steps;
    if (done < steps && step === this.before(phase) + done) return;
    throw new InputError({
      subject: 'checkpoint',
      got: `step ${step}, after ${done} steps of the ${phase} phase`,
      expected: `a step of ${this.before('natural')} of warm-up and ${this.plan.natural.steps} of natural training`,
      next: 'use the checkpoint of a run of this very recipe',
    });
  }

  private parameterSet(outputs: number): ParameterSet {
    const parameters = new ParameterSet(this.context.device, this.model.parameters(outputs), this.models);
    parameters.initialise(this.seedValues);
    return parameters;
  }

  async run(): Promise<TrialResult[]> {
    const { context, plan, model } = this;
    this.requireResumable();
    requireKeepList(this.recipe, context.data);
    const parameters = this.parameterSet(context.data.facts.classes);
    const evaluator = await this.timed('compile', () => Evaluator.create(context.device, model, parameters, context.data));
    if (plan.warmup && context.resume?.phase !== 'natural') {
      await (plan.warmup.kind === 'family' ? this.warmUp(plan.warmup, parameters) : this.augment(plan.warmup, parameters));
      if (!plan.continues) parameters.resetMoments();
      await this.evaluate(evaluator, 'warmup');
    }
    const last = await this.trainNaturally(plan.natural, parameters, evaluator);
    evaluator.destroy();
    this.seeds.destroy();
    const total = this.total;
    const warmup = plan.warmup && perStep(this.traffic, plan.warmup.steps);
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
      ...(plan.warmup?.kind === 'augment' && plan.warmup.sampler === 'guarded' ? { teacherSteps: TEACHER_STEPS } : {}),
    }));
  }

  /**
   * Warm-up on a family. Where the head is kept the natural parameters train themselves; else a copy of the body with the family's own head does,
   * and the body moves over: the natural head starts fresh, and so does Adam.
   */
  private async warmUp(plan: FamilyWarmup, target: ParameterSet): Promise<void> {
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
    const { select: selection } = plan;
    if (selection) requireClassLabels(labels.dtype);
    let source: OnlineSource | undefined;
    const step = await this.compile(training, ({ x, labels: y, state }) => {
      const given = { x: x!, y: y!, state: state!, seeds: this.seeds };
      source = selection
        ? selectedBatches(device, {
            ...given,
            generator,
            selection,
            batch,
            classes: outputs,
            facts: data.facts,
            model: this.model,
            parameters,
          })
        : bindPasses(device, planGeneration({ recipe: generator, batch, models, traits: device.traits }), given);
      return source.dispatches;
    });
    const runner = new PhaseRunner(device, step, { source: 'generate', models, mark: this.marker('warmup') }, this.time);
    const live: LiveState = {
      phase: 'warmup',
      sets: { model: target, ...(kept ? {} : { warmup: parameters }) },
      counters: { warmup: step },
    };
    await this.warmUpSteps(runner, plan, live, { parameters: target, images: () => step.inputs.x });
    if (!kept) {
      const { head } = this.model;
      target.copyFrom(parameters, (name) => head === undefined || !name.startsWith(`${head}.`));
    }
    await device.wait();
    for (const owner of [runner, step, source!, ...(kept ? [] : [parameters])]) owner.destroy();
  }

  /** Warm-up on moved base images (Experiment 1): the natural parameters train themselves. */
  private async augment(plan: AugmentWarmup, parameters: ParameterSet): Promise<void> {
    const { device, data } = this.context;
    const { facts, base } = data;
    const common = {
      model: this.model,
      base,
      classes: facts.classes,
      batch: this.recipe.batch,
      seeds: this.seeds,
      seedValues: this.seedValues,
    };
    const started = performance.now();
    const trained = this.context.resume?.sets.teacher;
    const teacher = plan.sampler === 'guarded' ? await trainTeacher(device, { ...common, reach: plan.reach }, trained) : undefined;
    // Beyond the trial's steps, and so in a place of its own.
    if (teacher) {
      this.time.compile += teacher.compiling;
      this.time.teacher = (this.time.teacher ?? 0) + (performance.now() - started) / 1000 - teacher.compiling;
    }
    const phase = await this.timed('compile', () =>
      AugmentPhase.create(device, {
        ...common,
        parameters,
        plan,
        sampler: plan.sampler,
        reach: plan.reach,
        ...(teacher ? { teacher } : {}),
        watched: this.context.onPoses !== undefined,
        pictured: this.context.between !== undefined,
      }),
    );
    const mark = this.marker('warmup');
    const runner = new PhaseRunner(device, phase, { source: 'generate', models: this.models, mark }, this.time);
    const { samplerParameters: sampler, counters } = phase;
    const sets = { model: parameters, ...(sampler ? { sampler } : {}), ...(teacher ? { teacher: teacher.parameters } : {}) };
    const { onPoses } = this.context;
    const watch = async (step: number): Promise<void> => {
      for (const [index, pose] of (await phase.poses()).entries()) onPoses?.({ step, ...pose }, index);
    };
    const shown = { parameters, images: () => phase.images() };
    await this.warmUpSteps(runner, plan, { phase: 'warmup', sets, counters }, shown, onPoses && watch);
    await device.wait();
    for (const owner of [runner, phase]) owner.destroy();
    teacher?.parameters.destroy();
  }

  /** Runs the warm-up's steps and counts what crosses to the GPU meanwhile. @param watch called about ten times, between steps */
  private async warmUpSteps(
    runner: PhaseRunner,
    plan: PhasePlan,
    live: LiveState,
    shown: Shown,
    watch?: (step: number) => Promise<void>,
  ): Promise<void> {
    const { meter } = this.context.device;
    const every = watch ? Math.max(LEAST_WATCHED, Math.ceil(plan.steps / 10)) : 0;
    const from = this.enter(live);
    await runner.prepare();
    for (let at = from; at < plan.steps; ) {
      await this.keepOrStop(live, at);
      const [before, first] = [meter.snapshot(), at];
      at = await this.block(runner, 'warmup', at, plan, every);
      const traffic = meter.since(before);
      this.traffic = sumTraffic(this.traffic, traffic);
      await this.show('warmup', at, at - first, traffic, shown);
      if (watch && (at === plan.steps || at % every === 0)) await watch(at);
    }
    // Natural training, where there is any, says it last.
    this.split = runner.split;
  }

  private async trainNaturally(plan: PhasePlan, parameters: ParameterSet, evaluator: Evaluator): Promise<ClassEvaluation[]> {
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
    const live: LiveState = { phase: 'natural', sets: { model: parameters }, counters: { natural: step } };
    const from = this.enter(live);
    const loader = this.diskLoader(step);
    const mark = this.marker('natural');
    const runner = new PhaseRunner(device, step, { source: 'load', models, firstStep: plan.firstStep, mark }, this.time);
    let last: ClassEvaluation[] | undefined;
    for (let at = from; at < plan.steps; ) {
      await this.keepOrStop(live, at);
      const [before, first] = [device.meter.snapshot(), at];
      at = await this.block(runner, 'natural', at, plan, evalEvery, loader);
      await this.show('natural', at, at - first, device.meter.since(before), {
        parameters,
        images: () => (train ? step.inputs.x : undefined),
      });
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

  /** Takes up the state to resume from where it belongs to this phase. Returns the phase's steps done. */
  private enter(live: LiveState): number {
    const { resume } = this.context;
    if (resume?.phase !== live.phase) return 0;
    restoreLive(live, resume);
    return resume.done;
  }

  /** Hands the state out where that is due, or before a stop. */
  private async keepOrStop(live: LiveState, at: number): Promise<void> {
    const { device, signal, checkpoint } = this.context;
    const step = this.before(live.phase) + at;
    const due = checkpoint && checkpoint.every > 0 && step > 0 && step % checkpoint.every === 0;
    const stop = signal?.aborted;
    if (checkpoint && (due || stop) && step !== this.kept) {
      const read = await readLive(device, live);
      await checkpoint.save({
        phase: live.phase,
        done: at,
        step,
        ...read,
        time: { ...this.time, total: this.total },
        traffic: this.traffic,
      });
      this.kept = step;
    }
    if (!stop) return;
    throw new InterruptedError({
      subject: 'warmup',
      got: `a stop after step ${step} of ${this.recipe.steps}`,
      expected: 'to run to the end',
      next: checkpoint ? `go on from the state at step ${step}` : 'run again: the trial starts from its first step',
    });
  }

  /** One block of steps and its events; returns the phase's steps done. @param every a block ends at each multiple of it, if it is not 0 */
  private async block(
    runner: PhaseRunner,
    phase: PhaseName,
    at: number,
    plan: PhasePlan,
    every: number,
    loader?: HostLoader,
  ): Promise<number> {
    const { device, onEvent, checkpoint, blockSteps } = this.context;
    const before = this.before(phase);
    const count = blockSize(device, at, plan.steps, every, before, checkpoint?.every, blockSteps?.());
    const { done, records, seconds } = await runner.run(at, count, loader);
    await this.context.observer?.pause?.();
    // What lies between two blocks still belongs to the phase; after its last step all is preparation again.
    if (done === plan.steps) this.context.observer?.mark({ phase: 'setup', part: 'setup' });
    records.forEach((own, index) => {
      const event: TrialEvent = {
        type: 'train',
        phase,
        step: before + done,
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

  /** Lets whoever watches look at the block that is done. */
  private async show(phase: PhaseName, at: number, steps: number, traffic: Traffic, shown: Shown): Promise<void> {
    await this.context.between?.({ phase, step: this.before(phase) + at, steps, traffic, model: this.model, ...shown });
  }

  private async evaluate(evaluator: Evaluator, phase: PhaseName, at = 0): Promise<ClassEvaluation[]> {
    const { observer } = this.context;
    observer?.mark({ phase: 'evaluation', part: 'evaluate' });
    const results = await this.timed('evaluate', () => evaluator.evaluateAll());
    await observer?.pause?.();
    observer?.mark({ phase: 'setup', part: 'setup' });
    results.forEach(({ accuracy, testLoss }, index) => {
      this.context.onEvent({ type: 'eval', phase, step: this.before('natural') + at, accuracy, testLoss }, index);
    });
    return results;
  }

  private marker(phase: PhaseName): MarkSteps {
    const { observer } = this.context;
    return (part, step) => observer?.mark({ phase, part, ...(step === undefined ? {} : { step }) });
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
