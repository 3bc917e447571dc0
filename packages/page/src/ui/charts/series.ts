/** Mean, least and most of the values of some neighbouring steps. */
export interface Bin {
  /** The middle of the steps. */
  readonly x: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

/** One value a step, from some first step on; memory grows by doubling. A value that is not a number is kept as such and left out of bins. */
export class Series {
  private values = new Float32Array(256);
  length = 0;

  /** @param first step of the first value */
  constructor(readonly first: number) {}

  push(value: number): void {
    if (this.length === this.values.length) {
      const more = new Float32Array(2 * this.values.length);
      more.set(this.values);
      this.values = more;
    }
    this.values[this.length] = value;
    this.length += 1;
  }

  /** Keeps the steps before `step` only: training goes back to an earlier state after a device was lost. */
  cut(step: number): void {
    this.length = Math.max(0, Math.min(this.length, step - this.first));
  }

  at(index: number): number {
    return this.values[index]!;
  }

  /** How many values are not a number. */
  get broken(): number {
    let count = 0;
    for (let i = 0; i < this.length; i++) if (!Number.isFinite(this.values[i]!)) count += 1;
    return count;
  }

  /** The values in bins of `size` steps; the last may have fewer. */
  bins(size: number): Bin[] {
    const bins: Bin[] = [];
    for (let start = 0; start < this.length; start += size) {
      const end = Math.min(this.length, start + size);
      let sum = 0;
      let count = 0;
      let least = Number.POSITIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      for (let i = start; i < end; i++) {
        const value = this.values[i]!;
        if (!Number.isFinite(value)) continue;
        sum += value;
        count += 1;
        least = Math.min(least, value);
        most = Math.max(most, value);
      }
      if (count > 0) bins.push({ x: this.first + (start + end - 1) / 2, mean: sum / count, least, most });
    }
    return bins;
  }
}
