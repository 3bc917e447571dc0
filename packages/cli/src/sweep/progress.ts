import type { TrialEvent } from '@kindling/warmup';
import { SingleBar } from 'cli-progress';
import { formatShare } from '../format.js';
import { say } from '../terminal.js';
import { EVALUATION_COST, type Trial } from './plan.js';

/** Seconds between two plain lines while nothing ends. */
const PLAIN_SECONDS = 15;

/** `1 h 05 min`, `3 min 20 s`, `45 s`. */
export function formatDuration(seconds: number): string {
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole >= 3600) return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
  return whole >= 60 ? `${Math.floor(whole / 60)} min ${two(whole % 60)} s` : `${whole} s`;
}

/** What runs together, in words. */
export function describeGroup(group: readonly Trial[]): string {
  const { unit } = group[0]!;
  const seeds = group.map(({ seed }) => seed);
  const run = seeds.every((seed, i) => seed === seeds[0]! + i);
  const which = seeds.length === 1 ? `seed ${seeds[0]}` : `seeds ${run ? `${seeds[0]}–${seeds.at(-1)}` : seeds.join(', ')}`;
  const arm = unit.arms.length > 1 ? `${unit.arms.join(' = ')}` : unit.arms[0]!;
  return `${unit.dataSet} ${arm}${unit.p === null ? '' : ` p=${unit.p}`} ${unit.steps} steps, ${which}`;
}

/**
 * How far a sweep is and how long the rest will take: by what is left and the seconds that this run's trials have taken so far, compilation
 * included. A bar on stderr when it is a terminal, else a line when trials end and every quarter of a minute.
 */
export class SweepProgress {
  readonly #trials: number;
  readonly #cost: number;
  readonly #signal: AbortSignal;
  readonly #bar: SingleBar | undefined;
  readonly #started = performance.now();
  #ended: number;
  #costEnded = 0;
  #group: readonly Trial[] = [];
  /** Cost of each trial of the group so far. */
  #spent = 0;
  #said = performance.now();

  /**
   * @param trials of the sweep or shard; `ended` of them before this run
   * @param cost of those that are left, as `Unit.cost` counts
   */
  constructor(trials: readonly Trial[], ended: number, cost: number, signal: AbortSignal) {
    this.#trials = trials.length;
    this.#ended = ended;
    this.#cost = Math.max(1, cost);
    this.#signal = signal;
    if (!process.stderr.isTTY) return;
    const format = `{bar} {done}/${trials.length} trials  {status}`;
    this.#bar = new SingleBar({ format, barsize: 20, barCompleteChar: '█', barIncompleteChar: '░', stream: process.stderr, fps: 10 });
    this.#bar.start(this.#cost, 0, { done: ended, status: 'compiling' });
    signal.addEventListener('abort', this.#stopping);
  }

  readonly #stopping = (): void => this.#bar?.update({ status: 'stopping; Ctrl-C again to stop at once' });

  begin(group: readonly Trial[]): void {
    this.#group = group;
    this.#spent = 0;
    this.#show('compiling');
  }

  /** Takes the events of all trials that run together; they are at the same step. */
  event(event: TrialEvent, index: number): void {
    if (index > 0) return;
    this.#spent += event.type === 'train' ? event.losses.length : EVALUATION_COST;
    this.#show(`step ${event.step}/${this.#group[0]!.unit.steps}`);
  }

  /** The same for trials without such events: `cost` of each so far, and how far that is in words. */
  advance(cost: number, status: string): void {
    this.#spent = cost;
    this.#show(status);
  }

  end(accuracies: readonly number[]): void {
    this.#ended += this.#group.length;
    this.#costEnded += this.#group.length * this.#group[0]!.unit.cost;
    this.#spent = 0;
    const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length;
    this.#show(`accuracy ${formatShare(mean)}`, true);
  }

  get #done(): number {
    return this.#costEnded + this.#spent * this.#group.length;
  }

  /** Undefined until there is something to judge by. */
  #left(): string | undefined {
    const seconds = (performance.now() - this.#started) / 1000;
    if (this.#done === 0) return undefined;
    return this.#ended === this.#trials
      ? `${formatDuration(seconds)} in all`
      : `${formatDuration((seconds / this.#done) * (this.#cost - this.#done))} left`;
  }

  #show(status: string, now = false): void {
    const parts = [describeGroup(this.#group), status, this.#left()].filter((part) => part !== undefined);
    if (this.#bar) {
      if (!this.#signal.aborted) this.#bar.update(this.#done, { done: this.#ended, status: parts.join('  ') });
      return;
    }
    if (!now && performance.now() - this.#said < 1000 * PLAIN_SECONDS) return;
    this.#said = performance.now();
    say(`${String(this.#ended).padStart(String(this.#trials).length)}/${this.#trials} trials  ${parts.join('  ')}`);
  }

  stop(): void {
    this.#signal.removeEventListener('abort', this.#stopping);
    this.#bar?.stop();
  }
}
