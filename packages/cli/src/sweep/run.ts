import { DeviceError, InputError, InterruptedError } from '@kindling/core';
import { lineKey, type SweepLine } from '@kindling/figures';
import {
  type ClassEvaluation,
  type ModelSpec,
  type PoseMoment,
  parseRunRecipe,
  type RunRecipe,
  runAdaptive,
  runTrials,
  type TrialEvent,
} from '@kindling/warmup';
import { describeData } from '../describe-data.js';
import type { KeepListFile } from '../prune/keep-list.js';
import { openSession, type Session } from '../session.js';
import { say } from '../terminal.js';
import { modelFrom, type UserModule } from '../user-model.js';
import { GroupCheckpoints, type Seen } from './checkpoints.js';
import type { SweepWriter } from './folder.js';
import { epochField, poseField, shortNumber } from './line-fields.js';
import { EPOCH_COST, linesOf, nextGroup, type Trial } from './plan.js';
import { SweepProgress } from './progress.js';
import { ADAPTIVE, requireKept, type SweepRecipe } from './recipe.js';

export interface RunOptions {
  /** Most trials in the same dispatches: bounds memory, and what a kill loses. */
  readonly together: number;
  readonly data?: string | undefined;
  /** Whether `--data-set` was given: it then says how the files of `--data` are read. */
  readonly named: boolean;
  readonly adapter?: string | undefined;
  /** Makes the model; the recipe names it. */
  readonly module?: UserModule | undefined;
  /** Steps between checkpoints of the trials that run; none without. */
  readonly checkpointEvery?: number | undefined;
  /** Natural training is limited to these examples; the recipe names them by hash. */
  readonly keepList?: KeepListFile | undefined;
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

export { describeData };

/** The lines of a trial from what came out of it, one for each arm that it is the trial of. */
function linesFrom(recipe: SweepRecipe, trial: Trial, result: object, evaluation: ClassEvaluation): SweepLine[] {
  const { arms } = trial.unit;
  const { accuracy, testLoss, confusion } = evaluation;
  return linesOf(recipe, trial).map((identity) => ({
    ...identity,
    accuracy,
    testLoss: finite(testLoss),
    ...(arms.length > 1 ? { sharedWith: arms.filter((arm) => arm !== identity.arm) } : {}),
    // As the sweep asks, on every line: where an arm has no generated batches it changes nothing.
    ...(recipe.select ? { select: recipe.select } : {}),
    ...result,
    confusion,
  })) as unknown as SweepLine[];
}

const recipeOf = (
  { experiment, batch, preset, generator, evalEvery, select, keepList }: SweepRecipe,
  { unit, seed }: Trial,
  model?: ModelSpec,
): RunRecipe =>
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
    ...(select === undefined ? {} : { select }),
    ...(model === undefined ? {} : { model: model.name }),
    ...(keepList === undefined ? {} : { keepList: keepList.hash }),
  });

type OnEvent = (event: TrialEvent, index: number) => void;

/** What all groups on one data set share. */
interface Place {
  readonly session: Session;
  /** SHA-256 of the data. */
  readonly data: string;
  readonly model: ModelSpec | undefined;
}

