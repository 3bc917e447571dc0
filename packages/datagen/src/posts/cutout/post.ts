import { defineProgram } from '@kindling/core';
import shader from '@kindling/shaders/posts/cutout';
import * as v from 'valibot';
import { imageParams, imageWorkgroups, slicesOf, workgroupSizeOf } from '../../image-launch.js';
import { real, realRange } from '../../schema.js';
import type { Post } from '../post.js';

/** Post `cutout`: a square of side `size` (a share of the shorter side of the image, rounded to pixels) about a random pixel becomes `fill`. */
const schema = v.strictObject({
  kind: v.literal('cutout'),
  size: v.optional(realRange(0, 1), [0.25, 0.5]),
  fill: v.optional(real(0, 1), 0),
});

export const cutout: Post<v.InferOutput<typeof schema>, v.InferInput<typeof schema>> = {
  id: 'cutout',
  title: 'blots out a square',
  schema,
  parameters({ size }, { height, width }) {
    const [low, high] = size.map((share) => Math.round(share * Math.min(height, width))) as [number, number];
    return [
      { name: 'column', draw: 0, kind: 'integer', low: 0, high: width - 1 },
      { name: 'line', draw: 1, kind: 'integer', low: 0, high: height - 1 },
      { name: 'side', draw: 2, kind: 'integer', low, high },
    ];
  },
  passes({ fill }, image, launch) {
    const program = defineProgram({
      name: 'posts/cutout',
      source: { path: 'posts/cutout.wgsl', text: shader },
      constants: { workgroup_size: workgroupSizeOf(launch) },
      params: { ...imageParams({ image }, launch), first_word: launch.firstWord, fill },
      workgroups: imageWorkgroups(launch, slicesOf({ image }, launch)),
    });
    return [{ program, resources: {} }];
  },
  twin({ fill }, sample, { image: { height, width }, parameters }) {
    const { column, line, side } = parameters as { column: number; line: number; side: number };
    const [left, top] = [column - Math.floor(side / 2), line - Math.floor(side / 2)];
    const image = sample.image.map((value, i) => {
      const [x, y] = [i % width, Math.floor(i / width) % height];
      return x >= left && x < left + side && y >= top && y < top + side ? fill : value;
    });
    return { ...sample, image };
  },
};
