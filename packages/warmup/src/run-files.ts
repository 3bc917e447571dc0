import type { ParameterSet } from '@kindling/autograd';
import { type SafeTensor, sealSafetensors } from '@kindling/core';
import { type RecipeInput, recipeHash } from '@kindling/datagen';
import { planTrial } from './arms.js';
import type { ModelSpec } from './models.js';
import type { ImageFacts } from './natural.js';
import type { RunRecipe } from './recipe.js';

/** Names of the files in a run's folder, wherever it is made. */
export const RUN_FILES = { recipe: 'recipe.json', record: 'metrics.jsonl', model: 'model.safetensors' } as const;

/** Hash of the recipe of the images that a trial generates, at the data's size: what a record's header names it by. Undefined where none are generated. */
export async function runGeneratorHash(recipe: RunRecipe, { channels, height, width }: ImageFacts): Promise<string | undefined> {
  const { warmup } = planTrial(recipe);
  return warmup?.kind === 'family'
    ? recipeHash({ ...warmup.generator, image: { channels, height, width, ...warmup.generator.image } } as RecipeInput)
    : undefined;
}

/** A model that was trained, the first of its parameter set. */
export interface TrainedModel {
  readonly parameters: ParameterSet;
  readonly model: ModelSpec;
  readonly accuracy: number;
}

/**
 * A trained model as a safetensors file with its own hash: PyTorch's names and layouts; metadata says which trial it is and what it takes.
 * @param recipe of the trial, as JSON
 */
export async function encodeModel(
  { parameters, model, accuracy }: TrainedModel,
  recipe: object,
  trial: string,
  facts: ImageFacts,
): Promise<Uint8Array<ArrayBuffer>> {
  const values = await parameters.read();
  const tensors = Object.entries(values).map(([name, data]): [string, SafeTensor] => [
    name,
    { dtype: 'F32', shape: parameters.specs.get(name)!.shape, data: data as Float32Array<ArrayBuffer> },
  ]);
  const { channels, height, width, classes } = facts;
  return sealSafetensors(Object.fromEntries(tensors), {
    format: 'pt',
    model: model.name,
    trial,
    input: JSON.stringify([channels, height, width]),
    classes: String(classes),
    recipe: JSON.stringify(recipe),
    accuracy: String(accuracy),
    sealed: 'sha256',
  });
}
