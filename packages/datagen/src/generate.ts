import { InputError, type Program, type Traits } from '@kindling/core';
import { pixelsOf, type Sample } from './family.js';
import { parseRecipe } from './recipe.js';
import { familyOf, type RecipeInput } from './registry.js';

/** Which samples of which recipe one dispatch renders. */
export interface GenerateOptions {
  readonly recipe: RecipeInput;
  /** B, images a model gets in this dispatch. */
  readonly batch: number;
  /** M, models trained side by side, each with its own seed; 1 by default. */
  readonly models?: number;
  /** Index of the first sample, up to 2^53 − 1; 0 by default. */
  readonly firstIndex?: number;
  /** Distance of two samples' indices; 1 by default. Worker w of W renders firstIndex w, indexStep W. */
  readonly indexStep?: number;
  /** All models read `seeds[0]` and so see the same data; false by default. */
  readonly seedsShared?: boolean;
  /** The adapter's, which choose the workgroup size; without them one for real GPUs. */
  readonly traits?: Traits;
  /** Overrides that choice (1 to 256); no bit of the data depends on it. */
  readonly workgroupSize?: number;
}

/**
 * The dispatch that renders a batch on the GPU, `sample(recipe, seeds[m], state[0], firstIndex + b·indexStep)` for every model m and b.
 * Bindings after `params`: `state` (u32, state[0] is the step), `seeds` [M] u32 ([1] when shared); outputs `x` f32 [M,B,C·H·W] and
 * `y` [M,B], f32 or u32 as `labelFormat` says. The program does not change with the step.
 * @throws InputError for an invalid recipe, a size that is not whole and positive, or a batch that does not fit.
 */
export function generateProgram(options: GenerateOptions): Program {
  const { batch, models = 1, firstIndex = 0, indexStep = 1, seedsShared = false, traits, workgroupSize } = options;
  const recipe = parseRecipe(options.recipe);
  const sizes = [batch, models, firstIndex + 1, indexStep, workgroupSize ?? 1];
  const lastOffset = (batch - 1) * indexStep;
  if (
    !sizes.every((size) => Number.isSafeInteger(size) && size >= 1) ||
    lastOffset >= 2 ** 32 ||
    !Number.isSafeInteger(firstIndex + lastOffset)
  ) {
    throw new InputError({
      subject: `generate ${recipe.family}`,
      got: `batch ${batch}, models ${models}, firstIndex ${firstIndex}, indexStep ${indexStep}, workgroupSize ${workgroupSize}`,
      expected: 'whole positive sizes (firstIndex >= 0), (batch − 1)·indexStep < 2^32 and indices below 2^53',
      next: 'render the batch in parts, each with its own firstIndex',
    });
  }
  const bytes = 4 * models * batch * pixelsOf(recipe.image);
  const limit = Math.min(traits?.maxStorageBufferBindingSize ?? Infinity, 2 ** 32 - 4);
  if (bytes > limit) {
    throw new InputError({
      subject: `generate ${recipe.family}`,
      got: `${bytes} bytes of images (batch ${batch}, models ${models}, ${pixelsOf(recipe.image)} pixels)`,
      expected: `at most ${limit} bytes in one buffer on this device`,
      next: 'use a smaller batch, fewer models or smaller images',
    });
  }
  return familyOf(recipe).program(recipe, {
    batch,
    models,
    firstIndex,
    indexStep,
    seedsShared,
    ...(traits ? { traits } : {}),
    ...(workgroupSize === undefined ? {} : { workgroupSize }),
  });
}

/**
 * One sample on the CPU, the definition that the GPU is tested against: a pure function of its arguments.
 * @param seed, step 0 to 2^32 − 1; @param index 0 to 2^53 − 1
 * @throws InputError outside these ranges or for an invalid recipe.
 */
export function sample(recipe: RecipeInput, seed: number, step: number, index: number): Sample {
  const word = (value: number): boolean => Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  if (!word(seed) || !word(step) || !Number.isSafeInteger(index) || index < 0) {
    throw new InputError({
      subject: 'sample',
      got: `seed ${seed}, step ${step}, index ${index}`,
      expected: 'whole numbers from 0: seed and step below 2^32, index below 2^53',
      next: 'pass the integers that the record of the run names',
    });
  }
  const parsed = parseRecipe(recipe);
  return familyOf(parsed).twin(parsed, seed, step, index);
}
