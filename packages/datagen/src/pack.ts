import { defineProgram, foldWorkgroups, InputError, type Pass, type Traits } from '@kindling/core';
import pack from '@kindling/shaders/sample/pack';
import quads from '@kindling/shaders/sample/pack_quads';

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

/**
 * Words an invocation packs, invocations of a workgroup, and the most workgroups: CPU adapters pay for each workgroup. Measured with 64 images of
 * 28×28 on two loaded cores, µs a dispatch: lavapipe 144 a pixel at a time, 109 four at a time; SwiftShader 355 and 212.
 */
const lanes = (software: boolean) =>
  software ? { words: 64, size: 8, most: 256 } : { words: 4, size: 64, most: Number.POSITIVE_INFINITY };

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
  const { words, size, most } = lanes(traits?.software ?? false);
  const program = defineProgram({
    name: values % 4 === 0 ? 'sample/pack_quads' : 'sample/pack',
    source: values % 4 === 0 ? { path: 'sample/pack_quads.wgsl', text: quads } : { path: 'sample/pack.wgsl', text: pack },
    constants: { workgroup_size: size },
    params: { n: values },
    workgroups: foldWorkgroups(Math.min(most, Math.ceil(values / (4 * size * words)))),
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
