import { affineWarp, ForwardPass, gather, type InputSpec, type ParameterSet, reshape } from '@kindling/autograd';
import type { Device } from '@kindling/device';
import type { ImageFacts } from '../natural.js';
import { samplePose } from './sampler.js';

/** Mean and standard deviation over a batch. */
export interface Spread {
  readonly mean: number;
  readonly sd: number;
}

/** How the images of a batch are moved: shifts in pixels, rotation in degrees. */
export interface PoseSpread {
  readonly tx: Spread;
  readonly ty: Spread;
  readonly rotation: Spread;
}

/** The poses [B,3] of one model's batch, summed up in f64; `sd` divides by B. */
export function poseSpread(poses: Float32Array): PoseSpread {
  const count = poses.length / 3;
  const along = (axis: number): Spread => {
    let [sum, squares] = [0, 0];
    for (let i = axis; i < poses.length; i += 3) sum += poses[i]!;
    const mean = sum / count;
    for (let i = axis; i < poses.length; i += 3) squares += (poses[i]! - mean) ** 2;
    return { mean, sd: Math.sqrt(squares / count) };
  };
  return { tx: along(0), ty: along(1), rotation: along(2) };
}

/** What the poses of a batch follow from: buffers that a warm-up's step left. */
export interface PoseSource {
  readonly sampler: ParameterSet;
  readonly facts: Pick<ImageFacts, 'channels' | 'height' | 'width'>;
  readonly batch: number;
  readonly inputs: Readonly<Record<'base' | 'labels' | 'noise' | 'amplitude', InputSpec>>;
}

/** The pass that asks the sampler, as it stands, for the poses of the last batch: output [M, B, 3]. Uploads nothing when it runs. */
export async function posePass(device: Device, { sampler, facts, batch, inputs }: PoseSource): Promise<ForwardPass> {
  const { channels, height, width } = facts;
  const { pass } = await ForwardPass.compile(device, {
    parameters: sampler,
    inputs,
    model: (p, x) => samplePose(p, reshape(gather(x.base!, x.labels!), [batch, channels, height, width]), x.noise!, x.amplitude!),
  });
  return pass;
}

/** What the moved images of a batch follow from: buffers that a warm-up's step left. */
export interface PictureSource {
  /** Undefined where poses were drawn at random. */
  readonly sampler: ParameterSet | undefined;
  /** Those of the classifier, which no image depends on: a pass belongs to some set. */
  readonly parameters: ParameterSet;
  readonly facts: Pick<ImageFacts, 'channels' | 'height' | 'width'>;
  readonly batch: number;
  readonly inputs: Readonly<Record<string, InputSpec>>;
}

/** The pass that moves the last batch's images as the sampler, as it stands, asks: output [M, B, C, H, W]. Uploads nothing when it runs. */
export async function picturePass(device: Device, { sampler, parameters, facts, batch, inputs }: PictureSource): Promise<ForwardPass> {
  const { channels, height, width } = facts;
  const { pass } = await ForwardPass.compile(device, {
    parameters: sampler ?? parameters,
    inputs,
    model: (p, x) => {
      const image = reshape(gather(x.base!, x.labels!), [batch, channels, height, width]);
      return affineWarp(image, sampler ? samplePose(p, image, x.noise!, x.amplitude!) : x.pose!);
    },
  });
  return pass;
}
