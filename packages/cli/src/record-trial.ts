import { type DeviceError, InterruptedError } from '@kindling/core';
import { encodeModel, planTrial, type RunRecipe, runGeneratorHash, runTrial, type TrialResult, type TrialState } from '@kindling/warmup';
import { type CheckpointOptions, TrialCheckpoints } from './checkpoint-run.js';
import { makeFolder } from './datagen/write.js';
import { lockFolder } from './folder-lock.js';
import { trialProgress } from './progress.js';
import { type KeepListFile, keepFacts, keepKeepList } from './prune/keep-list.js';
import { discardRecord, type HeaderLine, RunWriter, writeFigures } from './run-folder.js';
import type { Session } from './session.js';
import { say } from './terminal.js';
import { keepModule, modelFacts, type UserModel } from './user-model.js';
import { commit, versions } from './versions.js';

/** The header of a record. `generated` is the recipe whose generator the hash names. */
export async function header(session: Session, recipe: Readonly<Record<string, unknown>>, generated?: RunRecipe): Promise<HeaderLine> {
  const clone = commit();
  const hash = generated && (await runGeneratorHash(generated, session.data.facts));
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
  /** Makes checkpoints, and goes on from the last one when the device is lost. Without: neither. Not together with `also`. */
  readonly checkpoints?: CheckpointOptions;
  /** The model that the recipe names, where it is not a built-in one; the folder keeps a copy of its module. */
  readonly model?: UserModel | undefined;
  /** The list to which natural training is limited; the session's data is cut down to it, and the folder keeps a copy. */
  readonly keepList?: KeepListFile | undefined;
}

/** Losses of the device in a row, without a checkpoint between them, after which a run gives up. */
const MOST_LOSSES = 3;

/** What is left of a trial when its folder is written. */
export interface RecordedTrial {
  readonly recipe: RunRecipe;
  readonly folder: string;
  readonly result: Omit<TrialResult, 'parameters' | 'model'>;
  /** The model as a safetensors file. */
  readonly model: Uint8Array;
  /** The step after which the run went on, where it was resumed. */
  readonly resumedFrom?: number;
}

/** The writer of a new run, or of the one that the folder holds, cut back to where it goes on. */
async function openRecord(session: Session, recipe: RunRecipe, options: TrialOptions, from: TrialState | undefined): Promise<RunWriter> {
  const { folder, checkpoints, model, keepList } = options;
  if (from) {
    const writer = new RunWriter(folder);
    writer.cutBack(from.step);
    writer.append({ type: 'resumed', step: from.step, adapter: session.adapter, versions: versions(), date: new Date().toISOString() });
    return writer;
  }
  if (checkpoints?.resume) discardRecord(folder);
  const every = checkpoints && { checkpointEvery: checkpoints.every };
  const module = model && { model: modelFacts(model.module) };
  const kept = keepList && { keepList: keepFacts(keepList) };
  const writer = new RunWriter(folder, { ...(await header(session, recipe, recipe)), ...every, ...module, ...kept });
  if (model) keepModule(folder, model.module);
  if (keepList) keepKeepList(folder, keepList);
  return writer;
}

/**
 * Runs one trial into a folder of its own: recipe, record, model and figures.
 * A trial that is interrupted or fails leaves its record with a last line that says so. With checkpoints a lost device is opened again and the trial
 * goes on from the last one, which is said, and noted in the record; and no second process can go on with the same run meanwhile.
 * @throws InterruptedError with the folder and how to go on; DeviceError, InputError as `runTrial` does.
 */
export async function recordTrial(session: Session, recipe: RunRecipe, options: TrialOptions): Promise<RecordedTrial> {
  const { folder, checkpoints } = options;
  if (!checkpoints) return runRecorded(session, recipe, options);
  makeFolder(folder);
  const unlock = lockFolder(folder, 'a run');
  try {
    return await runRecorded(session, recipe, options);
  } finally {
    unlock();
  }
}

async function runRecorded(first: Session, recipe: RunRecipe, options: TrialOptions): Promise<RecordedTrial> {
  const { folder, signal, trial = 'run', also, checkpoints } = options;
  const kept = checkpoints && new TrialCheckpoints(folder, recipe, checkpoints.every);
  let session = first;
  let from = checkpoints?.resume ? await kept?.load(session) : undefined;
  const resumedFrom = from?.step;
  const writer = await openRecord(session, recipe, options, from);
  const append = (line: object): void => {
    writer.append(line);
    also?.append({ ...line, trial });
  };
  const plan = planTrial(recipe);
  let step = 0;
  /** The trial from `from` to its end, on the session of the moment. */
  const attempt = async () => {
    const progress = trialProgress(options.label, (plan.warmup?.steps ?? 0) + plan.natural.steps, signal);
    try {
      const result: TrialResult = await runTrial(
        {
          device: session.device,
          data: session.data,
          ...(options.model ? { model: options.model.spec } : {}),
          signal,
          onEvent: (event) => {
            step = event.step;
            append(event);
            progress.event(event);
          },
          ...(kept ? { checkpoint: kept.during(session, writer) } : {}),
          ...(from ? { resume: from } : {}),
        },
        recipe,
      );
      return { result, model: await encodeModel(result, recipe, trial, session.data.facts) };
    } finally {
      progress.stop();
    }
  };
  /** Opens the device again, and returns to the last checkpoint. */
  const recover = async (loss: DeviceError): Promise<void> => {
    say(`kindling: ${loss.parts.subject} was lost after step ${step}: ${loss.parts.got}; opening it again`);
    session = await checkpoints!.reopen();
    from = await kept!.load(session);
    writer.cutBack(from?.step ?? 0);
    append({ type: 'recovered', step: from?.step ?? 0, lostAt: step, message: loss.message, adapter: session.adapter });
  };
  for (let losses = 0, before = -1; ; ) {
    try {
      const { result, model } = await attempt();
      const { parameters, model: _, ...rest } = result;
      append({ type: 'summary', arm: recipe.arm, p: recipe.p, ...rest, setup: session.setup });
      parameters.destroy();
      writer.saveModel(model);
      await writeFigures(folder);
      return { recipe, folder, result: rest, model, ...(resumedFrom === undefined ? {} : { resumedFrom }) };
    } catch (error) {
      if (error instanceof InterruptedError) {
        append({ type: 'interrupted', step });
        const anew = `start it anew with \`${options.restart}\``;
        const how = kept ? `go on with \`kindling warmup --resume ${folder}\`, or ${anew}` : anew;
        throw new InterruptedError({ ...error.parts, next: `${how}; the record in ${also?.path ?? folder} keeps every line so far` });
      }
      losses = kept && kept.written > before ? 1 : losses + 1;
      before = kept?.written ?? -1;
      if (kept && session.device.isLost && losses <= MOST_LOSSES) {
        await recover(await session.device.lost);
        continue;
      }
      append({ type: 'failed', step, message: error instanceof Error ? error.message : String(error) });
      throw error;
    }
  }
}
