import type { Pass, Stream } from '@kindling/core';
import { checkBuffers } from './buffers.js';
import { wordsPass } from './draw.js';
import type { LabelFormat } from './family.js';
import type { GenerateOptions } from './generate.js';
import { labelFormat, parseRecipe, type Recipe } from './recipe.js';
import { type FamilyRecipe, familyOf } from './registry.js';

/** Draws of a stream that one sample consumes: numbers 0 .. n − 1. */
export interface DrawCounts {
  readonly label: number;
  readonly image: number;
}

/** What the digest hashes of a recipe's samples: their draws by part (one for a family by itself), and their labels where those are integers. */
export interface DigestLayout {
  readonly parts: readonly (DrawCounts & { readonly integer: boolean })[];
  /** Words a sample takes in the buffers of `planWords`: the most that any part consumes. */
  readonly most: DrawCounts;
  readonly label: LabelFormat;
}

export function digestLayout(recipe: Recipe): DigestLayout {
  const recipes = recipe.family === 'mixture' ? recipe.parts.map((part) => part.recipe) : [recipe];
  const label = labelFormat(recipe);
  // A mixture's parts may keep labels of their own: each tells for itself whether they are whole numbers.
  const integer = (part: FamilyRecipe): boolean =>
    label.dtype === 'u32' || (recipe.family === 'mixture' ? familyOf(part).labelFormat(part) : label).integer === true;
  const parts = recipes.map((part) => ({ ...familyOf(part).draws(part), integer: integer(part) }));
  const most = (stream: 'label' | 'image'): number => Math.max(...parts.map((counts) => counts[stream]));
  return { parts, most: { label: most('label'), image: most('image') }, label };
}

/**
 * The passes that write a batch's raw draws: `labelWords` and `imageWords`, u32 [M, B, most]. Buffers `state` and `seeds` as for
 * `planGeneration`. A stream of which nothing is drawn has no pass.
 * @throws InputError naming the buffer that the adapter cannot bind as a whole
 */
export function planWords(options: GenerateOptions): Pass[] {
  const { most } = digestLayout(parseRecipe(options.recipe));
  const launch = { models: 1, firstIndex: 0, indexStep: 1, seedsShared: false, rowStride: 0, ...options };
  const bytes = (stream: 'label' | 'image'): number => 4 * launch.models * launch.batch * most[stream];
  const buffers = (['label', 'image'] as const).map((stream) => ({ name: `${stream}Words`, bytes: bytes(stream) }));
  checkBuffers('the words of a digest', buffers, launch.traits);
  const pass = (stream: Stream & ('label' | 'image')): Pass[] => {
    if (most[stream] === 0) return [];
    const { program, resources } = wordsPass(stream, most[stream], launch);
    return [{ program, resources: { ...resources, words: `${stream}Words` } }];
  };
  return [...pass('label'), ...pass('image')];
}

/** A batch's draws and labels as the device wrote them. */
export interface DigestBatch {
  /** [B, most.label] and [B, most.image] */
  readonly labelWords: Uint32Array;
  readonly imageWords: Uint32Array;
  /** [B] u32, or [B, outputs] f32 */
  readonly y: Uint32Array | Float32Array;
}

/**
 * The u32 words of sample `n` of a batch that enter the digest, in order: its label's draws, its image's draws, and its label where that is an
 * integer. The digest is the SHA-256 of these words, little-endian, over every step and within a step every index in order: it depends on the
 * recipe, the seed and how many samples there are, and on nothing else. That is all its specification names: the draw that chooses a mixture's
 * part is not in it, and shows only in a label that tells parts apart (`part`, `class`) and in the parts' own draws; those of posts are not either.
 * @param part which part of a mixture the sample comes from
 */
export function digestWords({ parts, most, label }: DigestLayout, batch: DigestBatch, n: number, part = 0): Uint32Array<ArrayBuffer> {
  const counts = parts[part]!;
  const outputs = label.dtype === 'u32' ? 1 : label.outputs;
  const labels = counts.integer ? batch.y.subarray(n * outputs, (n + 1) * outputs) : [];
  const words = new Uint32Array(counts.label + counts.image + labels.length);
  words.set(batch.labelWords.subarray(n * most.label, n * most.label + counts.label));
  words.set(batch.imageWords.subarray(n * most.image, n * most.image + counts.image), counts.label);
  words.set(labels, counts.label + counts.image);
  return words;
}
