import type { Program, Traits } from '@kindling/core';
import type { GenericSchema } from 'valibot';

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

/** How y is stored, and how many outputs a head needs to learn it: one value (f32) or a class of `outputs` (u32). */
export interface LabelFormat {
  readonly dtype: 'f32' | 'u32';
  readonly outputs: number;
}

/** Which samples one dispatch renders, checked and with defaults filled in. */
export interface Launch {
  /** B, images a model gets. */
  readonly batch: number;
  /** M, models trained side by side. */
  readonly models: number;
  /** Sample b has index firstIndex + b·indexStep. */
  readonly firstIndex: number;
  readonly indexStep: number;
  /** All models read `seeds[0]`. */
  readonly seedsShared: boolean;
  /** The adapter's, which choose the workgroup size; without them one for real GPUs. */
  readonly traits?: Traits;
  /** Overrides that choice; no bit of the data depends on it. */
  readonly workgroupSize?: number;
}

/** One sample from the CPU twin. */
export interface Sample {
  /** [C·H·W], the values that the GPU writes. */
  readonly image: Float32Array<ArrayBuffer>;
  /** As stored in y: a value that f32 holds exactly, or a class. */
  readonly label: number;
  /** The raw draws that the sample consumed, by stream, in order of draw number: what the digest hashes. */
  readonly words: { readonly label: Uint32Array<ArrayBuffer>; readonly image: Uint32Array<ArrayBuffer> };
}

/** A kind of procedural data: a recipe's schema, the dispatch that renders it and the CPU twin that says what is right. */
export interface Family<R extends RecipeShape> {
  readonly id: R['family'];
  /** One line for lists and dataset cards. */
  readonly title: string;
  readonly labels: readonly R['label']['kind'][];
  /** Types, ranges and defaults of the recipe's fields. */
  readonly schema: GenericSchema<unknown, R>;
  /** Refuses what the schema cannot say about fields together. @throws InputError */
  check(recipe: R): void;
  labelFormat(recipe: R): LabelFormat;
  /** One dispatch: bindings `state` (state[0] = step), `seeds` [M or 1], `x` f32 [M,B,C·H·W], `y` [M,B]. */
  program(recipe: R, launch: Launch): Program;
  /** The contract in plain code. @param seed, step 32-bit; @param index up to 2^53 − 1 */
  twin(recipe: R, seed: number, step: number, index: number): Sample;
}

/** The two words of a sample's index: the key takes the high one, the counter the low one. */
export const splitIndex = (index: number): { low: number; high: number } => ({ low: index % 2 ** 32, high: Math.floor(index / 2 ** 32) });
