import { decodeParameters, type ParameterSet, type ParameterStates, parameterRange, restoreParameters } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import type { Device, Traffic } from '@kindling/device';
import type { TrialTime } from './phase.js';

export type PhaseName = 'warmup' | 'natural';

/**
 * Everything that the rest of a group of trials depends on, beside their recipes, the data and the adapter: plain numbers, to keep in a file.
 * Generator, data order and schedules are functions of the step counters.
 */
export interface TrialState {
  readonly phase: PhaseName;
  /** Steps of this phase that are done; between two phases the state is that of the second one, at 0. */
  readonly done: number;
  /** Steps of the trial that are done, warm-up included. */
  readonly step: number;
  /**
   * Weights and moments of all models in the group, by parameter set: `model`, the natural classifier; while a family warms it up under a head of
   * its own `warmup`; in Experiment 1 `sampler`, and `teacher` where there is one.
   */
  readonly sets: Readonly<Record<string, ParameterStates>>;
  /** Step counters on the GPU, by what they count: `warmup`, `sampler` or `natural`. */
  readonly counters: Readonly<Record<string, number>>;
  /** Seconds spent so far, of the whole group. */
  readonly time: TrialTime & { readonly total: number };
  /** What the warm-up's steps cost at the device so far. */
  readonly traffic: Traffic;
}

/** A step counter: its buffer (the first word counts), and how to set it. */
export interface Counter {
  readonly state: GPUBuffer;
  seek(step: number): void;
}

/** Where the state of a phase lies while it runs. */
export interface LiveState {
  readonly phase: PhaseName;
  readonly sets: Readonly<Record<string, ParameterSet>>;
  readonly counters: Readonly<Record<string, Counter>>;
}

/** Reads a phase's sets and counters in one submit: they belong to one step. */
export async function readLive(device: Device, { sets, counters }: LiveState): Promise<Pick<TrialState, 'sets' | 'counters'>> {
  const [setNames, counterNames] = [Object.keys(sets), Object.keys(counters)];
  const bytes = await device.submitAndRead(() => {}, [
    ...setNames.map((name) => parameterRange(sets[name]!)),
    ...counterNames.map((name) => ({ buffer: counters[name]!.state, offset: 0, length: 4 })),
  ]);
  return {
    sets: Object.fromEntries(setNames.map((name, i) => [name, decodeParameters(sets[name]!, bytes[i]!)])),
    counters: Object.fromEntries(counterNames.map((name, i) => [name, new Uint32Array(bytes[setNames.length + i]!)[0]!])),
  };
}

/** Puts a state back where `readLive` read it. @throws InputError when it is not the state of such a phase */
export function restoreLive({ sets, counters }: LiveState, state: TrialState): void {
  const parts = (of: Pick<LiveState, 'sets' | 'counters'> | TrialState): string =>
    `sets ${Object.keys(of.sets).sort().join(', ')} and counters ${Object.keys(of.counters).sort().join(', ')}`;
  if (parts(state) !== parts({ sets, counters })) {
    throw new InputError({
      subject: 'checkpoint',
      got: parts(state),
      expected: parts({ sets, counters }),
      next: 'use the checkpoint of a run of this very recipe',
    });
  }
  for (const [name, set] of Object.entries(sets)) restoreParameters(set, state.sets[name]!, `checkpoint, set ${name}`);
  for (const [name, counter] of Object.entries(counters)) counter.seek(state.counters[name]!);
}
