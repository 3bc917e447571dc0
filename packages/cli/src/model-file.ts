import { ParameterSet } from '@kindling/autograd';
import { decodeSafetensors, InputError, openSealed, type SafeTensor } from '@kindling/core';
import type { Device } from '@kindling/device';
import type { ModelSpec } from '@kindling/warmup';
import { readModelFile } from './run-folder.js';
import { modelOfRun } from './user-model.js';

/**
 * Models of earlier versions carry no hash. That there is one stands in two places, so that one flipped bit cannot hide it.
 * @throws InputError where the file is damaged
 */
export async function openModel(bytes: Uint8Array, path: string): ReturnType<typeof openSealed> {
  const file = decodeSafetensors(bytes, path);
  const { sha256, sealed } = file.metadata;
  return sha256 === undefined && sealed === undefined ? file : openSealed(bytes, path);
}

/** @throws InputError for tensors that are not those of the model, in its shapes, as F32 */
export function requireTensors(
  model: ModelSpec,
  classes: number,
  tensors: Readonly<Record<string, SafeTensor>>,
  path: string,
  next: string,
): void {
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject: path, got, expected, next });
  };
  const specs = model.parameters(classes);
  const [names, found] = [Object.keys(specs), Object.keys(tensors)];
  if (names.some((name) => !(name in tensors)) || found.length !== names.length) {
    refuse(`tensors ${found.join(', ') || '(none)'}`, names.join(', '));
  }
  for (const name of names) {
    const { dtype, shape } = tensors[name]!;
    const wanted = specs[name]!.shape;
    if (dtype !== 'F32' || shape.join() !== wanted.join()) refuse(`${name} as ${dtype} [${shape.join()}]`, `F32 [${wanted.join()}]`);
  }
}

/** What a run folder's model file holds, checked; not on a device. */
export interface StoredModel {
  readonly model: ModelSpec;
  readonly classes: number;
  /** F32, by parameter, in the model's shapes. */
  readonly tensors: Readonly<Record<string, Extract<SafeTensor, { readonly dtype: 'F32' }>>>;
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Reads the model of a run folder.
 * @param module the file of the user's that makes it, where that is not the one which the run names
 * @throws InputError when it is missing, damaged, or its tensors are not those of the model that it names, or that model's module is not found.
 */
export async function readModel(folder: string, module?: string): Promise<StoredModel> {
  const { bytes, path } = readModelFile(folder);
  const { tensors, metadata } = await openModel(bytes, path);
  const next = 'name a run folder whose model kindling wrote, or run again';
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject: path, got, expected, next });
  };
  if (metadata.model === undefined) return refuse('no model in its metadata', 'the name of one');
  const [channels, height, width] =
    /^\[(\d+),(\d+),(\d+)\]$/
      .exec(metadata.input ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const classes = Number(metadata.classes);
  if (!channels || !height || !width || !Number.isInteger(classes))
    return refuse('metadata without input and classes', 'e.g. "[1,28,28]" and "10"');
  const model = await modelOfRun(folder, metadata.model, { channels, height, width, classes }, module);
  requireTensors(model, classes, tensors, path, next);
  return { model, classes, tensors: tensors as StoredModel['tensors'], metadata };
}

export interface LoadedModel {
  readonly model: ModelSpec;
  readonly parameters: ParameterSet;
  readonly classes: number;
  /** The trial that it comes from: `run` in the folder of a single run. */
  readonly trial: string;
}

/** Puts the model of a run folder on the device. @throws InputError as `readModel` does */
export async function loadModel(device: Device, folder: string, module?: string): Promise<LoadedModel> {
  const { model, classes, tensors, metadata } = await readModel(folder, module);
  const parameters = new ParameterSet(device, model.parameters(classes));
  for (const [name, { data }] of Object.entries(tensors)) parameters.set(name, data);
  return { model, parameters, classes, trial: metadata.trial ?? 'run' };
}
