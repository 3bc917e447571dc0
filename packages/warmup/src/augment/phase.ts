import {
  add,
  affineWarp,
  constant,
  crossEntropy,
  type ForwardPass,
  frozen,
  gather,
  type InputSpec,
  type Model,
  ParameterSet,
  reshape,
  type StepRecord,
  scale,
  type Tensor,
  TrainingStep,
} from '@kindling/autograd';
import type { ByteRange, Device } from '@kindling/device';
import type { ModelSpec } from '../models.js';
import type { PhasePlan } from '../plan.js';
import { augmentInputs, NOISE, type Reach } from './inputs.js';
import { type PoseSpread, picturePass, posePass, poseSpread } from './pose-watch.js';
import { samplePose, samplerParameters } from './sampler.js';

/** Learning rate of the sampler's Adam. */
const SAMPLER_LEARNING_RATE = 1e-4;

export interface AugmentOptions {
  readonly model: ModelSpec;
  /** The classifier, which this phase trains; its first M seeds are those of the phase. */
  readonly parameters: ParameterSet;
  /** One image a class [K, C·H·W] f32 in [0,1]. */
  readonly base: GPUBuffer;
  readonly classes: number;
  readonly batch: number;
  /** Seeds [M] u32 on the GPU, and the same on the host. */
  readonly seeds: GPUBuffer;
  readonly seedValues: readonly number[];
  readonly plan: PhasePlan;
  /** `learned`: an MLP moves the images against the classifier; `random`: uniform poses; `guarded`: learned, and a frozen teacher must still recognise them. */
  readonly sampler: 'learned' | 'random' | 'guarded';
  readonly reach: Reach;
  /** A frozen classifier for `guarded`, and how much its loss weighs. */
  readonly teacher?: { readonly parameters: ParameterSet; readonly weight: number };
  /** Makes `poses` ready to be asked. */
  readonly watched?: boolean;
  /** Makes `images` ready to be asked. */
  readonly pictured?: boolean;
}

const strip = (x: Readonly<Record<string, Tensor>>, prefix: string): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(x)
      .filter(([name]) => name.startsWith(`${prefix}.`))
      .map(([name, tensor]) => [name.slice(prefix.length + 1), tensor]),
  );

/**
 * The warm-up phase of Experiment 1: a batch is `classes` base images moved by a pose; the classifier trains on it, and once the ramp is over the
 * sampler takes a step on minus the cross-entropy of the just updated classifier, through the warp. All of it stays on the GPU.
 */
export class AugmentPhase {
  private readonly device: Device;
  private readonly classifier: TrainingStep;
  private readonly sampler: TrainingStep | undefined;
  private readonly watch: ForwardPass | undefined;
  private readonly picture: ForwardPass | undefined;
  private readonly rampSteps: number;
  private readonly batch: number;
  private readonly owned: readonly { destroy(): void }[];
  /** The sampler's parameters, where it is learned. */
  readonly samplerParameters: ParameterSet | undefined;
  /** Poses drawn at random [M,B,3]; the reach so far [M,3]: to look at. */
  readonly buffers: Readonly<Record<'pose' | 'amplitude' | 'noise', GPUBuffer>>;

