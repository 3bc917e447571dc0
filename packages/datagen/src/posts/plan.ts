import { defineProgram, InputError, type Pass, type Passes } from '@kindling/core';
import copy from '@kindling/shaders/posts/copy';
import { checkBuffers } from '../buffers.js';
import { type ImageSize, type LabelFormat, type Launch, pixelsOf } from '../family.js';
import { checkLaunch, type GenerateOptions } from '../generate.js';
import { workgroupSizeOf } from '../image-launch.js';
import { chainPosts, type PostRows } from './chain.js';
import { labelAfter, parsePosts } from './parse.js';
import type { PostInput, PostRecipe } from './registry.js';

/** Which images the posts change; `firstIndex` and `indexStep` number them, as what is drawn for an image depends on its index. */
export interface PostOptions extends Omit<GenerateOptions, 'recipe' | 'control'> {
  readonly posts: readonly PostInput[];
  readonly image: ImageSize;
  /** How y is stored before the posts; without it labels are left alone, which is an error where mixup should make them soft. */
  readonly label?: LabelFormat;
}

/** The passes, as plain data. */
export interface PostPlan extends Passes {
  readonly posts: readonly PostRecipe[];
  /** How y is stored afterwards. */
  readonly label?: LabelFormat;
  readonly rows?: PostRows;
}

/** The pass that brings the images into the scratch buffer. */
function copyPass(image: ImageSize, launch: Launch): Pass {
  const count = launch.models * launch.batch * pixelsOf(image);
  const size = workgroupSizeOf(launch, 16, 256);
  const program = defineProgram({
    name: 'posts/copy',
    source: { path: 'posts/copy.wgsl', text: copy },
    constants: { workgroup_size: size },
    params: { count },
    workgroups: [Math.min(launch.traits?.software ? 32 : 65_535, Math.ceil(count / size)), 1, 1],
  });
  return { program, resources: { source: 'x', x: 'post.x' } };
}

/**
 * The posts over images of any origin, e.g. a gathered batch of natural images: from buffer `x` f32 [M,B,C·H·W] in [0, 1] to `x`. The caller
 * binds `state` (state[0] is the step), `seeds` u32 [M] ([1] when shared) and `x`; with mixup also `partner`, other images of the same shape,
 * and where `label` is given `partnerLabels` and `y`, which is changed (soft: y [M,B,K] f32 is written from `labels` [M,B] u32).
 * @throws InputError for invalid posts (`posts.1.sigma`), sizes that are not whole and positive, or a batch that does not fit.
 */
export function planPosts(options: PostOptions): PostPlan {
  const { image, label } = options;
  const posts = parsePosts(options.posts, image, label, 'posts');
  const launch = checkLaunch(options, image, 'posts');
  const soft = posts.findIndex((post) => post.kind === 'mixup' && post.labels === 'soft');
  if (soft >= 0 && !label) {
    throw new InputError({
      subject: `posts.${soft}.labels`,
      got: 'soft, without a label format',
      expected: 'label, e.g. {dtype: "u32", outputs: 10}',
      next: 'pass label, or use "dominant"',
    });
  }
  const { start, passes, buffers, rows } = chainPosts(posts, image, launch, label);
  // An odd number of passes from one buffer to the other begins in the scratch buffer.
  const first = start === 'post.x' ? [copyPass(image, launch)] : [];
  checkBuffers('posts', buffers, launch.traits);
  return {
    posts,
    passes: [...first, ...passes],
    buffers,
    ...(label ? { label: labelAfter(posts, label) } : {}),
    ...(rows ? { rows } : {}),
  };
}
