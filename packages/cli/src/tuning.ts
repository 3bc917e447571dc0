import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Choices,
  decodeTuning,
  encodeTuning,
  fingerprint,
  type TrainingOptions,
  type TuneEntries,
  type TuneEntry,
  type TuneOptions,
  type TuneResult,
  tuneStep,
  tuningScope,
} from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import type { Device } from '@kindling/device';
import { cacheRoots, requireOwn } from '@kindling/device/node';
import { type ImageFacts, type ModelSpec, type RunRecipe, tuneTrial } from '@kindling/warmup';
import { writeWhole } from './run-folder.js';
import type { Session } from './session.js';
import { say } from './terminal.js';

type Env = Readonly<Record<string, string | undefined>>;

function resultLine(key: string, { chosen, milliseconds }: TuneEntry): string {
  const times = Object.entries(milliseconds).map(([name, time]) => `${name} ${time === null ? 'wrong' : `${time.toPrecision(2)} ms`}`);
  return `kindling: tuned ${key.split(' ')[0]} → ${chosen} (${times.join(', ')})`;
}

/** What was measured on one adapter: a file in the user's cache folder, which any run may read, and deleting which costs a tuning. */
export class TuningCache {
  private readonly scope: string;
  private readonly paths: readonly { readonly path: string; readonly shared: boolean }[];
  private readonly note: (line: string) => void;
  private kept: TuneEntries = {};
  private measured: TuneEntries = {};

  /** Reads what is there. A file that is damaged or not ours is noted and counts for nothing. */
  constructor(device: Device, note: (line: string) => void, env: Env = process.env) {
    this.scope = tuningScope(device);
    const name = `tuning-${fingerprint(this.scope)}.json`;
    this.paths = cacheRoots(env).map(({ path, shared }) => ({ path: join(path, name), shared }));
    this.note = note;
    const found = this.paths.find(({ path }) => existsSync(path));
    if (!found) return;
    try {
      if (found.shared) requireOwn(dirname(found.path));
      this.kept = decodeTuning(readFileSync(found.path, 'utf8'), this.scope, found.path);
    } catch (error) {
      const reason = error instanceof InputError ? error.parts.got : (error as Error).message;
      note(`kindling: the tuning in ${found.path} is damaged (${reason}), so tuning anew`);
    }
  }

  /** What need not be measured: with `fresh` only what was measured in this process, which stands to its end. */
  known(fresh: boolean): TuneEntries {
    return fresh ? this.measured : { ...this.kept, ...this.measured };
  }

  add({ key, ...entry }: TuneResult): void {
    this.measured = { ...this.measured, [key]: entry };
    this.note(resultLine(key, entry));
  }

  /** Number of problems measured in this process. */
  get count(): number {
    return Object.keys(this.measured).length;
  }

  /** Writes to the first folder that takes it, and says which; a machine without one tunes each time. */
  save(): string | undefined {
    for (const { path, shared } of this.paths) {
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        if (shared) requireOwn(dirname(path));
        writeWhole(path, encodeTuning(this.scope, this.known(false)));
        return path;
      } catch {
        // The next folder may take it.
      }
    }
    this.note('kindling: no cache folder can be written, so the tuning is kept with this run only');
    return undefined;
  }
}

export interface TuningRun {
  readonly device: Device;
  readonly facts: ImageFacts;
  readonly signal: AbortSignal;
  /** Measure even what the cache holds or the recipe has a choice for. */
  readonly fresh: boolean;
  /** The model that the recipes name, where it is not a built-in one. */
  readonly model?: ModelSpec | undefined;
  readonly env?: Env;
  readonly note?: (line: string) => void;
  /** How long to measure. */
  readonly effort?: Pick<TuneOptions, 'sampleMs' | 'samples'>;
}

/**
 * The recipes with the kernel variants that are fastest on this adapter: from the cache, or measured now and put there. One problem has one
 * choice in all of them. @throws InterruptedError when the signal fires between two problems.
 */
export async function tuneRecipes(recipes: readonly RunRecipe[], run: TuningRun): Promise<RunRecipe[]> {
  const { device, facts, signal, note = say } = run;
  const cache = new TuningCache(device, note, run.env);
  const onResult = (result: TuneResult): void => {
    cache.add(result);
    if (!signal.aborted) return;
    const next = 'run the command again, or without --tune';
    throw new InterruptedError({ subject: 'tuning', got: `a stop after ${cache.count} problems`, expected: 'to measure all', next });
  };
  const tuned: RunRecipe[] = [];
  for (const recipe of recipes) {
    const from = run.fresh ? { ...recipe, choices: undefined } : recipe;
    const choices = await tuneTrial(device, facts, from, { ...run.effort, known: cache.known(run.fresh), onResult, model: run.model });
    tuned.push({ ...recipe, choices: { ...choices } });
  }
  const path = cache.count > 0 ? cache.save() : undefined;
  const count = new Set(tuned.flatMap(({ choices }) => Object.keys(choices ?? {}))).size;
  note(`kindling: ${count} choices of kernels, ${cache.count} measured now${path === undefined ? '' : ` and kept in ${path}`}`);
  return tuned;
}

/** A tuner of single steps, for benchmarks: from the cache, or measured now and put there. */
export function stepTuner(fresh: boolean) {
  let cache: TuningCache | undefined;
  return async (device: Device, training: TrainingOptions): Promise<Choices> => {
    cache ??= new TuningCache(device, say);
    const before = cache.count;
    const choices = await tuneStep(device, training, { known: cache.known(fresh), onResult: (result) => cache!.add(result) });
    if (cache.count > before) cache.save();
    return choices;
  };
}

/** What a command with `--tune` and `--retune` runs: the recipes as they are without either. */
export const tuneIfAsked = async (
  { device, data }: Pick<Session, 'device' | 'data'>,
  recipes: readonly RunRecipe[],
  { tune = false, retune = false }: { readonly tune?: boolean; readonly retune?: boolean },
  signal: AbortSignal,
  model?: ModelSpec,
): Promise<readonly RunRecipe[]> =>
  tune || retune ? tuneRecipes(recipes, { device, facts: data.facts, signal, fresh: retune, model }) : recipes;
