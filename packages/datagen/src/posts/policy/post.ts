import { defineProgram } from '@kindling/core';
import shader from '@kindling/shaders/posts/policy';
import * as v from 'valibot';
import type { ImageSize } from '../../family.js';
import { imageWorkgroups, workgroupSizeOf } from '../../image-launch.js';
import { whole } from '../../schema.js';
import { turnLibrary } from '../../turn.js';
import type { Post } from '../post.js';
import { OPERATIONS, operate, SPACES } from './operations.js';

const space = (name: 'standard' | 'wide') => v.optional(v.picklist(['standard', 'wide']), name);

/**
 * Post `policy`. `name` trivial-augment (Müller and Hutter, 2021): one operation and one magnitude of 0 to 30, each as likely. `name` rand-augment
 * (Cubuk et al., 2020): `n` operations one after another, all of `magnitude`. `space`: how far magnitude 30 goes.
 */
const schema = v.variant('name', [
  v.strictObject({ kind: v.literal('policy'), name: v.literal('trivial-augment'), space: space('wide') }),
  v.strictObject({
    kind: v.literal('policy'),
    name: v.literal('rand-augment'),
    n: v.optional(whole(1, 4), 2),
    magnitude: v.optional(whole(0, 30), 9),
    space: space('standard'),
  }),
]);
type Policy = v.InferOutput<typeof schema>;

const rounds = (post: Policy): number => (post.name === 'rand-augment' ? post.n : 1);
const operations = ({ channels }: ImageSize): number => OPERATIONS.length - (channels === 3 ? 0 : 1);

export const policy: Post<Policy, v.InferInput<typeof schema>> = {
  id: 'policy',
  title: 'an operation drawn for each image: TrivialAugment, RandAugment',
  schema,
  parameters: (post, image) => {
    const [low, high] = post.name === 'rand-augment' ? [post.magnitude, post.magnitude] : [0, 30];
    return Array.from({ length: rounds(post) }, (_, k) => [
      { name: `operation${k}`, draw: 4 * k, kind: 'integer' as const, low: 0, high: operations(image) - 1 },
      { name: `magnitude${k}`, draw: 4 * k + 1, kind: 'integer' as const, low, high },
      { name: `sign${k}`, draw: 4 * k + 2, kind: 'integer' as const, low: 0, high: 1 },
    ]).flat();
  },
  passes(post, image, launch) {
    const { leastBits, ...ranges } = SPACES[post.space];
    return Array.from({ length: rounds(post) }, (_, k) => ({
      program: defineProgram({
        name: 'posts/policy',
        source: { path: 'posts/policy.wgsl', text: shader },
        libraries: [turnLibrary],
        constants: { workgroup_size: workgroupSizeOf(launch, 8, 128) },
        params: {
          batch: launch.batch,
          ...image,
          row_stride: launch.rowStride,
          first_word: launch.firstWord + 3 * k,
          ...ranges,
          least_bits: leastBits,
        },
        workgroups: imageWorkgroups(launch),
      }),
      resources: {},
    }));
  },
  twin(post, sample, { image, parameters }) {
    let pixels = sample.image;
    for (let k = 0; k < rounds(post); k++) {
      const [operation, magnitude, sign] = ['operation', 'magnitude', 'sign'].map((name) => parameters[`${name}${k}`]!);
      pixels = operate(pixels, image, SPACES[post.space], operation!, magnitude!, sign! > 0);
    }
    return { ...sample, image: pixels };
  },
};
