import { defineProgram, foldWorkgroups, InputError, MAX_CATEGORIES, type Program, STREAM, type Stream, type Traits } from '@kindling/core';
import { splitIndex, TOP } from '../family.js';
import { randomSources } from './sources.js';

export interface CategoricalOptions {
  /** Samples a model gets. */
  readonly batch: number;
  /** Weights of one row, 1 to 256. */
  readonly categories: number;
  readonly stream: Stream;
  /** The draw number that decides; default 0. */
  readonly draw?: number;
  /** Models side by side; default 1. */
  readonly models?: number;
  /** Sample b has index firstIndex + b·indexStep; defaults 0 and 1. */
  readonly firstIndex?: number;
  readonly indexStep?: number;
  /** 2^63 is added to every index; default false. */
  readonly indexTop?: boolean | undefined;
  /** All models read `seeds[0]`, or the first row of weights; default false. */
  readonly seedsShared?: boolean;
  readonly weightsShared?: boolean;
  /** Words of a sample in `chosen`, and which of them receives the category; defaults 1 and 0. */
  readonly stride?: number;
  readonly offset?: number;
  readonly traits?: Traits | undefined;
}

/**
 * A dispatch that picks one category for each sample. Buffers: `state` (state[0] = step), `seeds` [M or 1], `weights` f32
 * [M or 1, categories], `chosen` u32 [M, batch, stride]. Bit-exact on every adapter with `pickWeighted(sampleKey(seed, stream, step, indexHigh),
 * indexLow, draw, quantiseWeights(row))`; weights that `checkWeights` refuses count as 0 here, and a row of zeros means uniform.
 * @throws InputError when `categories` is not a whole number from 1 to 256, or a count is not one that a dispatch can take.
 */
export function categoricalProgram(options: CategoricalOptions): Program {
  const { batch, categories, stream, draw = 0, models = 1, firstIndex = 0, indexStep = 1, stride = 1, offset = 0, traits } = options;
  if (!(Number.isInteger(categories) && categories >= 1 && categories <= MAX_CATEGORIES)) {
    throw new InputError({
      subject: 'categoricalProgram: categories',
      got: String(categories),
      expected: `a whole number from 1 to ${MAX_CATEGORIES}`,
      next: 'draw a group first and a member of it second',
    });
  }
  // On a software adapter a workgroup is what costs; there the lanes of one subgroup do.
  const workgroupSize = traits?.software ? 8 : 64;
  const first = splitIndex(firstIndex);
  return defineProgram({
    name: 'random/categorical',
    source: randomSources.categorical,
    libraries: [randomSources.threefry, randomSources.distributions],
    constants: { workgroup_size: workgroupSize },
    params: {
      batch,
      categories,
      stream: STREAM[stream],
      draw,
      first_low: first.low,
      first_high: first.high + (options.indexTop ? TOP : 0),
      index_step: indexStep,
      seeds_model: options.seedsShared ? 0 : 1,
      weights_model: options.weightsShared ? 0 : categories,
      stride,
      offset,
    },
    workgroups: foldWorkgroups(Math.ceil(batch / workgroupSize), models),
  });
}
