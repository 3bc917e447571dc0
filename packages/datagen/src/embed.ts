import { accessOf, InputError, type Plan, requireTraits, type Shape, type TensorSpec } from '@kindling/core';
import { planBytes } from './bytes.js';
import { pixelsOf } from './family.js';
import { type GenerateOptions, type Generation, planGeneration } from './generate.js';
import type { Recipe } from './recipe.js';
import { type FamilyRecipe, familyOf } from './registry.js';

export interface BatchOptions extends GenerateOptions {
  /** Images as bytes, round(255·x): the tensor `packed` (u32, 4 pixels a word, lowest byte first) in the place of `x`. */
  readonly bytes?: boolean;
}

/**
 * A batch as a plan for `prepare`. Tensors: `state` u32 (state[0] is the step), `seeds` u32 [M], `x` f32 [M,B,C·H·W] (or `packed`), `y`
 * ([M,B] u32, or [M,B,outputs] f32, see `label`), and what the recipe or `control` leaves to the caller.
 */
export interface BatchPlan extends Plan, Generation {}

const partsOf = (recipe: Recipe): readonly FamilyRecipe[] =>
  recipe.family === 'mixture' ? recipe.parts.map((part) => part.recipe) : [recipe];

/** Sizes of the drawn class, the same in every part of a mixture where `control.classWeights` was taken. */
const classesOf = (recipe: Recipe): number => {
  const parameter = familyOf(partsOf(recipe)[0]!)
    .parameters(partsOf(recipe)[0]!)
    .find(({ kind }) => kind === 'class');
  return parameter?.kind === 'class' ? parameter.classes : 0;
};

/** Shapes of everything that a generation may leave to its caller, by name, all models together where models differ. */
function shapesOf({ batch, models = 1, seedsShared = false, control = {} }: BatchOptions, plan: Generation): Record<string, Shape> {
  const { recipe, label } = plan;
  const { channels, height, width } = recipe.image;
  const rows = control.shared ? 1 : models;
  const given = control.given?.length ? plan.rows.map(({ name, parameters }) => [name, [models, batch, 1 + parameters.length]]) : [];
  return {
    state: [1],
    seeds: [seedsShared ? 1 : models],
    x: [models, batch, channels, height, width],
    packed: [Math.ceil((models * batch * pixelsOf(recipe.image)) / 4)],
    y: label.dtype === 'u32' ? [models, batch] : [models, batch, label.outputs],
    ...(control.classWeights ? { classWeights: [rows, classesOf(recipe)] } : {}),
    ...(control.familyWeights ? { familyWeights: [rows, partsOf(recipe).length] } : {}),
    ...(control.difficulty ? { difficulty: [rows] } : {}),
    ...Object.assign({}, ...partsOf(recipe).map((part) => familyOf(part).externalShapes?.(part) ?? {})),
    ...Object.fromEntries(given),
  };
}

const OPTIONS = 'recipe batch models firstIndex indexStep seedsShared control traits workgroupSize bytes'.split(' ');
const WORDS = new Set(['state', 'seeds', 'packed']);

/** Type of a buffer's elements, which a shader may bind as words: labels and weights are floats all the same. */
function typeOf(name: string, plan: Generation): TensorSpec['dtype'] {
  if (name === 'y') return plan.label.dtype;
  return WORDS.has(name) || plan.rows.some((rows) => rows.name === name) ? 'u32' : 'f32';
}

/**
 * Plans a batch as `planGeneration` does, and tells name, bytes, type and shape of every buffer to bind. Tables and scratch are made and owned by
 * `prepare`; a region given by such a name is used instead, e.g. `rows` to log the drawn parameters.
 * @throws InputError as `planGeneration` does, and for an option that there is not
 */
export function planBatch(options: BatchOptions): BatchPlan {
  const unknown = Object.keys(options).filter((name) => !OPTIONS.includes(name));
  if (unknown.length > 0 || options.batch === undefined) {
    throw new InputError({
      subject: 'planBatch',
      got: unknown.length > 0 ? `the option ${unknown.join(', ')}` : 'no batch',
      expected: OPTIONS.join(', '),
      next: unknown.length > 0 ? 'correct its name or leave it out' : 'say how many images a batch has',
    });
  }
  requireTraits('planBatch', options.traits);
  const plan = options.bytes ? planBytes(options) : planGeneration(options);
  const shapes = shapesOf(options, plan);
  // With `bytes` the f32 pixels are scratch.
  const made = new Set(plan.buffers.map(({ name }) => name));
  const tensors = Object.entries(shapes).flatMap(([name, shape]): TensorSpec[] => {
    const access = accessOf(plan.passes, name);
    const left = !made.has(name) || (options.control?.given?.length && plan.rows.some((rows) => rows.name === name));
    if (!access || !left) return [];
    return [{ name, bytes: 4 * shape.reduce((a, b) => a * b, 1), access, dtype: typeOf(name, plan), shape }];
  });
  return { ...plan, buffers: plan.buffers.filter(({ name }) => !tensors.some((tensor) => tensor.name === name)), tensors };
}
