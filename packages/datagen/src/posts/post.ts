import { drawBelow, drawWord, normalFrom, type Pass, sampleKey, unitFloat } from '@kindling/core';
import type { GenericSchema } from 'valibot';
import { type ImageSize, type LabelFormat, type Launch, splitIndex } from '../family.js';
import type { Parameter } from '../parameter.js';

/** What every entry of `recipe.post` has: its name. */
export interface PostShape {
  readonly kind: string;
}

type Drawn<P> = P extends unknown ? Omit<P, 'stream' | 'easy'> : never;
/** A number drawn for each image from the stream of augmentation; `draw` counts from 0 within the post. */
export type PostParameter = Drawn<Parameter>;

/** Post number j owns the draws j·2^19 … (j + 1)·2^19 − 1 of the stream of augmentation. */
export const DRAWS_PER_POST = 2 ** 19;
/** Posts of a recipe; the draw numbers would hold for 64. */
export const MAX_POSTS = 16;

/** Where a post's parameters and words stand, beside which images the dispatch changes. `rowStride` is that of all posts together. */
export interface PostLaunch extends Launch {
  /** Word of the post's first parameter in a row. */
  readonly firstWord: number;
  /** Threefry call of the post's draw 0. */
  readonly firstCall: number;
  /** How the labels before this post are stored; absent where there are none. */
  readonly label?: LabelFormat;
}

/** An image and its label on their way through the posts. */
export interface PostSample {
  /** [C·H·W] */
  readonly image: Float32Array<ArrayBuffer>;
  readonly labels: readonly number[];
}

/** What a post's twin knows of the sample beside the image. */
export interface PostContext {
  readonly image: ImageSize;
  readonly draws: PostDraws;
  readonly parameters: Readonly<Record<string, number>>;
  /** Outputs of the label before this post, e.g. its classes. */
  readonly outputs: number;
  /** The sample of index + 2^63, as it is before this post. */
  readonly partner: () => PostSample;
}

/**
 * A pass over finished images, a pure function of the image and the sample's (seed, step, index). Its kernels bind `state`, `seeds`, `rows`
 * (the drawn parameters) and either `x` alone, to change it in place, or `source` (the images so far) and `x` (the images after): the
 * planner then swaps two buffers. Tables and scratch by the post's own names.
 */
export interface Post<R extends PostShape = PostShape, I = unknown> {
  readonly id: R['kind'];
  /** One line for lists. */
  readonly title: string;
  readonly schema: GenericSchema<I, R>;
  /** Refuses what the schema cannot know: sizes, channels, labels. `subject` is e.g. `recipe.post.1`. @throws InputError */
  check?(post: R, image: ImageSize, label: LabelFormat | undefined, subject: string): void;
  /** What is drawn for an image, in the order of the words in `rows`. */
  parameters(post: R, image: ImageSize): readonly PostParameter[];
  /** How labels are stored after the post, where it changes that. */
  labelFormat?(post: R, before: LabelFormat): LabelFormat;
  /** Constant buffers. */
  tables?(post: R, image: ImageSize): Readonly<Record<string, Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>>;
  /** Scratch buffers of the given bytes. */
  scratch?(post: R, image: ImageSize, launch: Launch): Readonly<Record<string, number>>;
  passes(post: R, image: ImageSize, launch: PostLaunch): readonly Pass[];
  /** The same in f64, every discrete decision exact. */
  twin(post: R, sample: PostSample, context: PostContext): PostSample;
}

/** The words of one post of one sample on the CPU. */
export class PostDraws {
  readonly #key: [number, number];
  readonly #low: number;
  readonly #first: number;

  /** @param number place of the post in the recipe; @param top added to the high word of the index: 2^31 for mixup's partners */
  constructor(seed: number, step: number, index: number, number: number, top = 0) {
    const { low, high } = splitIndex(index);
    this.#key = sampleKey(seed, 'augmentation', step, high + top);
    this.#low = low;
    this.#first = number * DRAWS_PER_POST;
  }

  word(draw: number): number {
    return drawWord(this.#key, this.#low, this.#first + draw);
  }

  /** Uniform in [0, 1), 24 bits. */
  unit(draw: number): number {
    return unitFloat(this.word(draw));
  }

  /** A whole number in 0 .. n − 1 without bias. */
  below(draw: number, n: number): number {
    return drawBelow(this.#key, this.#low, this.#first + draw, n);
  }

  /** Standard normal from draws `draw` and `draw + 1`. */
  normal(draw: number): number {
    return normalFrom(this.word(draw), this.word(draw + 1));
  }
}

/** A parameter that is uniform on a range. */
export const uniform = (name: string, draw: number, [low, high]: readonly [number, number]): PostParameter => ({
  name,
  draw,
  kind: 'uniform',
  low,
  high,
});
