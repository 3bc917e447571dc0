import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { ParameterSet } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import { builtInModels, type ModelSpec } from '@kindling/warmup';
import { loadModel, openModel, requireTensors } from '../model-file.js';
import { type HeaderLine, readModelFile, readRecord } from '../run-folder.js';
import type { Session } from '../session.js';
import { onDisk } from '../terminal.js';
import { importModule, modelFrom } from '../user-model.js';

/** What --checkpoint names: a run folder, or a single file of weights; neither is read yet. */
export type Checkpoint = { readonly folder: string } | { readonly file: string };

export interface TrainedModel {
  readonly model: ModelSpec;
  readonly parameters: ParameterSet;
  readonly classes: number;
}

const isRun = (folder: string): boolean => existsSync(join(folder, 'metrics.jsonl'));

/** As records name it. */
export const checkpointPath = (checkpoint: Checkpoint): string => ('file' in checkpoint ? checkpoint.file : checkpoint.folder);

/**
 * A run folder, the model.safetensors in one, or any other file of weights. With a model that is named, also the file in a run folder stands for itself.
 * @throws InputError for a file that is no safetensors
 */
export function checkpointOf(path: string, model: string | undefined): Checkpoint {
  if (!existsSync(path) && path.endsWith('.safetensors')) {
    const next = 'name a run folder, or a .safetensors file';
    throw new InputError({ subject: '--checkpoint', got: `${path}, which is not there`, expected: 'a file of weights', next });
  }
  if (!existsSync(path) || statSync(path).isDirectory()) return { folder: path };
  if (basename(path) === 'model.safetensors' && model === undefined && isRun(dirname(path))) return { folder: dirname(path) };
  if (path.endsWith('.safetensors')) return { file: path };
  const next = 'save the weights as safetensors, by PyTorch’s names and in its layouts';
  throw new InputError({ subject: '--checkpoint', got: path, expected: 'a run folder of `kindling warmup`, or a .safetensors file', next });
}

/** The header of the run that a checkpoint is of, which says what data it had; empty for a file of its own. @throws InputError for a run without a model */
export function checkpointHeader(checkpoint: Checkpoint): Partial<HeaderLine> {
  if ('file' in checkpoint) return isRun(dirname(checkpoint.file)) ? readRecord(dirname(checkpoint.file)).header : {};
  readModelFile(checkpoint.folder);
  return readRecord(checkpoint.folder).header;
}

/** The model that a file of weights is of. */
async function modelNamed(named: string | undefined, own: string | undefined, path: string, session: Session): Promise<ModelSpec> {
  const { facts } = session.data;
  const name = named ?? own;
  if (name !== undefined && Object.hasOwn(builtInModels, name)) return builtInModels[name]!(facts);
  if (named !== undefined) return modelFrom(await importModule(named), facts).spec;
  throw new InputError({
    subject: '--model',
    got: own === undefined ? `nothing, and ${path} names no model` : `nothing, and ${path} is of ${own}`,
    expected: `${Object.keys(builtInModels).join(', ')}, or the module that makes the model`,
    next: 'name it with --model',
  });
}

/**
 * Puts the weights of a checkpoint on the session's device. A file that says what it takes (`input`, `classes` in its metadata) is taken at its word; another is
 * of the session's data.
 * @throws InputError when it is damaged, or its tensors are not those of the model, or of a model for the session's data
 */
export async function loadCheckpoint(session: Session, checkpoint: Checkpoint, named: string | undefined): Promise<TrainedModel> {
  const { device, data } = session;
  const builtIn = named !== undefined && Object.hasOwn(builtInModels, named);
  if ('folder' in checkpoint && !builtIn) {
    const loaded = await loadModel(device, checkpoint.folder, named);
    requireFit(session, loaded);
    return loaded;
  }
  const file = 'file' in checkpoint ? checkpoint.file : join(checkpoint.folder, 'model.safetensors');
  const bytes = onDisk(file, 'a readable file', 'name a .safetensors file', () => readFileSync(file));
  const { tensors, metadata } = await openModel(bytes, file);
  const model = await modelNamed(named, metadata.model, file, session);
  const [channels, height, width] =
    /^\[(\d+),(\d+),(\d+)\]$/
      .exec(metadata.input ?? '')
      ?.slice(1)
      .map(Number) ?? [];
  const input = channels && height && width ? { channels, height, width } : model.input;
  const classes = metadata.classes === undefined ? data.facts.classes : Number(metadata.classes);
  requireFit(session, { model: { ...model, input }, classes });
  requireTensors(model, classes, tensors, file, `name the model whose weights these are with --model; ${model.name} has others`);
  const parameters = new ParameterSet(device, model.parameters(classes));
  for (const [name, { data: values }] of Object.entries(tensors)) parameters.set(name, values as Float32Array<ArrayBuffer>);
  return { model, parameters, classes };
}

/** @throws InputError for data that the checkpoint's model does not take */
function requireFit(
  { data: { facts } }: Session,
  { model, classes }: { readonly model: Pick<ModelSpec, 'input'>; readonly classes: number },
): void {
  const { channels, height, width } = model.input;
  if ([facts.channels, facts.height, facts.width, facts.classes].join() === [channels, height, width, classes].join()) return;
  throw new InputError({
    subject: facts.name,
    got: `images of ${facts.channels}×${facts.height}×${facts.width} in ${facts.classes} classes`,
    expected: `${channels}×${height}×${width} in ${classes}, which the checkpoint takes`,
    next: 'name other data with --data or --data-set',
  });
}