  static async create(device: Device, options: AugmentOptions): Promise<AugmentPhase> {
    const { model, parameters, base, classes, batch, seeds, plan, reach, teacher } = options;
    const { models } = parameters;
    const { channels, height, width } = model.input;
    const pixels = channels * height * width;
    const buffers = {
      noise: device.buffer('sampler noise', 4 * models * batch * NOISE),
      pose: device.buffer('random pose', 4 * models * batch * 3),
      amplitude: device.buffer('pose amplitude', 4 * models * 3),
    };
    const learned = options.sampler !== 'random';
    const samplerSet = learned ? new ParameterSet(device, samplerParameters(pixels), models) : undefined;
    samplerSet?.initialise(options.seedValues);
    const own = (size: number): number => (models === 1 ? 0 : size);
    const shared: Record<string, InputSpec> = {
      base: { shape: [classes, pixels], from: { resource: base, modelStride: 0 } },
      noise: { shape: [batch, NOISE], from: { resource: buffers.noise, modelStride: own(batch * NOISE) } },
      pose: { shape: [batch, 3], from: { resource: buffers.pose, modelStride: own(batch * 3) } },
      amplitude: { shape: [1, 3], from: { resource: buffers.amplitude, modelStride: own(3) } },
    };
    const warped = (x: Record<string, Tensor>, sampler: Record<string, Tensor> | undefined): Tensor => {
      const image = reshape(gather(x.base!, x.labels!), [batch, channels, height, width]);
      const pose = sampler ? samplePose(sampler, image, x.noise!, x.amplitude!) : x.pose!;
      return affineWarp(image, pose);
    };
    const loss: Model = (p, x) => {
      const image = warped(x, samplerSet ? strip(x, 'sampler') : undefined);
      return crossEntropy(model.forward(p, { x: image }), x.labels!);
    };
    const { step: classifier } = await TrainingStep.compile(device, {
      parameters,
      inputs: { labels: { shape: [batch], dtype: 'u32' }, ...shared, ...(samplerSet ? frozen('sampler', samplerSet) : {}) },
      loss,
      optimizer: { schedule: plan.schedule, steps: plan.scheduleSteps, clip: plan.clip },
      source: ({ labels, state }) => [
        {
          program: augmentInputs(batch, models, classes, reach, device.traits),
          resources: { state: state!, seeds, y: labels!, ...buffers },
        },
      ],
    });
    const labels: InputSpec = { shape: [batch], dtype: 'u32', from: { resource: classifier.inputs.labels!, modelStride: own(batch) } };
    let sampler: TrainingStep | undefined;
    let watch: ForwardPass | undefined;
    if (samplerSet) {
      const compiled = await TrainingStep.compile(device, {
        parameters: samplerSet,
        inputs: {
          labels,
          ...shared,
          ...frozen('classifier', parameters),
          ...(teacher ? frozen('teacher', teacher.parameters) : {}),
        },
        loss: (p, x) => {
          const image = warped(x, p);
          const against = scale(crossEntropy(model.forward(strip(x, 'classifier'), { x: image }), x.labels!), -1);
          if (!teacher) return against;
          return add(against, scale(crossEntropy(model.forward(strip(x, 'teacher'), { x: image }), x.labels!), teacher.weight));
        },
        optimizer: { schedule: constant(SAMPLER_LEARNING_RATE), steps: Math.max(1, plan.steps), clip: plan.clip },
      });
      sampler = compiled.step;
      const { base: images, noise, amplitude } = shared as Record<'base' | 'noise' | 'amplitude', InputSpec>;
      const inputs = { base: images, labels, noise, amplitude };
      if (options.watched) watch = await posePass(device, { sampler: samplerSet, facts: model.input, batch, inputs });
    }
    const picture = options.pictured
      ? await picturePass(device, { sampler: samplerSet, parameters, facts: model.input, batch, inputs: { ...shared, labels } })
      : undefined;
    return new AugmentPhase(device, { classifier, sampler, watch, picture }, reach.rampSteps, samplerSet, buffers, batch);
  }

  private constructor(
    device: Device,
    parts: {
      readonly classifier: TrainingStep;
      readonly sampler: TrainingStep | undefined;
      readonly watch: ForwardPass | undefined;
      readonly picture: ForwardPass | undefined;
    },
    rampSteps: number,
    samplerSet: ParameterSet | undefined,
    buffers: Record<'pose' | 'amplitude' | 'noise', GPUBuffer>,
    batch: number,
  ) {
    const { classifier, sampler, watch, picture } = parts;
    this.device = device;
    this.classifier = classifier;
    this.sampler = sampler;
    this.watch = watch;
    this.picture = picture;
    this.rampSteps = rampSteps;
    this.samplerParameters = samplerSet;
    this.buffers = buffers;
    this.batch = batch;
    this.owned = [classifier, sampler, watch, picture, samplerSet, ...Object.values(buffers)].filter((each) => each !== undefined);
  }

  /** Classes of the last batch [M,B] u32: to look at. */
  get labels(): GPUBuffer {
    return this.classifier.inputs.labels!;
  }

  /** The step counters, by what they count: the sampler's stands still during the ramp. */
  get counters(): Readonly<Record<string, TrainingStep>> {
    return { warmup: this.classifier, ...(this.sampler ? { sampler: this.sampler } : {}) };
  }

  /** Appends the drawing of classes, noise and poses. */
  encodeData(pass: GPUComputePassEncoder): void {
    this.classifier.encodeData(pass);
  }

  /** Appends the classifier's step and, past the ramp, the sampler's. @param step the phase's step, 0-based */
  encodeTrain(pass: GPUComputePassEncoder, step: number): void {
    this.classifier.encodeTrain(pass);
    if (step >= this.rampSteps) this.sampler?.encodeTrain(pass);
  }

  /**
   * How the images of the last batch are moved, by model: as the sampler stands after the last step, or as they were moved at random. Between steps, to
   * look at: nothing of it goes to the GPU, and it is no part of a step. A learned sampler must be `watched`.
   */
  async poses(): Promise<PoseSpread[]> {
    const { watch, device, buffers } = this;
    watch?.run();
    const resource = watch ? watch.output.resource : buffers.pose;
    const models = buffers.amplitude.size / 12;
    const size = 3 * this.batch;
    const poses = await device.readF32(resource, 0, models * size);
    return Array.from({ length: models }, (_, m) => poseSpread(poses.subarray(m * size, (m + 1) * size)));
  }

  /** The images [M, B, C, H, W] of the last batch, moved once more as `poses` says; undefined unless `pictured`. To look at: no part of a step. */
  images(): GPUBuffer | undefined {
    this.picture?.run();
    return this.picture?.output.resource;
  }

  historyRange(model = 0): ByteRange {
    return this.classifier.historyRange(model);
  }

  decodeHistory(bytes: ArrayBuffer, first: number, count: number): StepRecord[] {
    return this.classifier.decodeHistory(bytes, first, count);
  }

  destroy(): void {
    for (const each of this.owned) each.destroy();
  }
}
