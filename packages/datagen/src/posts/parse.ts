import { InputError } from '@kindling/core';
import type { ImageSize, LabelFormat } from '../family.js';
import { parseWith } from '../schema.js';
import { MAX_POSTS } from './post.js';
import { type PostId, type PostRecipe, postOf, posts } from './registry.js';

/**
 * Validates a list of posts and fills in the defaults.
 * @param label how the labels are stored; undefined where there are none. @param subject names the list in errors
 * @throws InputError naming the field, e.g. `recipe.post.1.sigma`
 */
export function parsePosts(input: unknown, image: ImageSize, label: LabelFormat | undefined, subject = 'recipe.post'): PostRecipe[] {
  if (!Array.isArray(input) || input.length > MAX_POSTS) {
    throw new InputError({
      subject,
      got: Array.isArray(input) ? `${input.length} posts` : JSON.stringify(input),
      expected: `a list of at most ${MAX_POSTS} posts`,
      next: 'write e.g. [{"kind": "affine"}, {"kind": "noise"}]',
    });
  }
  let format = label;
  return input.map((entry: unknown, j) => {
    const kind = typeof entry === 'object' && entry !== null && 'kind' in entry ? entry.kind : undefined;
    if (typeof kind !== 'string' || !Object.hasOwn(posts, kind)) {
      throw new InputError({
        subject: `${subject}.${j}.kind`,
        got: kind === undefined ? 'none' : JSON.stringify(kind),
        expected: `one of ${Object.keys(posts).join(', ')}`,
        next: 'name the post, e.g. {"kind": "affine"}',
      });
    }
    const recipe = parseWith<PostRecipe>(posts[kind as PostId].schema, entry, `${subject}.${j}`);
    const post = postOf(recipe);
    post.check?.(recipe, image, format, `${subject}.${j}`);
    if (kind === 'normalise' && j < input.length - 1) {
      throw new InputError({
        subject: `${subject}.${j}`,
        got: `normalise before ${JSON.stringify(input[j + 1])}`,
        expected: 'normalise at the end: the others work on values from 0 to 1',
        next: 'move it to the end of the list',
      });
    }
    if (kind === 'mixup' && input.slice(0, j).some((other) => (other as PostRecipe).kind === 'mixup')) {
      throw new InputError({ subject: `${subject}.${j}`, got: 'a second mixup', expected: 'one in a list', next: 'remove one of the two' });
    }
    if (format) format = labelAfter([recipe], format);
    return recipe;
  });
}

/** How labels are stored after a list of posts. */
export const labelAfter = (list: readonly PostRecipe[], before: LabelFormat): LabelFormat =>
  list.reduce((format, recipe) => postOf(recipe).labelFormat?.(recipe, format) ?? format, before);
