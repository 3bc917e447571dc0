// The worker's side of the page: takes its messages, one run at a time, and keeps a device open for them.
import { DeviceError, InputError, InterruptedError, KindlingError } from '@kindling/core';
import type { FromWorker, Init, Predict, ToWorker } from '../protocol.js';
import { pageRecipe } from '../recipe.js';
import type { Classifier } from './classifier.js';
import { isImage } from './classifier.js';
import { fetchPart, type Part } from './data.js';
import { digestOf } from './digest.js';
import type { RunLog } from './record.js';
import { Run } from './run.js';
import { openSession, type Session } from './session.js';
import { openTiles, type Tiles } from './tiles.js';
import { BUILD } from './version.js';

type Post = (message: FromWorker, transfer?: Transferable[]) => void;

/** What to do where there is no WebGPU, whichever browser it is. */
const NO_WEBGPU_NEXT =
  'Use Chrome or Edge 113 or later, Safari 26 or later, or Firefox 141 or later on Windows (145 on a Mac with Apple silicon). On Linux start Chromium with ' +
  '--enable-unsafe-webgpu --enable-features=Vulkan, or set dom.webgpu.enabled in Firefox Nightly. The page must come over https or from localhost. ' +
  'chrome://gpu says why WebGPU is off.';

export class Engine {
  private readonly post: Post;
  private asked: Init | undefined;
  private part: Promise<Part> | undefined;
  private loaded: Part | undefined;
  private session: Promise<Session> | undefined;
  private tiles: Tiles | undefined;
  private run: Run | undefined;
  private profiling = false;
  private question: Predict | undefined;
  private classifier: Classifier | undefined;
  private log: RunLog | undefined;

  constructor(post: Post) {
    this.post = post;
  }

  /** Takes one message; whatever goes wrong is told to the page. */
  receive(message: ToWorker): void {
    this.handle(message).catch((error: unknown) => this.fail(error, false));
  }

  private async handle(message: ToWorker): Promise<void> {
    switch (message.type) {
      case 'init':
        return this.init(message);
      case 'start':
        return this.start(message.recipe);
      case 'pause':
        return this.run?.gate.close();
      case 'resume':
        return this.run?.gate.open();
      case 'stop':
        return this.run?.stop();
      case 'predict':
        return this.predict(message);
      case 'profile':
        this.profiling = message.on;
        return this.run?.times.switch(message.on);
      case 'download':
        return this.download();
      case 'digest':
        return this.digest(message.recipe, message.steps);
      case 'loseDevice':
        (await this.open()).device.gpu.destroy();
        return;
      default:
        return refuse('message', JSON.stringify(message), 'a message of packages/page/src/protocol.ts', 'reload the page');
    }
  }

  private async init(init: Init): Promise<void> {
    if (this.asked) return refuse('init', 'a second one', 'one', 'open another worker');
    this.asked = init;
    this.part = fetchPart(init.data);
    // Told where it is awaited.
    this.part.catch(() => undefined);
    try {
      if (init.canvas) this.tiles = await openTiles(init.canvas, init.adapter);
      const [part, { device }] = await Promise.all([this.part, this.open()]);
      this.loaded = part;
      const { manifest } = part;
      const { name, vendor, architecture, software } = device.info;
      const { train, test, licence, origin, split } = manifest;
      this.post({
        type: 'ready',
        adapter: { name, vendor, architecture, software },
        features: [...device.gpu.features].sort(),
        data: { name: manifest.name, train, test, licence, origin, split },
        version: BUILD.version,
      });
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      // What was found stands before what stood in the way, in brackets.
      const { got } = error.parts;
      this.post({ type: 'no-webgpu', reason: /\[(.+)\]$/.exec(got)?.[1] ?? got, next: NO_WEBGPU_NEXT });
    }
  }

  private fetched(): Promise<Part> {
    return this.part ?? Promise.reject(noInit());
  }

  /** The session, opened where there is none. */
  private open(): Promise<Session> {
    if (!this.session) {
      const opening = this.fetched().then((part) => openSession(part, this.asked?.adapter));
      this.session = opening;
      // The next one tries again.
      opening.then(
        (session) => this.guard(session),
        () => this.forget(opening),
      );
    }
    return this.session;
  }

