import { defineProgram, foldWorkgroups, InputError, type Traits } from '@kindling/core';
import half from '@kindling/shaders/count/half';
import label from '@kindling/shaders/count/label';
import uniform from '@kindling/shaders/count/uniform';
import threefry from '@kindling/shaders/random/threefry';
import { type Family, pixelsOf, splitIndex } from '../family.js';
import { labelConstants } from './label.js';
import { type CountRecipe, countSchema } from './recipe.js';
import { countTwin } from './twin.js';

const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'count/label.wgsl', text: label },
];
const sources = {
  half: { path: 'count/half.wgsl', text: half },
  uniform: { path: 'count/uniform.wgsl', text: uniform },
};

/**
 * Invocations that share an image. Measured with 64 images of 28×28 on two cores, ms a dispatch at 4, 8, 16, 64 invocations: density half
 * .10, .13, .12, .21 on lavapipe and .31, .43, .69, 1.98 on SwiftShader; uniform .13, .11, .11, .16 and .82, .90, 1.11, 2.35.
 */
const workgroupSize = (traits: Traits | undefined): number => (traits?.software ? 4 : 64);

/** Random binary images, labelled by their number of ones (the poster's Experiment 2). */
export const count: Family<CountRecipe> = {
  id: 'count',
  title: 'random binary images, labelled by their number of ones',
  labels: ['count', 'standardised', 'class'],
  schema: countSchema,
  check({ image, label }) {
    const pixels = pixelsOf(image);
    if (label.kind !== 'class' || label.classes <= pixels + 1) return;
    throw new InputError({
      subject: 'recipe.label.classes',
      got: `${label.classes} with ${pixels} pixels`,
      expected: `at most ${pixels + 1}, the number of different counts`,
      next: 'ask for fewer classes, or for larger images',
    });
  },
  labelFormat: ({ label }) => (label.kind === 'class' ? { dtype: 'u32', outputs: label.classes } : { dtype: 'f32', outputs: 1 }),
  program(recipe, launch) {
    const first = splitIndex(launch.firstIndex);
    return defineProgram({
      name: `count/${recipe.params.density}`,
      source: sources[recipe.params.density],
      libraries,
      constants: { workgroup_size: launch.workgroupSize ?? workgroupSize(launch.traits) },
      params: {
        batch: launch.batch,
        pixels: pixelsOf(recipe.image),
        first_low: first.low,
        first_high: first.high,
        index_step: launch.indexStep,
        seeds_model: launch.seedsShared ? 0 : 1,
        ...labelConstants(recipe),
      },
      workgroups: foldWorkgroups(launch.batch, launch.models),
    });
  },
  twin: countTwin,
};
