import { median, pairedRatio, summarise } from '../statistics.js';
import { slowed } from '../suite/slow.js';
import { Timed } from '../timed.js';

/** Work under the clock; `run(times)` does `times` batches and waits once. */
export interface Body {
  /** Images of one batch. */
  readonly images: number;
  /** How it makes them, where that differs. */
  readonly how?: string;
  run(times: number): Promise<void>;
  /** Called before each round, outside of the clock. */
  begin?(round: number): void;
  destroy(): void;
}

/** ms a batch over all rounds. `spread` is the interquartile range as a share of the median; null where nothing ran. */
export interface Timing {
  readonly msMedian: number | null;
  readonly msMin: number | null;
  readonly msMax: number | null;
  readonly n: number;
  readonly spread: number | null;
  readonly timesPerSample: number;
  readonly samples: readonly number[];
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0]!;

/** One thing that takes its turn in every round. What it throws becomes its problem and stops it alone. */
export class Contender {
  readonly name: string;
  problem: string | undefined;
  #body: Body | undefined;
  #timed: Timed | undefined;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes the body and warms it up until a sample takes `seconds`. */
  static async open(name: string, seconds: number, open: () => Promise<Body>): Promise<Contender> {
    const contender = new Contender(name);
    await contender.#attempt(async () => {
      contender.#body = await open();
      contender.#timed = new Timed(slowed(`generate/${name}`, contender.#body));
      contender.#body.begin?.(0);
      await contender.#timed.calibrate(seconds);
    });
    return contender;
  }

  async sample(round: number): Promise<void> {
    if (this.problem !== undefined) return;
    await this.#attempt(async () => {
      this.#body!.begin?.(round + 1);
      await this.#timed!.sample();
    });
  }

  /** Batches before the first sample. */
  get warmUp(): number {
    return this.#timed?.warmUp ?? 0;
  }

  get images(): number {
    return this.#body?.images ?? 0;
  }

  get how(): string {
    return this.#body?.how ?? '';
  }

  /** ms a batch, round by round. */
  get ms(): readonly number[] {
    return this.#timed?.ms ?? [];
  }

  /** By sample: CPU time of this process over the time on the wall. */
  get cpu(): readonly number[] {
    return this.#timed?.cpu ?? [];
  }

  get timing(): Timing {
    const { ms } = this;
    const base = { n: ms.length, timesPerSample: this.#timed?.times ?? 0, samples: ms };
    if (ms.length === 0) return { ...base, msMedian: null, msMin: null, msMax: null, spread: null };
    const { median: msMedian, min: msMin, max: msMax, spread } = summarise(ms);
    return { ...base, msMedian, msMin, msMax, spread };
  }

  /** Images a second at the median. */
  get imagesPerSecond(): number | null {
    return this.ms.length === 0 ? null : (1000 * this.images) / median(this.ms);
  }

  destroy(): void {
    this.#body?.destroy();
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.problem = messageOf(error);
    }
  }
}

/** Median over rounds of a's time / b's time an image; null where one of them did not run. */
export function ratioOf(a: Contender | undefined, b: Contender | undefined): number | null {
  if (!a || !b || a.ms.length === 0 || b.ms.length === 0) return null;
  const each = ({ ms, images }: Contender): number[] => ms.map((value) => value / images);
  return pairedRatio(each(a), each(b));
}
