import { createHash } from 'node:crypto';
import { DeviceError, InputError, InterruptedError } from '@kindling/core';
import type { NaturalData } from '@kindling/data';
import { lineKey, type SweepLine } from '@kindling/figures';
import { parseRunRecipe, type RunRecipe, runAdaptive, runTrials, type TrialEvent } from '@kindling/warmup';
import { openSession, type Session } from '../session.js';
import { say } from '../terminal.js';
import type { SweepData, SweepWriter } from './folder.js';
import { linesOf, nextGroup, type Trial } from './plan.js';
import { SweepProgress } from './progress.js';
import { ADAPTIVE, type SweepRecipe } from './recipe.js';

export interface RunOptions {
  /** Most trials in the same dispatches: bounds memory, and what a kill loses. */
  readonly together: number;
  readonly data?: string | undefined;
  /** Whether `--data-set` was given: it then says how the files of `--data` are read. */
  readonly named: boolean;
  readonly adapter?: string | undefined;
  readonly signal: AbortSignal;
}

export interface RunSummary {
  /** Trials of the sweep or shard, those that were there before, and those that this run trained. */
  readonly trials: number;
  readonly found: number;
  readonly ran: number;
  readonly seconds: number;
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

const describeData = ({ name, train, test }: NaturalData): SweepData => {
  const hash = createHash('sha256');
  for (const { images, labels } of [train, test]) hash.update(images).update(labels);
  return { name, train: train.count, test: test.count, sha256: hash.digest('hex') };
};

/** The lines of a trial from what came out of it, one for each arm that it is the trial of. */
function linesFrom(recipe: SweepRecipe, trial: Trial, result: object, evaluation: { accuracy: number; testLoss: number }): SweepLine[] {
  const { arms } = trial.unit;
  return linesOf(recipe, trial).map((identity) => ({
    ...identity,
    accuracy: evaluation.accuracy,
    testLoss: finite(evaluation.testLoss),
    ...(arms.length > 1 ? { sharedWith: arms.filter((arm) => arm !== identity.arm) } : {}),
    ...result,
  })) as unknown as SweepLine[];
}

const recipeOf = ({ experiment, batch, preset, generator, evalEvery }: SweepRecipe, { unit, seed }: Trial): RunRecipe =>
  parseRunRecipe({
    experiment,
    arm: unit.arms[0]!,
    p: unit.p!,
    steps: unit.steps,
    batch,
    seed,
    evalEvery,
    ...(preset === null ? {} : { preset }),
    ...(generator === null ? {} : { generator }),
  });

type OnEvent = (event: TrialEvent, index: number) => void;

/** Trains trials of one unit together. */
async function runGroup(
  session: Session,
  recipe: SweepRecipe,
  group: readonly Trial[],
  signal: AbortSignal,
  onEvent: OnEvent,
): Promise<SweepLine[]> {
  const { device, data } = session;
  const evals = group.map((): object[] => []);
  const watch: OnEvent = (event, index) => {
    onEvent(event, index);
    const { type, phase, step } = event;
    if (type === 'eval') evals[index]!.push({ phase, step, accuracy: event.accuracy, testLoss: finite(event.testLoss) });
  };
  const recipes = group.map((trial) => recipeOf(recipe, trial));
  const results = await runTrials({ device, data, signal, onEvent: watch }, recipes);
  results[0]!.parameters.destroy();
  return results.flatMap(({ note, time, warmup, split, ...evaluation }, index) => {
    const facts = { time, split, warmup, note, together: group.length, adapter: session.adapter, evals: evals[index] };
    return linesFrom(recipe, group[index]!, facts, evaluation);
  });
}

/** The same for the adaptive experiment, which has epochs and no warm-up; its seconds are not split. */
async function runAdaptiveGroup({ device, natural, adapter }: Session, recipe: SweepRecipe, group: readonly Trial[]): Promise<SweepLine[]> {
  const { unit } = group[0]!;
  const started = performance.now();
  const results = await runAdaptive(device, natural, {
    arm: unit.arms[0] === 'control' ? 'control' : 'adaptive',
    epochs: unit.steps / ADAPTIVE.batches,
    seeds: group.map(({ seed }) => seed),
    batches: ADAPTIVE.batches,
    batch: recipe.batch,
  });
  const total = (performance.now() - started) / 1000 / group.length;
  results[0]!.parameters.destroy();
  return results.flatMap(({ validationAccuracy, epochs, ...evaluation }, index) => {
    const { weights } = epochs.at(-1)!;
    const facts = { time: { total }, split: 'none', together: group.length, adapter, epochs: epochs.length, validationAccuracy, weights };
    return linesFrom(recipe, group[index]!, facts, evaluation);
  });
}

/** Where one arm of a shared training has its line, the others' follow from it: a kill can come between two lines of one write. */
function completeShared(recipe: SweepRecipe, trial: Trial, have: ReadonlyMap<string, SweepLine>): { lines: SweepLine[]; done: boolean } {
  const wanted = linesOf(recipe, trial) as SweepLine[];
  const there = wanted.flatMap((line) => have.get(lineKey(line)) ?? []);
  const [model] = there;
  if (!model || there.length === wanted.length) return { lines: [], done: model !== undefined };
  const missing = wanted.filter((line) => !have.has(lineKey(line)));
  const { arms } = trial.unit;
  const lines = missing.map(({ arm }) => ({ ...model, arm, sharedWith: arms.filter((other) => other !== arm) }));
  return { lines, done: true };
}

/** Whether so many trials at once need a buffer that the adapter cannot bind; half as many may fit. */
export const tooLarge = (error: unknown): boolean =>
  error instanceof InputError && error.parts.expected.includes("this adapter's limit for one binding");

/**
 * Trains every trial that the folder has no line of, group by group; a group's lines are on the disk before the next begins.
 * @throws InterruptedError when the signal fires, naming how to go on; what `runTrials` and `openSession` throw
 */
export async function runSweep(
  recipe: SweepRecipe,
  trials: readonly Trial[],
  writer: SweepWriter,
  options: RunOptions,
): Promise<RunSummary> {
  const { signal, together } = options;
  const have = new Map(writer.found.map((line) => [lineKey(line), line]));
  const states = trials.map((trial) => ({ trial, ...completeShared(recipe, trial, have) }));
  writer.append(states.flatMap(({ lines }) => lines));
  const open = states.filter(({ done }) => !done).map(({ trial }) => trial);
  const found = trials.length - open.length;
  if (found > 0) say(`kindling: ${writer.path}: ${found} of ${trials.length} trials are there already`);
  const started = performance.now();
  const summary = (ran: number): RunSummary => ({ trials: trials.length, found, ran, seconds: (performance.now() - started) / 1000 });
  if (open.length === 0) return summary(0);
  const cost = open.reduce((sum, { unit }) => sum + unit.cost, 0);
  let session: Session | undefined;
  let progress: SweepProgress | undefined;
  let current: string | undefined;
  let ran = 0;
  let most = together;
  try {
    while (ran < open.length) {
      const group = nextGroup(open, ran, most);
      const { dataSet } = group[0]!.unit;
      if (dataSet !== current) {
        session?.close();
        const dataSetName = options.data !== undefined && !options.named ? undefined : dataSet;
        session = await openSession({ data: options.data, dataSet: dataSetName, adapter: options.adapter });
        writer.requireData(dataSet, describeData(session.natural));
        current = dataSet;
      }
      progress ??= new SweepProgress(trials, found, cost, signal);
      progress.begin(group);
      if (signal.aborted) throw interrupted(writer.path, found + ran, trials.length);
      const onEvent: OnEvent = (event, index) => progress!.event(event, index);
      let lines: SweepLine[];
      try {
        lines = await (recipe.p === null ? runAdaptiveGroup(session!, recipe, group) : runGroup(session!, recipe, group, signal, onEvent));
      } catch (error) {
        if (group.length === 1 || !tooLarge(error)) throw error;
        most = Math.ceil(group.length / 2);
        say(`kindling: ${group.length} trials together are beyond this adapter's limits: ${most} together from here on`);
        continue;
      }
      writer.append(lines);
      ran += group.length;
      progress.end(lines.map(({ accuracy }) => accuracy));
    }
  } catch (error) {
    progress?.stop();
    if (error instanceof InterruptedError) throw interrupted(writer.path, found + ran, trials.length);
    if (!(error instanceof DeviceError) || together === 1) throw error;
    const next = `${error.parts.next}. Finished trials are kept: repeat the command, with fewer trials --together if memory ran out`;
    throw new DeviceError({ ...error.parts, next }, { cause: error });
  }
  progress?.stop();
  session?.close();
  return summary(ran);
}

const interrupted = (path: string, done: number, all: number): InterruptedError =>
  new InterruptedError({
    subject: 'sweep',
    got: `a stop after ${done} of ${all} trials`,
    expected: 'to run to the end',
    next: `repeat the command: it goes on with what is in ${path}`,
  });
