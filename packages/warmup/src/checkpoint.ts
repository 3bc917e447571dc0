import type { ParameterState } from '@kindling/autograd';
import { InputError, openSealed, type SafeTensor, sealSafetensors } from '@kindling/core';
import type { Traffic } from '@kindling/device';
import { parseRunRecipe, type RunRecipe } from './recipe.js';
import type { TrialState } from './trial-state.js';

/** Names of a parameter's tensors in the file: the weights under the parameter's own, the moments under torch's names for them. */
const SUFFIXES = { weight: '', m: '.exp_avg', v: '.exp_avg_sq' } as const;

const KIND = 'kindling-checkpoint';
const VERSION = '1';

/** A checkpoint, read: where trials stood, of which recipes, and what its writer noted beside. */
export interface Checkpoint {
  readonly state: TrialState;
  readonly recipes: readonly RunRecipe[];
  readonly notes: Readonly<Record<string, string>>;
}

/**
 * Trials' state as a safetensors file that notices its own damage: tensors `<set>/<parameter>`, `….exp_avg` and `….exp_avg_sq` [M, …shape], f32;
 * the recipes, the step and all else as JSON in the metadata.
 * @param notes facts to keep beside, such as the adapter
 */
export async function encodeCheckpoint(
  state: TrialState,
  recipes: readonly RunRecipe[],
  notes: Readonly<Record<string, string>> = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const tensors: [string, SafeTensor][] = [];
  for (const [set, parameters] of Object.entries(state.sets)) {
    for (const [name, { shape, ...parts }] of Object.entries(parameters)) {
      for (const part of ['weight', 'm', 'v'] as const) {
        tensors.push([`${set}/${name}${SUFFIXES[part]}`, { dtype: 'F32', shape: [...shape], data: parts[part] }]);
      }
    }
  }
  const { sets: _, ...rest } = state;
  return sealSafetensors(Object.fromEntries(tensors), {
    format: 'pt',
    kind: KIND,
    version: VERSION,
    step: String(state.step),
    recipes: JSON.stringify(recipes),
    state: JSON.stringify(rest),
    notes: JSON.stringify(notes),
  });
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

/** The parameter sets from the tensors' names. */
function readSets(tensors: Readonly<Record<string, SafeTensor>>, refuse: (got: string, expected: string) => never): TrialState['sets'] {
  const sets: Record<string, Record<string, ParameterState>> = {};
  for (const [path, { shape }] of Object.entries(tensors)) {
    if (path.endsWith(SUFFIXES.m) || path.endsWith(SUFFIXES.v)) continue;
    const [set, name] = path.split('/') as [string, string];
    const part = (suffix: string): Float32Array<ArrayBuffer> => {
      const tensor = tensors[path + suffix];
      if (!(tensor?.data instanceof Float32Array)) return refuse(`no f32 tensor ${path}${suffix}`, 'weights with both moments');
      return tensor.data as Float32Array<ArrayBuffer>;
    };
    sets[set] ??= {};
    sets[set][name] = { shape, weight: part(SUFFIXES.weight), m: part(SUFFIXES.m), v: part(SUFFIXES.v) };
  }
  return sets;
}

/**
 * Reads what `encodeCheckpoint` wrote.
 * @param subject names the file in messages
 * @throws InputError for a file that is damaged anywhere, or is no checkpoint
 */
export async function decodeCheckpoint(bytes: Uint8Array, subject = 'checkpoint'): Promise<Checkpoint> {
  const { tensors, metadata } = await openSealed(bytes, subject);
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject, got, expected, next: 'use a checkpoint that this version of kindling wrote, or start the run anew' });
  };
  if (metadata.kind !== KIND || metadata.version !== VERSION) {
    refuse(`${metadata.kind ?? 'another file'}, version ${metadata.version ?? 'unknown'}`, `${KIND}, version ${VERSION}`);
  }
  const rest = JSON.parse(metadata.state ?? '{}') as Omit<TrialState, 'sets'> & { readonly traffic: Traffic };
  const counts = [rest.done, rest.step, ...Object.values(rest.counters ?? {})];
  if ((rest.phase !== 'warmup' && rest.phase !== 'natural') || !counts.every(isCount) || !rest.time || !rest.traffic) {
    refuse(`state ${metadata.state ?? '(none)'}`, 'phase, done, step, counters, time and traffic');
  }
  const recipes = (JSON.parse(metadata.recipes ?? '[]') as unknown[]).map(parseRunRecipe);
  return { state: { ...rest, sets: readSets(tensors, refuse) }, recipes, notes: JSON.parse(metadata.notes ?? '{}') };
}
