// One run from its start to its end: it survives the loss of its device, stands still when asked to, and leaves a record.
import { InterruptedError } from '@kindling/core';
import { modelOf, planTrial, type TrialState } from '@kindling/warmup';
import type { FromWorker, PhaseName, Predict } from '../protocol.js';
import { commandOf, isAdaptive, type PageRecipe, recipeToHash, stepsOf } from '../recipe.js';
import { answer, Classifier } from './classifier.js';
import type { Part } from './data.js';
import { Gate } from './gate.js';
import { RunLedger } from './ledger.js';
import { RunLog } from './record.js';
import { adapterName, type Session } from './session.js';
import type { Tiles } from './tiles.js';
import { KernelTimes } from './timings.js';
import { train } from './train.js';
import { type BlockDone, Watch } from './watch.js';

/** Losses of the device in a row, without a new copy of the state between them, after which a run gives up. */
const MOST_LOSSES = 3;

/** The rest of the worker, as a run sees it. */
export interface RunHost {
  readonly part: Part;
  readonly tiles: Tiles | undefined;
  readonly post: (message: FromWorker) => void;
  /** Opens device and data again. */
  readonly reopen: () => Promise<Session>;
  /** The question that waits, taken. */
  readonly question: () => Predict | undefined;
}

/** How a run ended, for what comes after it. */
export interface RunEnd {
  readonly log: RunLog;
  /** Undefined where it ended before there was anything to keep. */
  readonly classifier: Classifier | undefined;
}

function sourcesOf(recipe: PageRecipe, data: string): Record<PhaseName, string> {
  const natural = isAdaptive(recipe) ? `${data}: images of classes drawn by weight` : `${data}, shuffled`;
  if (isAdaptive(recipe)) return { warmup: natural, natural };
  const { warmup } = planTrial(recipe);
  const made =
    warmup?.kind === 'family' ? `family ${warmup.generator.family}, generated on the GPU` : 'one image a class, moved on the GPU';
  return { warmup: made, natural };
}

/** About ten copies of the state in a run; each is read back between two blocks of steps. */
const keepEvery = (steps: number): number => Math.max(10, Math.min(500, Math.round(steps / 10)));

export class Run {
  readonly recipe: PageRecipe;
  readonly gate = new Gate();
  readonly times = new KernelTimes();
  private readonly host: RunHost;
  private readonly abort = new AbortController();
  private readonly plan: ReturnType<typeof stepsOf>;
  private state: TrialState | undefined;
  /** Milliseconds of pauses that the total of the training in hand does not count, as a loss took back what they were in. */
  private uncounted = 0;
  /** Milliseconds of pauses in the total that the last copy of the state has. */
  private countedInState = 0;
  private log: RunLog | undefined;
  private watch: Watch | undefined;
  private left: Classifier | undefined;

  constructor(host: RunHost, recipe: PageRecipe) {
    this.host = host;
    this.recipe = recipe;
    this.plan = stepsOf(recipe);
  }

  /** Ends the run at the next border between two blocks. */
  stop(): void {
    this.abort.abort();
    this.gate.nudge();
  }

  /** Steps of the trial that are done. */
  get step(): number {
    return this.watch?.step ?? 0;
  }

  /** The record so far. */
  get record(): RunLog | undefined {
    return this.log;
  }

  /** Runs to the end, and tells the page. @throws what makes the run end otherwise: InterruptedError after a stop */
  async execute(first: Session): Promise<RunEnd> {
    const { recipe, host, plan, abort, gate, times } = this;
    const { post, part, tiles } = host;
    let session = first;
    const log = await RunLog.begin(recipe, session.device, session.data.facts, part.manifest);
    this.log = log;
    const ledger = new RunLedger(session.device);
    const sources = sourcesOf(recipe, part.manifest.name);
    const serve = (block: BlockDone): Promise<void> => this.serve(session, block);
    const watch = new Watch({ recipe, steps: plan.steps, post, tiles, gate, ledger, times, sources, serve });
    this.watch = watch;
    post({ type: 'started', recipe, ...plan, command: commandOf(recipe) });
    for (let losses = 0, before: number | undefined; ; ) {
      try {
        const trained = await train(
          {
            ...{ session, part, watch, times, log, post },
            signal: abort.signal,
            every: keepEvery(plan.steps),
            keep: (state) => {
              this.state = state;
              this.countedInState = gate.waited - this.uncounted;
            },
            leave: (model, values, step) => {
              this.left = new Classifier(model, values, { model: 'trained', step });
            },
            waited: () => (gate.waited - this.uncounted) / 1000,
            state: this.state,
          },
          recipe,
        );
        const { accuracy, testLoss, confusion, note, seconds, model, parameters } = trained;
        const classifier = new Classifier(model, await parameters.read(), { model: 'trained', step: plan.steps });
        parameters.destroy();
        post({ type: 'done', summary: { recipe, accuracy, testLoss, confusion, note, seconds, hash: recipeToHash(recipe) } });
        return { log, classifier };
      } catch (error) {
        times.drop();
        if (error instanceof InterruptedError) {
          watch.flush();
          log.append({ type: 'interrupted', step: watch.step });
          throw error;
        }
        const { device } = session;
        losses = this.state?.step === before ? losses + 1 : 1;
        before = this.state?.step;
        if (!device.isLost || losses > MOST_LOSSES) {
          log.append({ type: 'failed', step: watch.step, message: error instanceof Error ? error.message : String(error) });
          throw error;
        }
        const loss = await device.lost;
        post({ type: 'lost', reason: loss.parts.got });
        session = await host.reopen();
        this.uncounted = gate.waited - this.countedInState;
        const step = this.state?.step ?? 0;
        ledger.goOn(session.device);
        watch.drop();
        log.cutBack(step);
        log.append({ type: 'recovered', step, lostAt: watch.step, message: loss.message, adapter: adapterName(session.device) });
        post({ type: 'recovered', step, training: true });
      }
    }
  }

  /** The net as it stood when the run was stopped. */
  stopped(part: Part): Classifier | undefined {
    const { state, recipe } = this;
    if (!state || isAdaptive(recipe)) return this.left;
    const { channels, height, width } = part.data;
    const values = Object.fromEntries(Object.entries(state.sets.model ?? {}).map(([parameter, { weight }]) => [parameter, weight]));
    const model = modelOf(recipe, { channels, height, width });
    return new Classifier(model, values, {
      model: state.phase === 'natural' && state.done > 0 ? 'trained' : 'untrained',
      step: state.step,
    });
  }

  /** Answers the person's question, if one waits. */
  private async serve({ device }: Session, { phase, step, parameters, model }: BlockDone): Promise<void> {
    const asked = this.host.question();
    if (!asked) return;
    const trains = phase === 'natural' || (!isAdaptive(this.recipe) && planTrial(this.recipe).continues);
    this.host.post(await answer(device, model, parameters, asked, { model: trains ? 'training' : 'untrained', step }));
  }
}
