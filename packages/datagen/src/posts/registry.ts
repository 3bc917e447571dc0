import { affine } from './affine/post.js';
import { cutout } from './cutout/post.js';
import { elastic } from './elastic/post.js';
import { mixup } from './mixup/post.js';
import { noisePost } from './noise/post.js';
import { normalise } from './normalise/post.js';
import { policy } from './policy/post.js';
import type { Post } from './post.js';
import { thickness } from './thickness/post.js';

/** Every post by name. To add one, write its folder and add it here. */
export const posts = { affine, elastic, thickness, noise: noisePost, cutout, mixup, policy, normalise };

/** A post's name. */
export type PostId = keyof typeof posts;
type RecipeOf<P> = P extends Post<infer R, infer _> ? R : never;
type InputOf<P> = P extends Post<infer _, infer I> ? I : never;

/** A validated entry of `recipe.post`, with every default filled in. */
export type PostRecipe = { [P in PostId]: RecipeOf<(typeof posts)[P]> }[PostId];
/** An entry of `recipe.post` as a user writes it: `kind` and whatever differs from the defaults. */
export type PostInput = { [P in PostId]: InputOf<(typeof posts)[P]> }[PostId];

/** The post of a recipe's entry. */
export const postOf = (recipe: PostRecipe): Post => posts[recipe.kind] as unknown as Post;