  private forget(session: Promise<Session>): void {
    if (this.session === session) this.session = undefined;
  }

  /** Opens another device when one is lost while nothing trains; a run sees to its own. */
  private guard({ device }: Session): void {
    const { session } = this;
    void device.lost
      .then(async (loss) => {
        this.run?.gate.nudge();
        if (this.session !== session || this.run) return;
        this.forget(session!);
        this.post({ type: 'lost', reason: loss.parts.got });
        await this.open();
        this.post({ type: 'recovered', step: 0, training: false });
        await this.serveIdle();
      })
      .catch((error: unknown) => this.fail(error, false));
  }

  /** Closes a session with all that a stopped run left on it, and opens another. */
  private async reopen(): Promise<Session> {
    const { session } = this;
    this.session = undefined;
    this.classifier?.release();
    // Opened without success: nothing to close.
    (await session?.catch(() => undefined))?.device.destroy();
    return this.open();
  }

  private async start(asked: unknown): Promise<void> {
    if (this.run) return refuse('start', 'a run while another one trains', 'one at a time', 'stop that one first');
    const recipe = pageRecipe(asked);
    // Not awaited where it is there: a pause that comes right behind must find the run.
    const part = this.loaded ?? (await this.fetched());
    if (this.run) return refuse('start', 'a run while another one trains', 'one at a time', 'stop that one first');
    const run = new Run(
      {
        part,
        tiles: this.tiles,
        post: (message) => this.post(message),
        reopen: () => this.reopen(),
        question: () => {
          const { question } = this;
          this.question = undefined;
          return question;
        },
      },
      recipe,
    );
    run.times.switch(this.profiling);
    this.run = run;
    this.classifier?.release();
    this.classifier = undefined;
    try {
      const { log, classifier } = await run.execute(await this.open());
      [this.log, this.classifier] = [log, classifier];
      this.run = undefined;
    } catch (error) {
      this.log = run.record ?? this.log;
      this.classifier = run.stopped(part);
      // What it had on the device goes with the device.
      const reopened = this.reopen();
      reopened.catch(() => undefined);
      this.run = undefined;
      if (!(error instanceof InterruptedError)) return this.fail(error, true);
      this.post({ type: 'stopped', step: run.step });
      await reopened;
    }
    await this.serveIdle();
  }

  private async predict(asked: Predict): Promise<void> {
    if (!isImage(asked.pixels)) return refuse('predict', 'other pixels', '784 numbers from 0 to 1, a Float32Array', 'scale the image');
    this.question = asked;
    if (this.run) return this.run.gate.nudge();
    if (this.classifier) return this.serveIdle();
    this.question = undefined;
    return refuse('predict', 'a digit before any training', 'a run that has begun', 'start one');
  }

  /** Answers what was asked while nothing trains. */
  private async serveIdle(): Promise<void> {
    const { question, classifier } = this;
    if (!question || !classifier || this.run) return;
    this.question = undefined;
    this.post(await classifier.answer((await this.open()).device, question));
  }

  private download(): void {
    const log = this.run?.record ?? this.log;
    const record = log ? log.pack() : refuse('download', 'no run yet', 'a run that has begun', 'start one');
    this.post(record, [record.bytes.buffer]);
  }

  private async digest(asked: unknown, steps: number): Promise<void> {
    if (this.run) return refuse('digest', 'it while a run trains', 'it before or after', 'wait, or stop the run');
    this.post(await digestOf((await this.open()).device, pageRecipe(asked), steps));
  }

  private fail(error: unknown, ended: boolean): void {
    const parts =
      error instanceof KindlingError
        ? error.parts
        : {
            subject: 'page',
            got: error instanceof Error ? error.message : String(error),
            expected: 'no such error',
            next: 'reload the page; if it happens again, report it with the browser’s version',
          };
    const { subject, got, expected, next } = parts;
    this.post({ type: 'error', ended, subject, got, expected, next });
  }
}

const noInit = (): InputError =>
  new InputError({ subject: 'worker', got: 'a message before init', expected: 'init first', next: 'send init' });

function refuse(subject: string, got: string, expected: string, next: string): never {
  throw new InputError({ subject, got, expected, next });
}
