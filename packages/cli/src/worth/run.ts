import { InterruptedError } from '@kindling/core';
import type { SweepLine, WorthLine } from '@kindling/figures';
import { requireSubsets, runWorth, type WorthResult } from '@kindling/warmup';
import { formatShare } from '../format.js';
import { openSession, type Session } from '../session.js';
import { formatDuration } from '../sweep/progress.js';
import type { ResultsWriter } from '../sweep/results-folder.js';
import { describeData, type RunOptions, type RunSummary, tooLarge } from '../sweep/run.js';
import { say } from '../terminal.js';
import { trialKey, type WorthCard } from './folder.js';
import { armSteps, groupCost, type WorthTrialOf, worthGroups, worthTrials } from './plan.js';
import type { WorthRecipe } from './recipe.js';

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

/** Seconds between two lines of progress while nothing ends. */
const PLAIN_SECONDS = 15;

function lineOf(recipe: WorthRecipe, arm: string, result: WorthResult, together: number, adapter: string): SweepLine {
  const { n, seed, accuracy, testLoss, warmupSteps, naturalSteps, time } = result;
  const line: WorthLine = {
    experiment: 'worth',
    dataSet: recipe.dataSet,
    arm,
    n,
    p: null,
    steps: naturalSteps,
    warmupSteps,
    seed,
    accuracy,
    testLoss: finite(testLoss),
    time: { ...time },
    together,
    adapter,
    // As the recipe asks, on every line: where an arm has no generated batches it changes nothing.
    ...(recipe.select ? { select: recipe.select } : {}),
  };
  return line;
}

const seedText = (group: readonly WorthTrialOf[]): string => {
  const seeds = [...new Set(group.map(({ seed }) => seed))];
  return `seed${seeds.length > 1 ? 's' : ''} ${seeds.join(', ')}`;
};

/** How far it is and how long the rest will take, as lines on stderr. */
class WorthProgress {
  readonly #trials: number;
  readonly #total: number;
  readonly #started = performance.now();
  #ended: number;
  #done = 0;
  #said = performance.now();

  constructor(trials: number, ended: number, total: number) {
    this.#trials = trials;
    this.#ended = ended;
    this.#total = total;
  }

  /** @param share of the group's cost that is done */
  step(group: readonly WorthTrialOf[], cost: number, share: number): void {
    if (performance.now() - this.#said < 1000 * PLAIN_SECONDS) return;
    this.#say(group, `${Math.round(100 * share)} % of it`, this.#done + cost * share);
  }

  end(group: readonly WorthTrialOf[], cost: number, accuracies: readonly number[]): void {
    this.#ended += group.length;
    this.#done += cost;
    const range = `accuracy ${formatShare(Math.min(...accuracies))} to ${formatShare(Math.max(...accuracies))}`;
    this.#say(group, range, this.#done);
  }

  #say(group: readonly WorthTrialOf[], status: string, done: number): void {
    this.#said = performance.now();
    const seconds = (performance.now() - this.#started) / 1000;
    const left =
      this.#ended === this.#trials
        ? `${formatDuration(seconds)} in all`
        : `${formatDuration((seconds / done) * (this.#total - done))} left`;
    say(
      `${String(this.#ended).padStart(String(this.#trials).length)}/${this.#trials} trials  ${group[0]!.arm}, ${seedText(group)}  ${status}  ${left}`,
    );
  }
}

/** Trains a group, in halves where the adapter cannot bind all of it. */
async function trainGroup(
  session: Session,
  recipe: WorthRecipe,
  group: readonly WorthTrialOf[],
  signal: AbortSignal,
  onShare: (share: number) => void,
): Promise<SweepLine[]> {
  const { device, natural, data, adapter } = session;
  const { arm } = group[0]!;
  const context = { device, natural, data, signal, onStep: (done: number, total: number) => onShare(done / total) };
  try {
    const results = await runWorth(context, armSteps(recipe, arm).plan, group);
    return results.map((result) => lineOf(recipe, arm, result, group.length, adapter));
  } catch (error) {
    if (group.length === 1 || !tooLarge(error)) throw error;
    const half = Math.ceil(group.length / 2);
    say(`kindling: ${group.length} trials together are beyond this adapter's limits: ${half} together`);
    const lines: SweepLine[] = [];
    for (const part of [group.slice(0, half), group.slice(half)]) lines.push(...(await trainGroup(session, recipe, part, signal, onShare)));
    return lines;
  }
}

/**
 * Trains every trial that the folder has no line of; a group's lines are on the disk before the next begins.
 * @throws InterruptedError when the signal fires, naming how to go on; what `runWorth` and `openSession` throw
 */
export async function runWorthTrials(recipe: WorthRecipe, writer: ResultsWriter<WorthCard>, options: RunOptions): Promise<RunSummary> {
  const { signal, together, data, named, adapter } = options;
  const trials = worthTrials(recipe);
  const have = new Set(writer.found.map((line) => trialKey(recipe, line as WorthLine)));
  const open = trials.filter((trial) => !have.has(trialKey(recipe, trial)));
  const found = trials.length - open.length;
  if (found > 0) say(`kindling: ${writer.path}: ${found} of ${trials.length} trials are there already`);
  const started = performance.now();
  const summary = (ran: number): RunSummary => ({ trials: trials.length, found, ran, seconds: (performance.now() - started) / 1000 });
  if (open.length === 0) return summary(0);
  const groups = worthGroups(recipe, open, together);
  const costs = groups.map((group) => groupCost(recipe, group));
  const total = costs.reduce((sum, cost) => sum + cost, 0);
  const progress = new WorthProgress(trials.length, found, total);
  const session = await openSession({ data, dataSet: data !== undefined && !named ? undefined : recipe.dataSet, adapter });
  let ran = 0;
  try {
    requireSubsets(session.natural, recipe.n);
    writer.requireData(recipe.dataSet, describeData(session.natural));
    for (const [index, group] of groups.entries()) {
      const cost = costs[index]!;
      const lines = await trainGroup(session, recipe, group, signal, (share) => progress.step(group, cost, share));
      writer.append(lines);
      ran += group.length;
      progress.end(
        group,
        cost,
        lines.map(({ accuracy }) => accuracy),
      );
    }
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    const next = `repeat the command: it goes on with what is in ${writer.path}`;
    throw new InterruptedError({
      subject: 'worth',
      got: `a stop after ${found + ran} of ${trials.length} trials`,
      expected: 'to run to the end',
      next,
    });
  }
  session.close();
  return summary(ran);
}
