import type { Pass, Traits } from '@kindling/core';
import type { GenericSchema } from 'valibot';
import type { Draws } from './draws.js';
import type { Parameter } from './parameter.js';

/** What every recipe has; a family narrows `params` and `label`. Plain JSON. */
export interface RecipeShape {
  readonly family: string;
  readonly image: ImageSize;
  readonly params: Readonly<Record<string, unknown>>;
  readonly label: { readonly kind: string; readonly classes?: number };
}

/** An image is written as `channels` planes of `height` rows of `width` pixels. */
export interface ImageSize {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/** C·H·W of one image. */
export const pixelsOf = ({ height, width, channels }: ImageSize): number => height * width * channels;

/** How y is stored, and how many outputs a head needs to learn it: `outputs` values (f32, [M,B,outputs]) or a class of `outputs` (u32, [M,B]). */
export interface LabelFormat {
  readonly dtype: 'f32' | 'u32';
  readonly outputs: number;
  /** f32 values that are whole numbers: the digest hashes them as u32. */
  readonly integer?: boolean;
}

/**
 * Where y comes from: the class that a parameter holds, parameters as (value − shift)·scale, or the family's own kernel, which then
 * writes it (and skips the samples that are not its own).
 */
export type LabelRule =
  | { readonly from: 'class'; readonly parameter: string }
  | { readonly from: 'values'; readonly values: readonly { readonly parameter: string; readonly shift: number; readonly scale: number }[] }
  | { readonly from: 'kernel' };

/** Which samples one dispatch renders, checked and with defaults filled in. */
export interface Launch {
  /** B, images a model gets. */
  readonly batch: number;
  /** M, models trained side by side. */
  readonly models: number;
  /** Sample b has index firstIndex + b·indexStep. */
  readonly firstIndex: number;
  readonly indexStep: number;
  /** 2^63 is added to every index: samples that no batch holds, which mixup takes its partners from. */
  readonly indexTop?: boolean;
  /** All models read `seeds[0]`. */
  readonly seedsShared: boolean;
  /** Words of one sample in `rows`; 0 where nothing was drawn beforehand, which needs a family without parameters outside of a mixture. */
  readonly rowStride: number;
  /** The adapter's, which choose the workgroup size; without them one for real GPUs. */
  readonly traits?: Traits;
  /** Overrides that choice; no bit of the data depends on it. */
  readonly workgroupSize?: number;
}

/** One sample as its family's twin renders it: the image, and the label where the family's kernel writes it. */
export interface TwinSample {
  /** [C·H·W] */
  readonly image: Float32Array<ArrayBuffer>;
  readonly label?: readonly number[];
}

/** One sample from the CPU: what the GPU writes, and where it came from. */
export interface Sample {
  /** [C·H·W] */
  readonly image: Float32Array<ArrayBuffer>;
  /** As stored in y: a class, or values that f32 holds. The first of `labels`. */
  readonly label: number;
  /** All outputs of the label. */
  readonly labels: readonly number[];
  /** The drawn parameters by name. */
  readonly parameters: Readonly<Record<string, number>>;
  /** The raw draws of the sample by stream, in order of draw number, as many as the family's `draws` says: what the digest hashes. */
  readonly words: { readonly label: Uint32Array<ArrayBuffer>; readonly image: Uint32Array<ArrayBuffer> };
}

/** Contents of the caller's buffers on the CPU, by name. */
export type External = Readonly<Record<string, Float32Array>>;

/** A kind of procedural data: a recipe's schema, what is drawn for a sample, the dispatches that render it and the CPU twin that says what is right. */
export interface Family<R extends RecipeShape = RecipeShape, I = unknown> {
  readonly id: R['family'];
  /** One line for lists and dataset cards. */
  readonly title: string;
  /** An image to look at, or a vector (points, MNIST-1D): x is then [M,B,1,1,width]. */
  readonly form: 'image' | 'vector';
  readonly labels: readonly R['label']['kind'][];
  /** Types, ranges and defaults of the recipe's fields. */
  readonly schema: GenericSchema<I, R>;
  /** Refuses what the schema cannot say about fields together. @throws InputError */
  check(recipe: R): void;
  labelFormat(recipe: R): LabelFormat;
  /** What is drawn for a sample before its pixels, in the order of the words in `rows`. */
  parameters(recipe: R): readonly Parameter[];
  labelRule(recipe: R): LabelRule;
  /** Draws 0 .. n−1 of the label's and the image's stream that a sample may consume. */
  draws(recipe: R): { readonly label: number; readonly image: number };
  /** Constant buffers, a pure function of the recipe: templates, systems of maps, weights of a fixed net. */
  tables(recipe: R): Readonly<Record<string, Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>>>;
  /** Scratch buffers of the given bytes; zeros at first, kept between batches. */
  scratch?(recipe: R, launch: Launch): Readonly<Record<string, number>>;
  /**
   * The dispatches that render the batch. Buffers: `state` (state[0] = step), `seeds` [M or 1], `rows` u32 [M,B,rowStride], `x` f32 [M,B,C·H·W],
   * `y` [M,B] (only where the label comes from the kernel), and the tables and scratch by name.
   * A sample whose row begins with 0 belongs to another family: its part of x and y is not touched.
   */
  render(recipe: R, launch: Launch): readonly Pass[];
  /**
   * Buffers that the recipe leaves to the caller, beside those that every family has, and in words what each must hold. Parts of a mixture share
   * a buffer of the same name, and so must want the same in it.
   */
  external?(recipe: R): Readonly<Record<string, string>>;
  /** The shapes of these buffers, all f32. */
  externalShapes?(recipe: R): Readonly<Record<string, readonly number[]>>;
  /** The contract in plain code: f64 arithmetic, every discrete decision exact. `external` holds what `external()` names. */
  twin(recipe: R, draws: Draws, parameters: Readonly<Record<string, number>>, external?: External): TwinSample;
}

/** What 2^63 adds to the high word of an index. */
export const TOP = 2 ** 31;

/** The two words of a sample's index: the key takes the high one, the counter the low one. */
export const splitIndex = (index: number): { low: number; high: number } => ({ low: index % 2 ** 32, high: Math.floor(index / 2 ** 32) });

/** The fields of `struct Params` that say which samples a dispatch works on. */
export const indexParams = ({ batch, firstIndex, indexStep, indexTop, seedsShared }: Launch) => ({
  batch,
  first_low: splitIndex(firstIndex).low,
  first_high: splitIndex(firstIndex).high + (indexTop ? TOP : 0),
  index_step: indexStep,
  seeds_model: seedsShared ? 0 : 1,
});
