import { defineProgram, foldWorkgroups, InputError, type Pass, type Traits } from '@kindling/core';
import pack from '@kindling/shaders/sample/pack';

/** Which pixels to pack, and where they stand. */
export interface PackOptions {
  /** Pixels in all: M·B·C·H·W of a batch. */
  readonly values: number;
  /** Buffer of the pixels, f32 [values] in [0, 1]; `x` by default. */
  readonly from?: string;
  /** Buffer of the bytes, u32 [ceil(values / 4)]; `packed` by default. */
  readonly to?: string;
  /** The adapter's, which choose workgroups; without them those for real GPUs. */
  readonly traits?: Traits;
}

/** Words an invocation packs on a real GPU: few enough to fill one, many enough to hide the launch. */
const WORDS_A_LANE = 4;

/** Workgroups of 16 on CPU adapters, which pay for each: at most as many as keep every core busy. */
const SOFTWARE = { size: 16, most: 32 };

/**
 * The pass that turns a batch of f32 pixels into bytes, 4 a word, lowest byte first: byte i is round(255·x[i]), halves to even, and values beyond
 * [0, 1] are clamped. The layout is that of resident natural data, so that a byte image reads the same wherever it came from.
 * @throws InputError unless `values` is a whole number from 1 to 2^32 − 1
 */
export function packPass({ values, from = 'x', to = 'packed', traits }: PackOptions): Pass {
  if (!Number.isInteger(values) || values < 1 || values >= 2 ** 32) {
    throw new InputError({
      subject: 'pack',
      got: `values ${values}`,
      expected: 'a whole number from 1 to 2^32 − 1',
      next: 'pass the pixels of the whole batch, M·B·C·H·W',
    });
  }
  const words = Math.ceil(values / 4);
  const size = traits?.software ? SOFTWARE.size : 64;
  const groups = traits?.software ? Math.min(SOFTWARE.most, Math.ceil(words / size)) : Math.ceil(words / (size * WORDS_A_LANE));
  const program = defineProgram({
    name: 'sample/pack',
    source: { path: 'sample/pack.wgsl', text: pack },
    constants: { workgroup_size: size },
    params: { n: values },
    workgroups: foldWorkgroups(groups),
  });
  return { program, resources: { x: from, words: to } };
}

/** Halves go to the even neighbour, as WGSL's `round` does. */
function roundToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}

/** What `packPass` writes, bit for bit: u32 [ceil(values / 4)]. */
export function packTwin(x: Float32Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(x.length / 4));
  x.forEach((value, i) => {
    const byte = roundToEven(Math.fround(255 * Math.min(1, Math.max(0, value))));
    words[i >> 2]! |= byte << (8 * (i & 3));
  });
  return words;
}
