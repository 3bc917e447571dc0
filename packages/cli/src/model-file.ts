import { ParameterSet } from '@kindling/autograd';
import { decodeSafetensors, encodeSafetensors, InputError, type SafeTensor } from '@kindling/core';
import type { Device } from '@kindling/device';
import { type ImageFacts, type ModelSpec, posterCnn, type RunRecipe, type TrialResult } from '@kindling/warmup';
import { readModelFile } from './run-folder.js';

/** A trained model as a safetensors file: PyTorch's names and layouts; metadata says which trial it is and what it takes. */
export async function encodeModel(result: TrialResult, recipe: RunRecipe, trial: string, facts: ImageFacts): Promise<Uint8Array> {
  const values = await result.parameters.read();
  const tensors = Object.entries(values).map(([name, data]): [string, SafeTensor] => [
    name,
    { dtype: 'F32', shape: result.parameters.specs.get(name)!.shape, data: data as Float32Array<ArrayBuffer> },
  ]);
  const { channels, height, width, classes } = facts;
  return encodeSafetensors(Object.fromEntries(tensors), {
    format: 'pt',
    model: result.model.name,
    trial,
    input: JSON.stringify([channels, height, width]),
    classes: String(classes),
    recipe: JSON.stringify(recipe),
    accuracy: String(result.accuracy),
  });
}

export interface LoadedModel {
  readonly model: ModelSpec;
  readonly parameters: ParameterSet;
  readonly classes: number;
  /** The trial that it comes from: `run` in the folder of a single run. */
  readonly trial: string;
}

/**
 * Puts the model of a run folder on the device.
 * @throws InputError when it is missing, damaged, or its tensors are not those of the model that it names.
 */
export function loadModel(device: Device, folder: string): LoadedModel {
  const { bytes, path } = readModelFile(folder);
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject: path, got, expected, next: 'name a run folder whose model kindling wrote, or run again' });
  };
  if (metadata.model !== 'poster-cnn') refuse(`model ${JSON.stringify(metadata.model)} in its metadata`, '"poster-cnn"');
  const [channels, height] =
    /^\[(\d+),(\d+),\d+\]$/
      .exec(metadata.input ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const classes = Number(metadata.classes);
  if (!channels || !height || !Number.isInteger(classes)) return refuse('metadata without input and classes', 'e.g. "[1,28,28]" and "10"');
  const model = posterCnn(channels, height);
  const specs = model.parameters(classes);
  const [names, found] = [Object.keys(specs), Object.keys(tensors)];
  if (names.some((name) => !(name in tensors)) || found.length !== names.length) {
    refuse(`tensors ${found.join(', ') || '(none)'}`, names.join(', '));
  }
  const parameters = new ParameterSet(device, specs);
  for (const name of names) {
    const { data, shape } = tensors[name]!;
    const wanted = specs[name]!.shape;
    if (!(data instanceof Float32Array) || shape.join() !== wanted.join()) {
      refuse(`${name} as ${tensors[name]!.dtype} [${shape.join()}]`, `F32 [${wanted.join()}]`);
    } else parameters.set(name, data);
  }
  return { model, parameters, classes, trial: metadata.trial ?? 'run' };
}
