import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ParameterSet } from '@kindling/autograd';
import { InputError, InterruptedError } from '@kindling/core';
import { loadDataSet } from '@kindling/data/node';
import type { SweepLine } from '@kindling/figures';
import { type PruneMetric, randomScores, selectKept } from '@kindling/pruning';
import { type Evaluation, Evaluator, type ModelSpec, PreparedData, type PruneContext, trainSubsets } from '@kindling/warmup';
import { makeFolder } from '../datagen/write.js';
import { formatShare } from '../format.js';
import { openSession, type Session } from '../session.js';
import { formatDuration } from '../sweep/progress.js';
import type { ResultsWriter } from '../sweep/results-folder.js';
import { describeData, type RunOptions, type RunSummary, tooLarge } from '../sweep/run.js';
import { say } from '../terminal.js';
import { type CurveCard, type CurveLine, type CurveTrial, curveTrials, trialKey } from './curve-folder.js';
import type { CurveRecipe } from './curve-recipe.js';
import { ensembleModel, progressLines, scoreSession } from './score.js';
import { readScores, writeScores } from './score-files.js';
import { scorePlan } from './score-recipe.js';

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Scores by metric: from the folder where an earlier call left them there, which holds one recipe's alone. */
async function scoresOf(session: Session, recipe: CurveRecipe, folder: string, model: ModelSpec, signal: AbortSignal) {
  const scores = new Map<PruneMetric, Float32Array>();
  const { train, classes } = session.natural;
  if (recipe.metrics.length > 0) makeFolder(join(folder, 'scores'));
  for (const metric of recipe.metrics) {
    const path = join(folder, 'scores', `${metric}.npy`);
    if (existsSync(path)) {
      scores.set(metric, readScores(path).scores);
      continue;
    }
    const { seeds, steps } = recipe.score;
    const asked = {
      metric,
      batch: recipe.batch,
      lr: recipe.lr,
      ...(seeds ? { seeds: seeds.join() } : {}),
      ...(steps === null ? {} : { steps }),
    };
    const plan = scorePlan(asked, train.count, classes);
    say(`kindling: scoring by ${metric}: ${plan.seeds.length} models, ${plan.steps} steps each`);
    const made = await scoreSession(session, plan, { model }, signal);
    writeScores(path, made.scores, made.card);
    scores.set(metric, made.scores);
  }
  return scores;
}

/** What a trial trains on. */
function keptOf({ natural }: Session, recipe: CurveRecipe, scores: ReadonlyMap<PruneMetric, Float32Array>, trial: CurveTrial): Uint32Array {
  const { train, classes } = natural;
  const { metric, keep, fraction, seed } = trial;
  if (metric === null) return Uint32Array.from({ length: train.count }, (_, index) => index);
  // Every seed draws its own random subset: the spread of the draw is in its interval.
  const own = metric === 'random' ? randomScores(train.count, seed) : scores.get(metric)!;
  return selectKept({ scores: own, labels: train.labels, classes, fraction, keep: keep ?? 'hard', balance: recipe.balance });
}

/** Another data set on the same device, and the model with a head for it. */
interface Other {
  readonly data: PreparedData;
  readonly model: ModelSpec;
}

/** @throws InputError for images of another size */
async function otherOf({ device, natural }: Session, recipe: CurveRecipe, name: string): Promise<Other> {
  const loaded = await loadDataSet({ name, folder: undefined });
  const size = ({ channels, height, width }: typeof loaded): string => `${channels}×${height}×${width}`;
  if (size(loaded) !== size(natural)) {
    const next = 'name a set of the same size, e.g. mnist and fashion-mnist';
    throw new InputError({ subject: '--transfer-to', got: `${name} with images of ${size(loaded)}`, expected: size(natural), next });
  }
  const data = new PreparedData(device, loaded);
  return { data, model: await ensembleModel({ data }, recipe.model) };
}

/** Fine-tunes on all of the other set, from the bodies that were trained on what was kept, and evaluates there. */
async function fineTune(
  context: PruneContext,
  steps: number,
  { batch, lr }: CurveRecipe,
  { data, model }: Other,
  start: ParameterSet,
  group: readonly { readonly trial: CurveTrial }[],
): Promise<Evaluation[]> {
  const everything = Uint32Array.from({ length: data.train!.count }, (_, index) => index);
  const trials = group.map(({ trial }) => ({ seed: trial.seed, list: 0 }));
  const parameters = await trainSubsets({ ...context, data, model }, { steps, batch, lr }, [everything], trials, undefined, { start });
  const evaluator = await Evaluator.create(context.device, model, parameters, data);
  const results = await evaluator.evaluateAll();
  evaluator.destroy();
  parameters.destroy();
  return results;
}

