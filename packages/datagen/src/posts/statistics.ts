import { defineProgram, foldWorkgroups, type Passes } from '@kindling/core';
import chunksShader from '@kindling/shaders/posts/statistics.chunks';
import joinShader from '@kindling/shaders/posts/statistics.join';
import { type ImageSize, pixelsOf } from '../family.js';
import { checkLaunch, type GenerateOptions } from '../generate.js';
import { workgroupSizeOf } from '../image-launch.js';

/** Pixels of a plane that one invocation adds up; the same on every adapter, so that the order of summation is. */
const CHUNK = 256;

export interface StatisticsOptions extends Pick<GenerateOptions, 'batch' | 'models' | 'traits' | 'workgroupSize'> {
  readonly image: ImageSize;
}

/**
 * The passes that write the mean and the (population) variance of each channel over a batch: the caller binds `x` f32 [M,B,C·H·W] and
 * `statistics` f32 [M,C,2]. The order of summation is fixed: bits do not depend on the workgroup size or on other models.
 * @throws InputError for sizes that are not whole and positive, or a batch that does not fit.
 */
export function planStatistics({ image, ...options }: StatisticsOptions): Passes {
  const launch = checkLaunch(options, image, 'statistics');
  const { batch, models } = launch;
  const plane = image.height * image.width;
  const chunks = Math.ceil(plane / CHUNK);
  const planes = batch * image.channels;
  const size = workgroupSizeOf(launch);
  const first = defineProgram({
    name: 'posts/statistics.chunks',
    source: { path: 'posts/statistics.chunks.wgsl', text: chunksShader },
    constants: { workgroup_size: size },
    params: { planes, plane, chunks },
    workgroups: foldWorkgroups(Math.ceil((planes * chunks) / size), models),
  });
  const second = defineProgram({
    name: 'posts/statistics.join',
    source: { path: 'posts/statistics.join.wgsl', text: joinShader },
    params: { batch, channels: image.channels, plane, chunks },
    workgroups: [image.channels, 1, models],
  });
  return {
    passes: [
      { program: first, resources: { x: 'x', moments: 'statistics.moments' } },
      { program: second, resources: { moments: 'statistics.moments', statistics: 'statistics' } },
    ],
    buffers: [{ name: 'statistics.moments', bytes: 8 * models * planes * chunks }],
  };
}

/** Mean and variance of each channel of a batch [B,C·H·W], on the CPU in f64: [C][2]. */
export function channelStatistics(x: ArrayLike<number>, image: ImageSize): [mean: number, variance: number][] {
  const plane = image.height * image.width;
  const images = x.length / pixelsOf(image);
  return Array.from({ length: image.channels }, (_, c) => {
    const values = Array.from(
      { length: images * plane },
      (__, i) => x[(Math.floor(i / plane) * image.channels + c) * plane + (i % plane)]!,
    );
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return [mean, values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length];
  });
}
