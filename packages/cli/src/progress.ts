import type { TrialEvent } from '@kindling/warmup';
import { SingleBar } from 'cli-progress';
import { formatLoss, formatShare } from './format.js';
import { say } from './terminal.js';

/** Shows a trial while it runs. */
export interface Progress {
  event(event: TrialEvent): void;
  /** To be called once, also when the trial fails. */
  stop(): void;
}

/** Steps between two plain lines. */
const PLAIN_STEPS = 100;
/** Seconds after which a line is due however few steps were done. */
const PLAIN_SECONDS = 15;

const phaseName = { warmup: 'warm-up', natural: 'natural' } as const;
const rate = (steps: number, seconds: number): string => {
  const perSecond = steps / Math.max(seconds, 1e-9);
  return `${perSecond.toFixed(perSecond < 10 ? 1 : 0)} steps/s`;
};

/** A bar on stderr when it is a terminal, else a plain line about every hundred steps. */
export const trialProgress = (label: string, total: number, signal: AbortSignal): Progress =>
  process.stderr.isTTY ? new Bar(label, total, signal) : new PlainLines(label, total);

class Bar implements Progress {
  private readonly bar: SingleBar;

  constructor(
    label: string,
    total: number,
    private readonly signal: AbortSignal,
  ) {
    const format = `${label} {bar} {value}/{total}  {status}`;
    this.bar = new SingleBar({ format, barsize: 20, barCompleteChar: '█', barIncompleteChar: '░', stream: process.stderr, fps: 10 });
    this.bar.start(total, 0, { status: 'compiling' });
    signal.addEventListener('abort', this.stopping);
  }

  private readonly stopping = (): void => this.bar.update({ status: 'stopping; Ctrl-C again to stop at once' });

  event(event: TrialEvent): void {
    if (this.signal.aborted) return;
    const phase = phaseName[event.phase];
    const status =
      event.type === 'train'
        ? `${phase}  loss ${formatLoss(event.loss)}  ${rate(event.losses.length, event.seconds)}`
        : `${event.phase === 'warmup' ? 'after warm-up: ' : ''}accuracy ${formatShare(event.accuracy)}  loss ${formatLoss(event.testLoss)}`;
    this.bar.update(event.step, { status });
  }

  stop(): void {
    this.signal.removeEventListener('abort', this.stopping);
    this.bar.stop();
  }
}

class PlainLines implements Progress {
  private steps = 0;
  private seconds = 0;
  private loss = 0;

  constructor(
    private readonly label: string,
    private readonly total: number,
  ) {}

  event(event: TrialEvent): void {
    const place = `${this.label} ${String(event.step).padStart(String(this.total).length)}/${this.total}  ${phaseName[event.phase]}`;
    if (event.type === 'eval') {
      this.flush(place);
      say(`${place}  test accuracy ${formatShare(event.accuracy)}  test loss ${formatLoss(event.testLoss)}`);
      return;
    }
    this.steps += event.losses.length;
    this.seconds += event.seconds;
    this.loss += (event.loss ?? Number.NaN) * event.losses.length;
    const round = Math.floor(event.step / PLAIN_STEPS) > Math.floor((event.step - event.losses.length) / PLAIN_STEPS);
    if (round || this.seconds >= PLAIN_SECONDS) this.flush(place);
  }

  /** Says what was trained since the last line, if anything was; an evaluation ends a phase, so no line mixes two losses. */
  private flush(place: string): void {
    if (this.steps > 0) say(`${place}  loss ${formatLoss(this.loss / this.steps)}  ${rate(this.steps, this.seconds)}`);
    this.steps = this.seconds = this.loss = 0;
  }

  stop(): void {}
}
