import { drawBelow, drawWord, sampleKey, unitFloat } from '@kindling/core';

/** Draws for shapes, attributes and values: a pure function of the seed, the same on every machine. */
export class Random {
  readonly #key: readonly [number, number];
  #draws = 0;

  constructor(seed: number) {
    this.#key = sampleKey(seed, 'augmentation', 0);
  }

  /** A whole number from `first` to `last`. */
  int(first: number, last: number): number {
    return first + drawBelow(this.#key, this.#draws++, 0, last - first + 1);
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)]!;
  }

  bool(): boolean {
    return this.int(0, 1) === 1;
  }

  /** In [0, 1), exact in f32. */
  unit(): number {
    return unitFloat(drawWord(this.#key, this.#draws++, 0));
  }

  /** The same values in another order (Fisher–Yates). */
  shuffled<T>(values: readonly T[]): T[] {
    const all = [...values];
    for (let i = all.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [all[i], all[j]] = [all[j]!, all[i]!];
    }
    return all;
  }

  /** A shape of `rank` axes of 1 to `largest`. */
  shape(rank: number, largest: number): number[] {
    return Array.from({ length: rank }, () => this.int(1, largest));
  }
}