/** Trains a group in the same dispatches, in halves where the adapter cannot bind all of it. */
async function trainGroup(
  session: Session,
  recipe: CurveRecipe,
  model: ModelSpec,
  group: readonly { readonly trial: CurveTrial; readonly kept: Uint32Array }[],
  signal: AbortSignal,
  other?: Other,
): Promise<SweepLine[]> {
  const { device, data, adapter } = session;
  const started = performance.now();
  try {
    const context = { device, data, model, signal, onStep: progressLines(`${group.length} trials together`) };
    const { steps, batch, lr } = recipe;
    const parameters = await trainSubsets(
      context,
      { steps, batch, lr },
      group.map(({ kept }) => kept),
      group.map(({ trial }, list) => ({ seed: trial.seed, list })),
    );
    const evaluator = await Evaluator.create(device, model, parameters, data);
    const results = await evaluator.evaluateAll();
    evaluator.destroy();
    const tuned = other && recipe.transfer ? await fineTune(context, recipe.transfer.steps, recipe, other, parameters, group) : undefined;
    parameters.destroy();
    const total = (performance.now() - started) / 1000 / group.length;
    return group.map(({ trial, kept }, index): CurveLine => {
      const { accuracy, testLoss } = results[index]!;
      const facts = { experiment: 'prune', dataSet: recipe.dataSet, p: null, steps, n: kept.length };
      const after = tuned?.[index];
      const transfer = after && {
        transfer: { dataSet: recipe.transfer!.dataSet, accuracy: after.accuracy, testLoss: finite(after.testLoss) },
      };
      return { ...facts, ...trial, ...transfer, accuracy, testLoss: finite(testLoss), time: { total }, together: group.length, adapter };
    });
  } catch (error) {
    if (group.length === 1 || !tooLarge(error)) throw error;
    const half = Math.ceil(group.length / 2);
    say(`kindling: ${group.length} trials together are beyond this adapter's limits: ${half} together`);
    const lines: SweepLine[] = [];
    for (const part of [group.slice(0, half), group.slice(half)])
      lines.push(...(await trainGroup(session, recipe, model, part, signal, other)));
    return lines;
  }
}

/**
 * Trains every trial that the folder has no line of, scores first; a group's lines are on the disk before the next begins.
 * @throws InterruptedError when the signal fires, naming how to go on; what `trainSubsets` and `openSession` throw
 */
export async function runCurve(recipe: CurveRecipe, writer: ResultsWriter<CurveCard>, options: RunOptions): Promise<RunSummary> {
  const { signal, together, data, named, adapter } = options;
  const trials = curveTrials(recipe);
  const have = new Set(writer.found.map((line) => trialKey(line as CurveLine)));
  const open = trials.filter((trial) => !have.has(trialKey(trial)));
  const found = trials.length - open.length;
  if (found > 0) say(`kindling: ${writer.path}: ${found} of ${trials.length} trials are there already`);
  const started = performance.now();
  const seconds = (): number => (performance.now() - started) / 1000;
  if (open.length === 0) return { trials: trials.length, found, ran: 0, seconds: seconds() };
  const session = await openSession({ data, dataSet: data !== undefined && !named ? undefined : recipe.dataSet, adapter });
  let ran = 0;
  try {
    writer.requireData(recipe.dataSet, describeData(session.natural));
    const model = await ensembleModel(session, recipe.model);
    const other = recipe.transfer && (await otherOf(session, recipe, recipe.transfer.dataSet));
    const scores = await scoresOf(session, recipe, writer.path, model, signal);
    const begun = performance.now();
    for (let first = 0; first < open.length; first += together) {
      const group = open.slice(first, first + together).map((trial) => ({ trial, kept: keptOf(session, recipe, scores, trial) }));
      const lines = await trainGroup(session, recipe, model, group, signal, other ?? undefined);
      writer.append(lines);
      ran += lines.length;
      const accuracies = lines.map(({ accuracy }) => accuracy);
      const range = `accuracy ${formatShare(Math.min(...accuracies))} to ${formatShare(Math.max(...accuracies))}`;
      const left = ((performance.now() - begun) / 1000 / ran) * (open.length - ran);
      say(`${found + ran}/${trials.length} trials  ${range}  ${ran === open.length ? 'all done' : `${formatDuration(left)} left`}`);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
    const next = `repeat the command: it goes on with what is in ${writer.path}`;
    const got = `a stop after ${found + ran} of ${trials.length} trials`;
    throw new InterruptedError({ subject: 'prune curve', got, expected: 'to run to the end', next }, { cause: error });
  }
  session.close();
  return { trials: trials.length, found, ran, seconds: seconds() };
}
