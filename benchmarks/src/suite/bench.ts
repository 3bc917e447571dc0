import type { Host } from '../host.js';
import { rotated } from '../statistics.js';
import { Timed } from '../timed.js';
import { idOf, type Work } from './entry.js';
import { slowed } from './slow.js';

/** Work under the clock. */
export interface Body {
  /** Does the work `times` times and waits once. */
  run(times: number): Promise<void>;
  /** Called before each sample, outside of the clock. */
  begin?(round: number): void;
  /** Called once after the last sample, e.g. to check a result. @throws with what is wrong */
  check?(): Promise<void>;
  readonly facts?: Readonly<Record<string, number | string>>;
  /** What one repetition does. */
  readonly work?: Work;
  destroy(): void;
}

/** One thing to measure. */
export interface Bench {
  readonly set: string;
  readonly name: string;
  /** `kindling` by default. */
  readonly engine?: string;
  /** Sets it up on the run's adapter, compiled. */
  open(host: Host): Promise<Body>;
}

/** One pass over one thing, as it travels from the process that measured it. */
export interface PassResult {
  readonly set: string;
  readonly name: string;
  readonly engine: string;
  readonly work?: Work | undefined;
  readonly samples: number[];
  /** By sample: CPU time of the process over the time on the wall; empty where the work is not the process's own, as on a GPU. */
  readonly cpu: number[];
  readonly rounds: number[];
  readonly warmUp: number;
  readonly repetitions: number;
  readonly facts: Readonly<Record<string, number | string>>;
  readonly wrong: boolean;
  readonly problem?: string | undefined;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

/** A bench at work: what it throws becomes its problem and stops it alone. Also used beside loops that are not `runPass`. */
export class Running {
  readonly bench: Bench;
  readonly rounds: number[] = [];
  timed: Timed | undefined;
  body: Body | undefined;
  problem: string | undefined;
  wrong = false;
  /** Whether this process's CPU time is the work's. */
  private own = false;

  constructor(bench: Bench) {
    this.bench = bench;
  }

  get id(): string {
    return idOf(this.bench.set, this.bench.name, this.bench.engine);
  }

  async attempt(work: () => Promise<void>): Promise<void> {
    if (this.problem !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.problem = messageOf(error);
    }
  }

  open(host: Host, seconds: number): Promise<void> {
    return this.attempt(async () => {
      this.own = host.info?.software ?? false;
      this.body = slowed(this.id, await this.bench.open(host));
      this.timed = new Timed(this.body);
      this.body.begin?.(0);
      await this.timed.calibrate(seconds);
    });
  }

  sample(round: number): Promise<void> {
    return this.attempt(async () => {
      this.body!.begin?.(round + 1);
      await this.timed!.sample();
      this.rounds.push(round);
    });
  }

  async finish(): Promise<void> {
    const before = this.problem;
    await this.attempt(async () => this.body!.check?.());
    this.wrong = this.problem !== before;
    this.body?.destroy();
  }

  get result(): PassResult {
    const { set, name, engine = 'kindling' } = this.bench;
    return {
      ...{
        set,
        name,
        engine,
        work: this.body?.work,
        samples: this.timed?.ms ?? [],
        cpu: this.own && !engine.startsWith('torch') ? (this.timed?.cpu ?? []) : [],
        rounds: this.rounds,
      },
      ...{ warmUp: this.timed?.warmUp ?? 0, repetitions: this.timed?.times ?? 0, facts: this.body?.facts ?? {}, wrong: this.wrong },
      problem: this.problem,
    };
  }
}

export interface PassOptions {
  readonly rounds: number;
  /** Seconds of one sample at least. */
  readonly sampleSeconds: number;
  readonly notice: (line: string) => void;
}

/** Opens and warms up every bench, then samples them in turns; each begins a round as often as any other. */
export async function runPass(
  host: Host,
  benches: readonly Bench[],
  { rounds, sampleSeconds, notice }: PassOptions,
): Promise<PassResult[]> {
  const running: Running[] = [];
  for (const bench of benches) {
    const one = new Running(bench);
    notice(`warm-up: ${one.id}`);
    await one.open(host, sampleSeconds);
    running.push(one);
  }
  for (let round = 0; round < rounds; round++) {
    notice(`round ${round + 1} of ${rounds}`);
    // Steps that share no factor with most lengths: a neighbour in one round is none in the next.
    for (const one of rotated(running, round * 7)) await one.sample(round);
  }
  for (const one of running) await one.finish();
  return running.map(({ result }) => result);
}
