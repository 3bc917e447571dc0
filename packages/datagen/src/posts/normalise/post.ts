import { defineProgram, InputError } from '@kindling/core';
import shader from '@kindling/shaders/posts/normalise';
import * as v from 'valibot';
import { imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { real } from '../../schema.js';
import type { Post } from '../post.js';

/** Post `normalise`: (x − mean)/deviation with one `mean` and one `deviation` a channel. The last of a list, as its values leave [0, 1]. */
const schema = v.strictObject({
  kind: v.literal('normalise'),
  mean: v.array(real(-10, 10)),
  deviation: v.array(real(1e-4, 100)),
});

export const normalise: Post<v.InferOutput<typeof schema>, v.InferInput<typeof schema>> = {
  id: 'normalise',
  title: 'subtracts given means and divides by given deviations, channel by channel',
  schema,
  check(post, { channels }, _, subject) {
    for (const field of ['mean', 'deviation'] as const) {
      if (post[field].length === channels) continue;
      throw new InputError({
        subject: `${subject}.${field}`,
        got: `${post[field].length} numbers`,
        expected: `${channels}, one a channel`,
        next: 'give as many as the images have channels',
      });
    }
  },
  parameters: () => [],
  tables: ({ mean, deviation }) => ({ constants: Float32Array.from([...mean, ...deviation.map((value) => 1 / value)]) }),
  passes(_, image, launch) {
    const slices = slicesOf({ image }, launch);
    const program = defineProgram({
      name: 'posts/normalise',
      source: { path: 'posts/normalise.wgsl', text: shader },
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { batch: launch.batch, channels: image.channels, plane: image.height * image.width, slices },
      workgroups: imageWorkgroups(launch, slices),
    });
    return [{ program, resources: {} }];
  },
  twin({ mean, deviation }, sample, { image: { height, width } }) {
    const plane = height * width;
    return { ...sample, image: sample.image.map((value, i) => (value - mean[Math.floor(i / plane)]!) / deviation[Math.floor(i / plane)]!) };
  },
};
