import { createHash } from 'node:crypto';
import { decodeParameters, type ParameterStates, parameterRange } from '@kindling/autograd';
import { decodeSafetensors, InputError } from '@kindling/core';
import { testAdapters, testDevice } from '@kindling/device/testing';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from './checkpoint.js';
import { PreparedData } from './natural.js';
import { parseRunRecipe, type RunRecipeInput } from './recipe.js';
import { barsData } from './testing/bars.js';
import { runTrials, type TrialEvent } from './trial.js';
import type { TrialState } from './trial-state.js';

interface Stops {
  readonly every?: number;
  readonly resume?: TrialState;
  readonly seeds?: readonly number[];
  /** Fires the signal once an event of this step came. */
  readonly stopAt?: number;
}

/** Runs trials to their end or to `stopAt`; every checkpoint goes through a file's bytes. */
async function run(kind: string, fields: RunRecipeInput, { every = 0, resume, seeds = [1], stopAt = Number.POSITIVE_INFINITY }: Stops) {
  const device = await testDevice(kind);
  const data = new PreparedData(device, barsData);
  const recipes = seeds.map((seed) => parseRunRecipe({ batch: 4, ...fields, seed }));
  const events: object[] = [];
  const checkpoints: Checkpoint[] = [];
  const controller = new AbortController();
  const context = {
    device,
    data,
    signal: controller.signal,
    onEvent: ({ ...event }: TrialEvent, index: number) => {
      const { seconds, stepsPerSecond, ...rest } = event as Record<string, unknown>;
      events.push({ ...rest, index });
      if (event.step >= stopAt) controller.abort();
    },
    checkpoint: {
      every,
      save: async (state: TrialState) => {
        checkpoints.push(await decodeCheckpoint(await encodeCheckpoint(state, recipes, { adapter: kind })));
      },
    },
    ...(resume ? { resume } : {}),
  };
  const ended = async () => {
    const results = await runTrials(context, recipes);
    const { parameters } = results[0]!;
    const { buffer, offset, length } = parameterRange(parameters);
    const end = digestOf(decodeParameters(parameters, await device.read(buffer, offset, length)));
    parameters.destroy();
    return { end, results: results.map(({ accuracy, testLoss, warmup }) => ({ accuracy, testLoss, warmup })) };
  };
  const [settled] = await Promise.allSettled([ended()]);
  data.destroy();
  return { events, checkpoints, recipes, settled };
}

/** A state by the hash of its bits: a difference between two is told at once, not number by number. */
const digestOf = (states: ParameterStates): string => {
  const hash = createHash('sha256');
  for (const [name, { weight, m, v }] of Object.entries(states)) for (const part of [weight, m, v]) hash.update(name).update(part);
  return hash.digest('hex');
};
const digestsOf = ({ state: { step, sets, counters } }: Checkpoint) => ({
  step,
  counters,
  sets: Object.fromEntries(Object.entries(sets).map(([name, states]) => [name, digestOf(states)])),
});

/** Where trials ended: weights, moments and results. Throws what made them fail. */
async function ending({ settled }: Pick<Awaited<ReturnType<typeof run>>, 'settled'>) {
  if (settled.status === 'rejected') throw settled.reason;
  return settled.value;
}

const family = { label: { kind: 'class', classes: 10 } };

