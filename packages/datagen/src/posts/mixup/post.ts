import { defineProgram, foldWorkgroups, InputError } from '@kindling/core';
import shader from '@kindling/shaders/posts/mixup';
import labelShader from '@kindling/shaders/posts/mixup_labels';
import * as v from 'valibot';
import { pixelsOf } from '../../family.js';
import { imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { real } from '../../schema.js';
import type { Post } from '../post.js';
import { betaQuantiles, STEPS } from './beta.js';

/**
 * Post `mixup`: λ·image + (1 − λ)·partner, λ from Beta(alpha, alpha). The partner is the sample of the same recipe with index + 2^63, after the
 * posts before this one. `labels`: `dominant` keeps the label of the larger share; `soft` gives rows of class probabilities, f32 [M,B,K].
 */
const schema = v.strictObject({
  kind: v.literal('mixup'),
  alpha: v.optional(real(0.05, 64), 1),
  labels: v.optional(v.picklist(['dominant', 'soft']), 'dominant'),
});

/** The 25 bits that λ is made of, on the CPU. */
export function mixing(table: Float32Array, word: number): number {
  const width = 2 ** 24 / STEPS;
  const [i, t] = [Math.floor((word % 2 ** 24) / width), (word % width) / width];
  const q = table[i]! + t * (table[i + 1]! - table[i]!);
  return word >= 2 ** 24 ? 1 - q : q;
}

export const mixup: Post<v.InferOutput<typeof schema>, v.InferInput<typeof schema>> = {
  id: 'mixup',
  title: 'blends each image with another one of the same recipe',
  schema,
  check({ labels }, _, label, subject) {
    if (labels === 'dominant' || label === undefined || label.dtype === 'u32') return;
    throw new InputError({
      subject: `${subject}.labels`,
      got: `soft, with a label of ${label.outputs} values`,
      expected: 'a class label, whose probabilities can be mixed',
      next: 'use "dominant", or another label of the recipe',
    });
  },
  parameters: () => [{ name: 'mixing', draw: 0, kind: 'integer', low: 0, high: 2 ** 25 - 1 }],
  labelFormat: ({ labels }, before) => (labels === 'soft' ? { dtype: 'f32', outputs: before.outputs } : before),
  tables: ({ alpha }) => ({ quantiles: betaQuantiles(alpha) }),
  passes({ labels }, image, launch) {
    const slices = slicesOf({ image }, launch);
    const size = workgroupSizeOf(launch);
    const place = { batch: launch.batch, row_stride: launch.rowStride, first_word: launch.firstWord, steps: STEPS };
    const pixels = defineProgram({
      name: 'posts/mixup',
      source: { path: 'posts/mixup.wgsl', text: shader },
      constants: { workgroup_size: size },
      params: { ...place, pixels: pixelsOf(image), slices },
      workgroups: imageWorkgroups(launch, slices),
    });
    if (!launch.label) return [{ program: pixels, resources: {} }];
    const soft = labels === 'soft';
    const own = defineProgram({
      name: 'posts/mixup_labels',
      source: { path: 'posts/mixup_labels.wgsl', text: labelShader },
      constants: { workgroup_size: size },
      params: { ...place, soft: soft ? 1 : 0, outputs: soft || launch.label.dtype === 'f32' ? launch.label.outputs : 1 },
      workgroups: foldWorkgroups(Math.ceil(launch.batch / size), launch.models),
    });
    // Dominant labels change y in place; what is bound as labels is not read then.
    const resources = { partner_labels: 'partnerLabels', labels: soft ? 'labels' : 'partnerLabels' };
    return [
      { program: pixels, resources: {} },
      { program: own, resources },
    ];
  },
  twin({ alpha, labels }, sample, { parameters, outputs, partner }) {
    const other = partner();
    const share = mixing(betaQuantiles(alpha), parameters.mixing!);
    const image = sample.image.map((value, i) => share * value + (1 - share) * other.image[i]!);
    if (labels === 'dominant') return { image, labels: parameters.mixing! >= 2 ** 24 ? sample.labels : other.labels };
    const row = Array.from({ length: outputs }, () => 0);
    row[sample.labels[0]!]! += share;
    row[other.labels[0]!]! += 1 - share;
    return { image, labels: row.map(Math.fround) };
  },
};
