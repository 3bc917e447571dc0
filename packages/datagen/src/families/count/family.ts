import { defineProgram, foldWorkgroups, InputError, type Traits } from '@kindling/core';
import half from '@kindling/shaders/families/count/half';
import label from '@kindling/shaders/families/count/label';
import uniform from '@kindling/shaders/families/count/uniform';
import threefry from '@kindling/shaders/random/threefry';
import { type Family, indexParams, pixelsOf } from '../../family.js';
import { labelConstants } from './label.js';
import { type CountRecipe, type CountRecipeInput, countSchema } from './recipe.js';
import { countTwin } from './twin.js';

const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'families/count/label.wgsl', text: label },
];
const sources = {
  half: { path: 'families/count/half.wgsl', text: half },
  uniform: { path: 'families/count/uniform.wgsl', text: uniform },
};

/**
 * Invocations that share an image. Measured with 64 images of 28×28 on two cores, ms a dispatch at 4, 8, 16, 64 invocations: density half
 * .10, .13, .12, .21 on lavapipe and .31, .43, .69, 1.98 on SwiftShader; uniform .13, .11, .11, .16 and .82, .90, 1.11, 2.35.
 */
const workgroupSize = (traits: Traits | undefined): number => (traits?.software ? 4 : 64);

/** Random binary images, labelled by their number of ones (the poster's Experiment 2). Draws nothing beforehand: its kernel does all. */
export const count: Family<CountRecipe, CountRecipeInput> = {
  id: 'count',
  title: 'random binary images, labelled by their number of ones',
  form: 'image',
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
  labelFormat({ label }) {
    if (label.kind === 'class') return { dtype: 'u32', outputs: label.classes };
    return { dtype: 'f32', outputs: 1, integer: label.kind === 'count' };
  },
  parameters: () => [],
  labelRule: () => ({ from: 'kernel' }),
  draws({ image, params }) {
    const pixels = pixelsOf(image);
    return params.density === 'half' ? { label: 0, image: Math.ceil(pixels / 32) } : { label: 1, image: pixels };
  },
  tables: () => ({}),
  render(recipe, launch) {
    const program = defineProgram({
      name: `count/${recipe.params.density}`,
      source: sources[recipe.params.density],
      libraries,
      constants: { workgroup_size: launch.workgroupSize ?? workgroupSize(launch.traits) },
      params: { ...indexParams(launch), pixels: pixelsOf(recipe.image), ...labelConstants(recipe), row_stride: launch.rowStride },
      workgroups: foldWorkgroups(launch.batch, launch.models),
    });
    return [{ program, resources: {} }];
  },
  twin: countTwin,
};
