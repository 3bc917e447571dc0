// What the page is told and shown while a run trains: between two blocks of steps, when the GPU is idle.
import type { ParameterSet } from '@kindling/autograd';
import type { Device, Traffic } from '@kindling/device';
import type { ModelSpec } from '@kindling/warmup';
import type { FromWorker, PhaseName, Progress } from '../protocol.js';
import { IMAGE, type PageRecipe } from '../recipe.js';
import type { Gate } from './gate.js';
import type { RunLedger } from './ledger.js';
import { Throttle } from './pace.js';
import { type Tiles, tilesOf } from './tiles.js';
import type { KernelTimes } from './timings.js';

/** Milliseconds between two pictures or lines of progress, and between two tables. */
const PICTURE_MS = 200;
const TABLE_MS = 500;

/** A block of steps that is done. */
export interface BlockDone {
  readonly phase: PhaseName;
  readonly step: number;
  readonly steps: number;
  readonly traffic: Traffic;
  readonly parameters: ParameterSet;
  readonly model: ModelSpec;
  images(): GPUBuffer | undefined;
}

/** What a run's watching needs of the rest of the worker. */
export interface WatchParts {
  readonly recipe: PageRecipe;
  readonly steps: number;
  readonly post: (message: FromWorker) => void;
  readonly tiles: Tiles | undefined;
  readonly gate: Gate;
  readonly ledger: RunLedger;
  readonly times: KernelTimes;
  /** What made the batches of a phase, in words. */
  readonly sources: Readonly<Record<PhaseName, string>>;
  /** Answers what waits for the parameters: questions of the person. */
  readonly serve: (block: BlockDone) => Promise<void>;
}

/** Tells and shows one run, whatever trains it. */
export class Watch {
  private readonly parts: WatchParts;
  private readonly picture = new Throttle(PICTURE_MS);
  private readonly progress = new Throttle(PICTURE_MS);
  private readonly table = new Throttle(TABLE_MS);
  private waiting: Progress | undefined;
  private shown: PhaseName | undefined;
  /** Steps of the trial that are done. */
  step = 0;

  constructor(parts: WatchParts) {
    this.parts = parts;
  }

  /** Losses of steps that were done, to be told when it is time. */
  trained(news: Omit<Progress, 'type' | 'steps'>): void {
    const { waiting } = this;
    const goesOn = waiting?.phase === news.phase;
    if (waiting && !goesOn) this.flush();
    this.waiting = { type: 'progress', steps: this.parts.steps, ...news, loss: goesOn ? [...waiting.loss, ...news.loss] : news.loss };
  }

  /** Tells what was not told yet. */
  flush(): void {
    const { post, ledger } = this.parts;
    if (this.waiting) post(this.waiting);
    this.waiting = undefined;
    post({ type: 'ledger', phases: ledger.rows });
  }

  /** Forgets losses of steps that a lost device takes back. */
  drop(): void {
    this.waiting = undefined;
  }

  /** After each block: tells, draws, and waits here while the page wants the run to stand still. @param over true when there is nothing to wait for */
  async blockDone(device: Device, block: BlockDone, over: () => boolean): Promise<void> {
    const { post, gate, ledger, times, serve } = this.parts;
    this.step = block.step;
    ledger.add(block.phase, block.steps, block.traffic);
    if (this.progress.due() || gate.isClosed) {
      if (this.waiting) post(this.waiting);
      this.waiting = undefined;
    }
    if (this.picture.due() || gate.isClosed || this.shown !== block.phase) await this.draw(device, block);
    await times.blockDone(device);
    if (this.table.due() || gate.isClosed) this.tables(device);
    await serve(block);
    if (!gate.isClosed) return;
    post({ type: 'paused', step: block.step });
    await gate.pass(async () => {
      if (over() || device.isLost) return true;
      await serve(block);
      return false;
    });
    if (!over() && !device.isLost) post({ type: 'resumed', step: block.step });
  }

  private tables(device: Device): void {
    const { post, ledger, times } = this.parts;
    post({ type: 'ledger', phases: ledger.rows });
    const timings = times.report(device);
    if (timings) post(timings);
  }

  /** The last tables of a run. */
  end(device: Device): void {
    this.flush();
    const timings = this.parts.times.report(device);
    if (timings) this.parts.post(timings);
  }

  private async draw(device: Device, { phase, images }: BlockDone): Promise<void> {
    const { tiles, recipe, post, sources } = this.parts;
    const buffer = tiles && images();
    if (!tiles || !buffer) return;
    const { batch } = recipe;
    if (this.shown !== phase) {
      const { columns, rows } = tilesOf(batch);
      post({ type: 'batch', phase, columns, rows, width: IMAGE.width, height: IMAGE.height, source: sources[phase], way: tiles.way });
      this.shown = phase;
    }
    await tiles.draw(device, buffer, { batch, ...IMAGE });
  }
}
