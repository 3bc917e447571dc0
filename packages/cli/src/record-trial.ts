import { InterruptedError } from '@kindling/core';
import { type RecipeInput, recipeHash } from '@kindling/datagen';
import { type ImageFacts, planTrial, type RunRecipe, runTrial, type TrialResult } from '@kindling/warmup';
import { encodeModel } from './model-file.js';
import { trialProgress } from './progress.js';
import { type HeaderLine, RunWriter, writeFigures } from './run-folder.js';
import type { Session } from './session.js';
import { commit, versions } from './versions.js';

/** The header of a record. `generated` is the recipe whose generator the hash names. */
export async function header(session: Session, recipe: Readonly<Record<string, unknown>>, generated?: RunRecipe): Promise<HeaderLine> {
  const clone = commit();
  const hash = generated && (await generatorHash(generated, session.data.facts));
  return {
    type: 'header',
    recipe,
    ...(hash === undefined ? {} : { recipeHash: hash }),
    versions: versions(),
    adapter: session.adapter,
    data: session.facts,
    commit: clone?.commit ?? null,
    ...(clone ? { modified: clone.modified } : {}),
    date: new Date().toISOString(),
  };
}

async function generatorHash(recipe: RunRecipe, { channels, height, width }: ImageFacts): Promise<string | undefined> {
  const { warmup } = planTrial(recipe);
  return warmup?.kind === 'family'
    ? recipeHash({ ...warmup.generator, image: { channels, height, width, ...warmup.generator.image } } as RecipeInput)
    : undefined;
}

export interface TrialOptions {
  readonly folder: string;
  readonly signal: AbortSignal;
  /** Left of the progress. */
  readonly label: string;
  /** The command that starts this run anew, for the message after Ctrl-C. */
  readonly restart: string;
  /** The trial's name in a record of several, and that record. */
  readonly trial?: string;
  readonly also?: RunWriter;
}

/** What is left of a trial when its folder is written. */
export interface RecordedTrial {
  readonly recipe: RunRecipe;
  readonly folder: string;
  readonly result: Omit<TrialResult, 'parameters' | 'model'>;
  /** The model as a safetensors file. */
  readonly model: Uint8Array;
}

/**
 * Runs one trial into a folder of its own: recipe, record, model and figures.
 * A trial that is interrupted or fails leaves its record with a last line that says so.
 * @throws InterruptedError with the folder and how to restart; DeviceError, InputError as `runTrial` does.
 */
export async function recordTrial(session: Session, recipe: RunRecipe, options: TrialOptions): Promise<RecordedTrial> {
  const { folder, signal, trial = 'run', also } = options;
  const writer = new RunWriter(folder, await header(session, recipe, recipe));
  const append = (line: object): void => {
    writer.append(line);
    also?.append({ ...line, trial });
  };
  const plan = planTrial(recipe);
  const progress = trialProgress(options.label, (plan.warmup?.steps ?? 0) + plan.natural.steps, signal);
  let step = 0;
  let result: TrialResult;
  try {
    result = await runTrial(
      {
        device: session.device,
        data: session.data,
        signal,
        onEvent: (event) => {
          step = event.step;
          append(event);
          progress.event(event);
        },
      },
      recipe,
    );
  } catch (error) {
    progress.stop();
    if (!(error instanceof InterruptedError)) {
      append({ type: 'failed', step, message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
    append({ type: 'interrupted', step });
    const next = `start it anew with \`${options.restart}\`; the record in ${also?.path ?? folder} keeps every line so far`;
    throw new InterruptedError({ ...error.parts, next });
  }
  progress.stop();
  const { parameters, model: _, ...rest } = result;
  append({ type: 'summary', arm: recipe.arm, p: recipe.p, ...rest, setup: session.setup });
  const model = await encodeModel(result, recipe, trial, session.data.facts);
  parameters.destroy();
  writer.saveModel(model);
  await writeFigures(folder);
  return { recipe, folder, result: rest, model };
}
