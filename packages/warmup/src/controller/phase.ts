import { ForwardPass, type ParameterSet, TrainingStep } from '@kindling/autograd';
import type { Program } from '@kindling/core';
import { type NaturalData, packBytes } from '@kindling/data';
import { planGeneration } from '@kindling/datagen';
import { type BoundPasses, bindPasses, type Device } from '@kindling/device';
import { scoreProgram } from '@kindling/kernels';
import type { ModelSpec } from '../models.js';
import type { PreparedData } from '../natural.js';
import type { FamilyWarmup } from '../plan.js';
import type { RunRecipe } from '../recipe.js';
import { trainingOf, warmupFormat } from '../training.js';
import { actionTable, type ControllerAction } from './actions.js';
import {
  type ControllerProblem,
  controllerProgram,
  decodeLog,
  heldOutStateProgram,
  logWords,
  memoryWords,
  OTHER_FEATURES,
} from './programs.js';
import type { ControllerRule } from './rules.js';

/** Held-out images that a forward pass takes at once. */
const EVALUATION_BATCH = 500;

/** A clip that never clips: with one, the optimizer measures the gradient's norm. Far enough below f32's end that dividing by a norm cannot overflow. */
const NEVER = 1e30;

export interface ControlledPhaseOptions {
  readonly recipe: RunRecipe;
  readonly plan: FamilyWarmup;
  readonly model: ModelSpec;
  /** The classifier that trains; M models. */
  readonly parameters: ParameterSet;
  readonly data: PreparedData;
  readonly held: NaturalData['train'];
  /** u32 [M] */
  readonly seeds: GPUBuffer;
  readonly actions: readonly ControllerAction[];
  readonly parts: number;
  /** Steps that an action holds for. */
  readonly blockSteps: number;
  readonly rule: ControllerRule;
}

type Buffers = ReturnType<typeof makeBuffers>;

/** The held-out images, what the controller keeps, and what it writes for the generator. */
function makeBuffers(device: Device, { held, actions, parts }: ControlledPhaseOptions, problem: ControllerProblem) {
  const { models, classes, blocks } = problem;
  return {
    images: device.upload('held-out images', packBytes(held.images)),
    labels: device.upload('held-out labels', packBytes(held.labels)),
    rows: device.buffer('held-out rows', 8 * models * held.count),
    state: device.buffer('held-out state', 16),
    observation: device.buffer('controller observation', 4 * models * (classes + OTHER_FEATURES)),
    actions: device.upload('controller actions', actionTable(actions)),
    memory: device.buffer('controller memory', 4 * models * memoryWords(problem)),
    log: device.buffer('controller log', 4 * models * (blocks + 1) * logWords(problem)),
    familyWeights: device.buffer('family weights', 4 * models * parts),
    difficulty: device.buffer('difficulty', 4 * models),
    classWeights: device.buffer('class weights', 4 * models * classes),
  };
}

/** A step on a batch that the generator makes as the control buffers say. */
async function compileTraining(device: Device, options: ControlledPhaseOptions, buffers: Buffers) {
  const { recipe, plan, model, parameters, data, seeds, actions } = options;
  const { batch } = recipe;
  const { models } = parameters;
  const { generator, labels } = warmupFormat(plan, data.facts, batch);
  const training = trainingOf(recipe, data.facts, model, plan, parameters, labels);
  const control = { familyWeights: true, difficulty: true, classWeights: actions.some(({ weighted }) => weighted) };
  const { familyWeights, difficulty, classWeights } = buffers;
  let generation: BoundPasses | undefined;
  const { step } = await TrainingStep.compile(device, {
    ...training,
    optimizer: { ...training.optimizer, clip: training.optimizer.clip ?? NEVER },
    history: Math.max(1024, plan.steps),
    source: ({ x, labels: y, state }) => {
      const passes = planGeneration({ recipe: generator, batch, models, traits: device.traits, control });
      generation = bindPasses(device, passes, { x: x!, y: y!, state: state!, seeds, familyWeights, difficulty, classWeights });
      return generation.dispatches;
    },
  });
  return { step, generation: generation! };
}

/** Forward passes over the held-out images, scored into `rows`. */
async function compileEvaluation(device: Device, { model, parameters, data, held, seeds }: ControlledPhaseOptions, buffers: Buffers) {
  const batch = Math.min(EVALUATION_BATCH, held.count);
  const { models } = parameters;
  const { channels, height, width, classes } = data.facts;
  const { images, labels, rows, state } = buffers;
  const { pass: evaluation } = await ForwardPass.compile(device, {
    parameters,
    inputs: { x: { shape: [batch, channels, height, width] }, labels: { shape: [batch], dtype: 'u32' } },
    model: model.forward,
    before: ({ x, labels: y }) => [
      data.gather({ images, labels, count: held.count }, batch, false, { state, seeds, x: x!, y: y! }, models),
    ],
    after: ({ labels: y }, output) => [
      {
        program: scoreProgram({
          n: batch,
          o: classes,
          total: held.count,
          models,
          logitsStride: output.modelStride,
          labelsStride: models === 1 ? 0 : batch,
        }),
        resources: { logits: output.resource, labels: y!, rows, state },
      },
    ],
  });
  return { evaluation, batches: Math.ceil(held.count / batch) };
}

