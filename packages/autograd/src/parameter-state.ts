import { InputError, numel, type Shape } from '@kindling/core';
import type { ByteRange } from '@kindling/device';
import type { ParameterSet } from './parameters.js';

/** One parameter of M models and Adam's two moments of it, each [M, …shape of the parameter]; torch calls them exp_avg and exp_avg_sq. */
export interface ParameterState {
  /** [M, …shape of the parameter]. */
  readonly shape: Shape;
  readonly weight: Float32Array<ArrayBuffer>;
  readonly m: Float32Array<ArrayBuffer>;
  readonly v: Float32Array<ArrayBuffer>;
}

/** The whole state of a parameter set, by parameter: what training goes on from. */
export type ParameterStates = Readonly<Record<string, ParameterState>>;

const PARTS = ['weight', 'm', 'v'] as const;

/** Where a set's weights and moments lie, to read them back in the same submit as other things. */
export const parameterRange = ({ arena }: ParameterSet): ByteRange => ({ buffer: arena, offset: 0, length: arena.size });

/** Calls `visit` with each parameter's part, model by model: `at` is its first element in the arena. */
function walk(
  set: ParameterSet,
  visit: (name: string, part: (typeof PARTS)[number], model: number, size: number, at: number) => void,
): void {
  for (const [name, { shape }] of set.specs) {
    PARTS.forEach((part, i) => {
      for (let model = 0; model < set.models; model++) {
        visit(name, part, model, numel(shape), (i * set.models + model) * set.stride + set.offsets.get(name)!);
      }
    });
  }
}

/** A set's state from the bytes of `parameterRange`: copies, without the arena's padding. */
export function decodeParameters(set: ParameterSet, bytes: ArrayBuffer): ParameterStates {
  const values = new Float32Array(bytes);
  const states = Object.fromEntries(
    [...set.specs].map(([name, spec]): [string, ParameterState] => {
      const shape = [set.models, ...spec.shape];
      const empty = () => new Float32Array(numel(shape));
      return [name, { shape, weight: empty(), m: empty(), v: empty() }];
    }),
  );
  walk(set, (name, part, model, size, at) => {
    states[name]![part].set(values.subarray(at, at + size), model * size);
  });
  return states;
}

/**
 * Overwrites weights and moments of every model, to the bit.
 * @param subject names the source in messages
 * @throws InputError when names or shapes are not those of the set; nothing is written then
 */
export function restoreParameters(set: ParameterSet, states: ParameterStates, subject = 'checkpoint'): void {
  const refuse = (got: string, expected: string): never => {
    throw new InputError({ subject, got, expected, next: 'use the checkpoint of a run of this very recipe' });
  };
  const [found, wanted] = [Object.keys(states), [...set.specs.keys()]];
  if (found.length !== wanted.length || wanted.some((name) => !Object.hasOwn(states, name))) {
    refuse(`parameters ${found.join(', ') || '(none)'}`, wanted.join(', '));
  }
  for (const [name, spec] of set.specs) {
    const shape = [set.models, ...spec.shape];
    const state = states[name]!;
    const sizes = PARTS.map((part) => state[part].length);
    if (state.shape.join() !== shape.join() || sizes.some((size) => size !== numel(shape))) {
      refuse(`${name} as [${state.shape.join()}] with ${sizes.join(', ')} values`, `[${shape.join()}], ${numel(shape)} values each`);
    }
  }
  const arena = new Float32Array(set.arena.size / 4);
  walk(set, (name, part, model, size, at) => {
    arena.set(states[name]![part].subarray(model * size, (model + 1) * size), at);
  });
  set.device.write(set.arena, arena);
}
