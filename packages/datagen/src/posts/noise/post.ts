import { defineProgram, InputError, normalPair } from '@kindling/core';
import shader from '@kindling/shaders/posts/noise';
import distributions from '@kindling/shaders/random/distributions';
import threefry from '@kindling/shaders/random/threefry';
import * as v from 'valibot';
import { indexParams, pixelsOf } from '../../family.js';
import { imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { realRange } from '../../schema.js';
import { DRAWS_PER_POST, type Post, uniform } from '../post.js';

/**
 * Post `noise`. `type` gaussian: each value plus a normal of deviation `sigma` (drawn from its range for each image), clipped to [0, 1].
 * `type` salt-and-pepper: each value is replaced by 0 or 1 with probability `amount`, drawn for each image.
 */
const schema = v.variant('type', [
  v.strictObject({
    kind: v.literal('noise'),
    type: v.optional(v.literal('gaussian'), 'gaussian'),
    sigma: v.optional(realRange(0, 1), [0, 0.15]),
  }),
  v.strictObject({ kind: v.literal('noise'), type: v.literal('salt-and-pepper'), amount: v.optional(realRange(0, 1), [0, 0.1]) }),
]);
type Noise = v.InferOutput<typeof schema>;

/** The first draw of the pixels' words. */
const FIRST_PIXEL = 16;

export const noisePost: Post<Noise, v.InferInput<typeof schema>> = {
  id: 'noise',
  title: 'adds Gaussian noise, or salt and pepper',
  schema,
  check(_, image, __, subject) {
    const most = DRAWS_PER_POST - FIRST_PIXEL;
    if (pixelsOf(image) <= most) return;
    throw new InputError({
      subject,
      got: `images of ${pixelsOf(image)} values`,
      expected: `at most ${most}, as many words as a post may draw`,
      next: 'ask for smaller images',
    });
  },
  parameters: (post) => {
    if (post.type === 'gaussian') return [uniform('sigma', 0, post.sigma)];
    // A whole number decides, so that every adapter replaces the same pixels.
    const [low, high] = post.amount.map((amount) => Math.round(amount * 2 ** 24)) as [number, number];
    return [{ name: 'amount', draw: 0, kind: 'integer', low, high }];
  },
  passes(post, image, launch) {
    const slices = slicesOf({ image }, launch);
    const program = defineProgram({
      name: 'posts/noise',
      source: { path: 'posts/noise.wgsl', text: shader },
      libraries: [
        { path: 'random/threefry.wgsl', text: threefry },
        { path: 'random/distributions.wgsl', text: distributions },
      ],
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: {
        ...indexParams(launch),
        pixels: pixelsOf(image),
        slices,
        row_stride: launch.rowStride,
        first_word: launch.firstWord,
        kind: post.type === 'gaussian' ? 0 : 1,
        first_call: launch.firstCall + FIRST_PIXEL / 2,
      },
      workgroups: imageWorkgroups(launch, slices),
    });
    return [{ program, resources: {} }];
  },
  twin(post, sample, { draws, parameters }) {
    const image = sample.image.map((value, i) => {
      const pair = FIRST_PIXEL + (i & ~1);
      if (post.type === 'gaussian') {
        const noise = normalPair(draws.word(pair), draws.word(pair + 1))[(i & 1) as 0 | 1];
        return Math.min(1, Math.max(0, value + parameters.sigma! * noise));
      }
      const word = draws.word(FIRST_PIXEL + i);
      return word >>> 8 < parameters.amount! ? word & 1 : value;
    });
    return { ...sample, image };
  },
};
