/** Seconds that a block of steps should take: losses come back a few times a second, and a pause is felt at once. */
const BLOCK_SECONDS = 0.25;
/** The first block, of which nobody knows how long it takes; and by how much the next may grow. */
const FIRST_BLOCK = 4;
const GROWTH = 4;

/** How many steps go into one submit, from how long the last ones took. */
export class Pace {
  private steps = FIRST_BLOCK;

  readonly blockSteps = (): number => this.steps;

  /** The last block's steps, and the seconds that they took. */
  took(steps: number, seconds: number): void {
    const fitting = Math.floor((BLOCK_SECONDS * steps) / Math.max(seconds, 1e-6));
    this.steps = Math.max(1, Math.min(fitting, GROWTH * Math.max(steps, FIRST_BLOCK)));
  }
}

/** Lets something happen so often a second at most. */
export class Throttle {
  private last = Number.NEGATIVE_INFINITY;

  constructor(private readonly milliseconds: number) {}

  /** Whether it is due; if so, it counts as done. */
  due(now = performance.now()): boolean {
    if (now - this.last < this.milliseconds) return false;
    this.last = now;
    return true;
  }
}
