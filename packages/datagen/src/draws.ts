import { drawBelow, drawWord, normalFrom, sampleKey, unitFloat } from '@kindling/core';
import { splitIndex } from './family.js';
import type { Parameter } from './parameter.js';

/** The random words of one sample on the CPU: a pure function of (seed, step, index), no state. */
export class Draws {
  readonly #key: Readonly<Record<'label' | 'image', [number, number]>>;
  readonly #low: number;
  readonly #limit: { readonly label: number; readonly image: number };

  /**
   * @param limit how many draws of each stream the family says that it consumes
   * @param top added to the high word of the index: 2^31 for mixup's partners
   */
  constructor(seed: number, step: number, index: number, limit: { readonly label: number; readonly image: number }, top = 0) {
    const low = splitIndex(index).low;
    const high = splitIndex(index).high + top;
    this.#low = low;
    this.#key = { label: sampleKey(seed, 'label', step, high), image: sampleKey(seed, 'image', step, high) };
    this.#limit = limit;
  }

  /** Word number `draw`, 32 random bits. @throws Error for a draw beyond what the family declares, which would be missing from the digest */
  word(stream: 'label' | 'image', draw: number): number {
    this.#check(stream, draw);
    return drawWord(this.#key[stream], this.#low, draw);
  }

  /** Uniform in [0, 1), 24 bits. */
  unit(stream: 'label' | 'image', draw: number): number {
    return unitFloat(this.word(stream, draw));
  }

  /** A whole number in 0 .. n − 1 without bias. */
  below(stream: 'label' | 'image', draw: number, n: number): number {
    this.#check(stream, draw);
    return drawBelow(this.#key[stream], this.#low, draw, n);
  }

  /** Standard normal from draws `draw` and `draw + 1`. */
  normal(stream: 'label' | 'image', draw: number): number {
    return normalFrom(this.word(stream, draw), this.word(stream, draw + 1));
  }

  /** All declared words of a stream. */
  all(stream: 'label' | 'image'): Uint32Array<ArrayBuffer> {
    return Uint32Array.from({ length: this.#limit[stream] }, (_, draw) => this.word(stream, draw));
  }

  #check(stream: 'label' | 'image', draw: number): void {
    if (draw >= this.#limit[stream]) throw new Error(`draw ${draw} of stream ${stream}: the family declares ${this.#limit[stream]}`);
  }
}

/** What `shaders/sample/draw.wgsl` writes for a sample without control from outside: floats rounded to f32, integers exact. */
export function drawParameters(parameters: readonly Parameter[], draws: Pick<Draws, 'unit' | 'below' | 'normal'>): Record<string, number> {
  const value = (parameter: Parameter): number => {
    const { stream, draw } = parameter;
    switch (parameter.kind) {
      case 'uniform': {
        const low = Math.fround(parameter.low);
        return Math.fround(low + Math.fround(Math.fround(Math.fround(parameter.high) - low) * draws.unit(stream, draw)));
      }
      case 'normal':
        return Math.fround(
          Math.fround(parameter.mean) + Math.fround(Math.fround(parameter.deviation) * Math.fround(draws.normal(stream, draw))),
        );
      case 'integer':
        return parameter.low + draws.below(stream, draw, parameter.high - parameter.low + 1);
      case 'class':
        return draws.below(stream, draw, parameter.classes);
    }
  };
  return Object.fromEntries(parameters.map((parameter) => [parameter.name, value(parameter)]));
}