/** Trains trials of one unit together. */
async function runGroup(
  { session, data: sha256, model }: Place,
  recipe: SweepRecipe,
  group: readonly Trial[],
  signal: AbortSignal,
  onEvent: OnEvent,
  checkpoints: GroupCheckpoints | undefined,
): Promise<SweepLine[]> {
  const { device, data, adapter } = session;
  const recipes = group.map((trial) => recipeOf(recipe, trial, model));
  const checkpointed = { session, data: sha256, recipes };
  const resumed = await checkpoints?.load(checkpointed);
  const seen: Seen = resumed?.seen ?? { evals: group.map(() => []), poses: group.map(() => []) };
  const watch: OnEvent = (event, index) => {
    onEvent(event, index);
    const { type, phase, step } = event;
    if (type === 'eval') seen.evals[index]!.push({ phase, step, accuracy: event.accuracy, testLoss: shortNumber(event.testLoss) });
  };
  const onPoses = (moment: PoseMoment, index: number): void => {
    seen.poses[index]!.push(poseField(moment));
  };
  const results = await runTrials(
    {
      device,
      data,
      signal,
      onEvent: watch,
      onPoses,
      ...(model ? { model } : {}),
      ...(checkpoints ? { checkpoint: checkpoints.during(checkpointed, seen) } : {}),
      ...(resumed ? { resume: resumed.state } : {}),
    },
    recipes,
  );
  results[0]!.parameters.destroy();
  return results.flatMap(({ note, time, warmup, split, teacherSteps, ...evaluation }, index) => {
    const [evals, poses] = [seen.evals[index]!, seen.poses[index]!];
    const facts = { time, split, warmup, note, together: group.length, adapter, evals };
    const kept = recipe.keepList && { keepList: recipe.keepList.hash, kept: recipe.keepList.count };
    const teacher = teacherSteps === undefined ? {} : { teacherSteps };
    const more = { ...kept, ...teacher, ...(model ? { model: model.name } : {}), ...(poses.length > 0 ? { poses } : {}) };
    return linesFrom(recipe, group[index]!, { ...facts, ...more }, evaluation);
  });
}

/** The same for the adaptive experiment, which has epochs and no warm-up; getting a batch and training on it are not told apart. */
async function runAdaptiveGroup(
  { device, natural, adapter }: Session,
  recipe: SweepRecipe,
  group: readonly Trial[],
  signal: AbortSignal,
  progress: SweepProgress,
): Promise<SweepLine[]> {
  const { unit } = group[0]!;
  const epochCount = unit.steps / ADAPTIVE.batches;
  const results = await runAdaptive(device, natural, {
    arm: unit.arms[0] === 'control' ? 'control' : 'adaptive',
    epochs: epochCount,
    seeds: group.map(({ seed }) => seed),
    batches: ADAPTIVE.batches,
    batch: recipe.batch,
    signal,
    onEpoch: (done) => progress.advance(done * EPOCH_COST, `epoch ${done}/${epochCount}`),
  });
  results[0]!.parameters.destroy();
  return results.flatMap(({ validationAccuracy, epochs, time, ...evaluation }, index) => {
    const common = { time, split: 'none', together: group.length, adapter };
    return linesFrom(recipe, group[index]!, { ...common, validationAccuracy, epochs: epochField(epochs) }, evaluation);
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
  if (open.length === 0) {
    // A kill between the last line and this.
    new GroupCheckpoints(writer.path, 1).clear();
    return summary(0);
  }
  const cost = open.reduce((sum, { unit }) => sum + unit.cost, 0);
  const checkpoints = options.checkpointEvery === undefined ? undefined : new GroupCheckpoints(writer.path, options.checkpointEvery);
  let session: Session | undefined;
  let place: Place | undefined;
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
        session = await openSession({
          data: options.data,
          dataSet: dataSetName,
          adapter: options.adapter,
          keepList: options.keepList,
        });
        requireKept(recipe, dataSet, session.natural.classes);
        const described = describeData(session.natural);
        writer.requireData(dataSet, described);
        place = { session, data: described.sha256, model: options.module && modelFrom(options.module, session.data.facts).spec };
        current = dataSet;
      }
      progress ??= new SweepProgress(trials, found, cost, signal);
      progress.begin(group);
      if (signal.aborted) throw interrupted(writer.path, found + ran, trials.length);
      const onEvent: OnEvent = (event, index) => progress!.event(event, index);
      let lines: SweepLine[];
      try {
        lines = await (recipe.p === null
          ? runAdaptiveGroup(session!, recipe, group, signal, progress)
          : runGroup(place!, recipe, group, signal, onEvent, checkpoints));
      } catch (error) {
        if (group.length === 1 || !tooLarge(error)) throw error;
        most = Math.ceil(group.length / 2);
        say(`kindling: ${group.length} trials together are beyond this adapter's limits: ${most} together from here on`);
        continue;
      }
      writer.append(lines);
      checkpoints?.clear();
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