interface PhaseParts {
  readonly step: TrainingStep;
  readonly evaluation: ForwardPass;
  /** Forward passes that see all held-out images. */
  readonly batches: number;
  /** What counts them. */
  readonly state: GPUBuffer;
  readonly log: GPUBuffer;
  readonly dispatches: readonly (readonly [Program, GPUBindGroup])[];
  readonly problem: ControllerProblem;
  readonly steps: number;
  readonly blockSteps: number;
  readonly owned: readonly { destroy(): void }[];
}

/**
 * A warm-up whose generator is steered on the GPU: before each block of steps the held-out images are evaluated, and a kernel learns from how far the
 * loss fell and writes the generator's control buffers. Encoding creates nothing and writes nothing from the host.
 */
export class ControlledPhase {
  private readonly device: Device;
  private readonly parts: PhaseParts;

  static async create(device: Device, options: ControlledPhaseOptions): Promise<ControlledPhase> {
    const { plan, parameters, data, held, seeds, actions, parts, blockSteps, rule } = options;
    const { models } = parameters;
    const { classes } = data.facts;
    const problem: ControllerProblem = {
      models,
      classes,
      actions: actions.length,
      parts,
      blocks: Math.ceil(plan.steps / blockSteps),
      rule,
    };
    const buffers = makeBuffers(device, options, problem);
    const { step, generation } = await compileTraining(device, options, buffers);
    const { evaluation, batches } = await compileEvaluation(device, options, buffers);
    const window = blockSteps;
    const observe = heldOutStateProgram({ models, classes, total: held.count, capacity: step.capacity, window, steps: plan.steps });
    const decide = controllerProgram(problem);
    await device.compile([observe, decide]);
    const { buffer: history } = step.historyRange();
    const control = { family_weights: buffers.familyWeights, class_weights: buffers.classWeights };
    const dispatches = [
      [observe, device.bindGroup(observe, { ...buffers, history, state: step.state })],
      [decide, device.bindGroup(decide, { ...buffers, ...control, seeds })],
    ] as const;
    const { state, log } = buffers;
    const owned = [step, generation, evaluation, ...Object.values(buffers)];
    return new ControlledPhase(device, {
      step,
      evaluation,
      batches,
      state,
      log,
      dispatches,
      problem,
      steps: plan.steps,
      blockSteps,
      owned,
    });
  }

  private constructor(device: Device, parts: PhaseParts) {
    this.device = device;
    this.parts = parts;
  }

  /** Decisions, each for a block of steps. */
  get blocks(): number {
    return this.parts.problem.blocks;
  }

  /** Appends an evaluation of the held-out images and a decision: once before each block, and once after the last. */
  encodeDecision(encoder: GPUCommandEncoder): void {
    const { state, batches, evaluation, dispatches } = this.parts;
    encoder.clearBuffer(state);
    const pass = encoder.beginComputePass();
    for (let i = 0; i < batches; i++) evaluation.encode(pass);
    for (const [program, group] of dispatches) this.device.dispatch(pass, program, group);
    pass.end();
  }

  /** Appends the training steps of a block; the last one may be shorter. */
  encodeBlock(encoder: GPUCommandEncoder, block: number): void {
    const { step, steps, blockSteps } = this.parts;
    const pass = encoder.beginComputePass();
    for (let i = block * blockSteps; i < Math.min(steps, (block + 1) * blockSteps); i++) {
      step.encodeData(pass);
      step.encodeTrain(pass);
    }
    pass.end();
  }

  /** Every model's decisions, final state and training steps, in one readback. */
  async read() {
    const { problem, step, steps, log: buffer } = this.parts;
    const ranges = Array.from({ length: problem.models }, (_, model) => step.historyRange(model));
    const [log, ...histories] = await this.device.submitAndRead(() => {}, [{ buffer, offset: 0, length: buffer.size }, ...ranges]);
    return histories.map((history, model) => ({
      ...decodeLog(new Float32Array(log!), problem, model),
      steps: step.decodeHistory(history, 0, steps),
    }));
  }

  destroy(): void {
    for (const each of this.parts.owned) each.destroy();
  }
}
