import type { FromWorker, RunRecord, ToWorker } from '../protocol.js';
import type { PageRecipe } from '../recipe.js';

/**
 * What the page is doing. `opening`: the worker looks for a GPU; `absent`: there is none; `starting`: compiling; `pausing`, `stopping`: asked, not
 * yet answered; `broken`: the worker itself failed.
 */
export type Status = 'opening' | 'absent' | 'broken' | 'idle' | 'starting' | 'training' | 'pausing' | 'paused' | 'stopping';

/** What is heard of the worker; the status is the one after the message. */
export interface Listener {
  message(message: FromWorker, status: Status): void;
  status(status: Status): void;
  /** The worker's script failed. */
  failed(reason: string): void;
  /** The run was held because the tab was hidden, and goes on. */
  seenAgain(): void;
}

/** The page's side of the talk with the worker: keeps the status, and pauses while the tab is hidden. */
export class Session {
  private current: Status = 'opening';
  private hiddenPause = false;
  /** Whether there are parameters to read a drawing with. */
  private begun = false;

  constructor(
    private readonly worker: Worker,
    private readonly listener: Listener,
  ) {
    worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => this.receive(data));
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      this.become('broken');
      listener.failed(event.message || 'its script could not be loaded');
    });
    document.addEventListener('visibilitychange', () => this.visibility());
  }

  get status(): Status {
    return this.current;
  }

  /** Whether a run is under way, moving or not. */
  get busy(): boolean {
    return ['starting', 'training', 'pausing', 'paused', 'stopping'].includes(this.current);
  }

  private send(message: ToWorker, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private become(status: Status): void {
    this.current = status;
    this.listener.status(status);
  }

  open(canvas: OffscreenCanvas): void {
    this.send({ type: 'init', canvas, data: new URL('data/', document.baseURI).href }, [canvas]);
  }

  start(recipe: PageRecipe): void {
    this.hiddenPause = false;
    this.become('starting');
    this.send({ type: 'start', recipe });
  }

  pause(): void {
    if (this.current !== 'training') return;
    this.become('pausing');
    this.send({ type: 'pause' });
  }

  resume(): void {
    if (this.current === 'paused') this.send({ type: 'resume' });
  }

  stop(): void {
    if (!this.busy || this.current === 'stopping') return;
    this.become('stopping');
    this.send({ type: 'stop' });
  }

  /** @returns false where nothing was asked, as no net has been trained */
  predict(pixels: Float32Array<ArrayBuffer>, id: number): boolean {
    if (this.begun) this.send({ type: 'predict', pixels, id });
    return this.begun;
  }

  profile(on: boolean): void {
    this.send({ type: 'profile', on });
  }

  download(): void {
    this.send({ type: 'download' });
  }

  private visibility(): void {
    if (document.hidden) {
      if (this.current !== 'training') return;
      this.hiddenPause = true;
      this.pause();
    } else if (this.hiddenPause) {
      this.hiddenPause = false;
      this.listener.seenAgain();
      // The answer to the pause may still be on its way; the worker takes both in their order.
      if (this.current === 'paused' || this.current === 'pausing') this.send({ type: 'resume' });
    }
  }

  private receive(message: FromWorker): void {
    const next = this.after(message);
    if (next !== this.current) this.become(next);
    this.listener.message(message, this.current);
  }

  private moving(): Status {
    // A tab that was hidden while its run compiled.
    if (document.hidden && !this.hiddenPause) queueMicrotask(() => this.visibility());
    return this.current === 'stopping' ? 'stopping' : 'training';
  }

  private after(message: FromWorker): Status {
    switch (message.type) {
      case 'ready':
        return 'idle';
      case 'no-webgpu':
        return 'absent';
      case 'started':
        this.begun = true;
        return this.moving();
      case 'resumed':
        return this.moving();
      case 'paused':
        return this.current === 'stopping' ? 'stopping' : 'paused';
      case 'done':
      case 'stopped':
        this.hiddenPause = false;
        return 'idle';
      case 'error':
        // A drawing that could not be read ends no run.
        if (message.subject === 'predict') return this.current;
        return this.busy ? 'idle' : this.current === 'opening' ? 'broken' : this.current;
      default:
        return this.current;
    }
  }
}

/** Saves the record as a file. */
export function save({ name, mime, bytes }: RunRecord): void {
  const url = URL.createObjectURL(new Blob([bytes], { type: mime }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser reads the blob after the click.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