describe.each(await testAdapters())('checkpoints on %s', { timeout: 240_000 }, (kind) => {
  it.each<[string, RunRecipeInput, number, readonly number[], string[]]>([
    ['a head of its own', { arm: 'published', p: 0.5, steps: 24 }, 5, [1], ['model', 'warmup']],
    ['a schedule a phase', { arm: 'per-phase', p: 0.5, steps: 24, evalEvery: 6 }, 6, [1], ['model', 'warmup']],
    ['a kept head', { experiment: 'family:gratings', arm: 'kept', generator: family, p: 0.5, steps: 16 }, 4, [1], ['model']],
    ['a learned sampler, two seeds', { experiment: 'augment', arm: 'published', p: 0.5, steps: 24 }, 5, [3, 4], ['model', 'sampler']],
    ['a teacher', { experiment: 'augment', arm: 'guarded', p: 0.5, steps: 8 }, 3, [1], ['model', 'sampler', 'teacher']],
  ])('end with the bits of a run that was never stopped: %s', async (_, fields, every, seeds, sets) => {
    const whole = await run(kind, fields, { every, seeds });
    const steps = whole.checkpoints.map(({ state }) => state.step);
    const { steps: total } = whole.recipes[0]!;
    expect(steps).toEqual(Array.from({ length: Math.ceil(total / every) - 1 }, (_, i) => every * (i + 1)));
    const half = total / 2;
    for (const { state, recipes, notes } of whole.checkpoints) {
      expect(state.phase).toBe(state.step < half ? 'warmup' : 'natural');
      expect(Object.keys(state.sets).sort()).toEqual(state.phase === 'warmup' ? sets : ['model']);
      expect(recipes).toEqual(whole.recipes);
      expect(notes).toEqual({ adapter: kind });
    }
    // One in the middle of the warm-up, one in the middle of the natural phase, and one between them where there is one.
    const tried = new Set([steps.find((step) => step > every)!, steps.find((step) => step >= half)!, steps.at(-1)!]);
    for (const { state } of whole.checkpoints.filter(({ state: { step } }) => tried.has(step))) {
      const rest = await run(kind, fields, { every, seeds, resume: state });
      expect(await ending(rest), `from step ${state.step}`).toEqual(await ending(whole));
      const after = (events: object[]) => events.filter((event) => (event as TrialEvent).step > state.step);
      expect(rest.events).toEqual(after(whole.events));
      expect(rest.checkpoints.map(digestsOf)).toEqual(whole.checkpoints.filter(({ state: { step } }) => step > state.step).map(digestsOf));
    }
  });

  it('keep the state before a stop, once, and go on from it', async () => {
    const fields = { arm: 'standardised', p: 0.5, steps: 40 };
    const whole = await run(kind, fields, {});
    expect(whole.checkpoints).toEqual([]);
    let resume: TrialState | undefined;
    const events: object[] = [];
    for (const stopAt of [10, 20, 30]) {
      const part = await run(kind, fields, { every: 10, stopAt, ...(resume ? { resume } : {}) });
      await expect(ending(part)).rejects.toMatchObject({ exitCode: 130, parts: { got: `a stop after step ${stopAt} of 40` } });
      expect(part.checkpoints.map(({ state }) => state.step)).toEqual([stopAt]);
      resume = part.checkpoints[0]!.state;
      events.push(...part.events);
    }
    const last = await run(kind, fields, { resume: resume! });
    expect(await ending(last)).toEqual(await ending(whole));
    expect([...events, ...last.events]).toEqual(whole.events);
  });

  it('hold nothing that does not count', async () => {
    // Three steps of the warm-up are left: the sampler's moments show in the second, through its weights.
    const fields = { experiment: 'augment', arm: 'published', p: 0.75, steps: 8 };
    const whole = await run(kind, fields, { every: 3 });
    const { state } = whole.checkpoints[0]!;
    const end = (await ending(whole)).end;
    const endOf = async (resume: TrialState) => (await ending(await run(kind, fields, { resume }))).end;
    expect(await endOf(state)).toBe(end);
    const halved = (set: string, part: 'weight' | 'm' | 'v'): TrialState => {
      const parameters = state.sets[set]!;
      const changed = Object.entries(parameters).map(([name, values]) => [
        name,
        { ...values, [part]: values[part].map((value) => value / 2) },
      ]);
      return { ...state, sets: { ...state.sets, [set]: Object.fromEntries(changed) } };
    };
    for (const set of ['model', 'sampler']) {
      for (const part of ['weight', 'm', 'v'] as const) expect(await endOf(halved(set, part)), `${part} of ${set}`).not.toBe(end);
    }
    const { warmup, sampler } = state.counters;
    for (const counters of [
      { warmup: warmup! + 1, sampler: sampler! },
      { warmup: warmup!, sampler: sampler! + 1 },
    ]) {
      expect(await endOf({ ...state, counters })).not.toBe(end);
    }
  });

  it('refuse a state that is not of these trials', async () => {
    const fields = { arm: 'standardised', p: 0.5, steps: 20 };
    const { checkpoints } = await run(kind, fields, { every: 5 });
    const [inWarmup, , inNatural] = checkpoints.map(({ state }) => state);
    const refused = async (other: RunRecipeInput, resume: TrialState, message: RegExp, seeds = [1]) => {
      const failed = ending(await run(kind, other, { resume, seeds }));
      await expect(failed).rejects.toBeInstanceOf(InputError);
      await expect(failed).rejects.toThrow(message);
    };
    await refused({ ...fields, p: 0.2 }, inWarmup!, /checkpoint: got step 5, after 5 steps of the warmup phase/);
    await refused({ ...fields, p: 0 }, inNatural!, /checkpoint: got step 15, after 5 steps of the natural phase/);
    await refused(
      { experiment: 'augment', p: 0.5, steps: 20 },
      inWarmup!,
      /got sets model, warmup and counters warmup; expected sets model, sampler/,
    );
    await refused(fields, inNatural!, /set model: got conv1\.weight as \[1,8,1,3,3\].*expected \[2,8,1,3,3\]/, [1, 2]);
  });
});

describe('a checkpoint file', async () => {
  const [kind] = await testAdapters();
  const { checkpoints, recipes } = await run(kind!, { arm: 'published', p: 0.5, steps: 8 }, { every: 3 });
  const bytes = await encodeCheckpoint(checkpoints[0]!.state, recipes, { adapter: 'here' });

  it('is safetensors with the weights under their own names and the moments under torch’s', () => {
    const { tensors, metadata } = decodeSafetensors(bytes);
    expect(metadata).toMatchObject({ format: 'pt', kind: 'kindling-checkpoint', step: '3' });
    expect(tensors['model/conv1.weight']!.shape).toEqual([1, 8, 1, 3, 3]);
    expect(tensors['warmup/fc2.bias.exp_avg_sq']!.shape).toEqual([1, 1]);
    expect((tensors['warmup/fc1.weight.exp_avg']!.data as Float32Array).some((value) => value !== 0)).toBe(true);
    expect(Object.keys(tensors).length).toBe(2 * 8 * 3);
  });

  it('is refused when it is of another kind or damaged', async () => {
    const { sealSafetensors } = await import('@kindling/core');
    await expect(decodeCheckpoint(await sealSafetensors({}), 'x')).rejects.toThrow(/x: got another file/);
    const damaged = new Uint8Array(bytes);
    damaged[bytes.length - 100]! ^= 4;
    await expect(decodeCheckpoint(damaged, 'x')).rejects.toThrow(/x: got content of SHA-256/);
  });
});
