import { defineProgram, foldWorkgroups, InputError, type Program, type Traits } from '@kindling/core';
import gather from '@kindling/shaders/data/gather';
import gatherSplit from '@kindling/shaders/data/gather-split';
import feistel from '@kindling/shaders/random/feistel';
import threefry from '@kindling/shaders/random/threefry';

/** Sizes of a gather from a resident set. */
export interface GatherOptions {
  /** Items in the set. */
  readonly count: number;
  /** C·H·W of one image; multiples of 4 are read a word at a time. */
  readonly pixels: number;
  /** Items a model trains on in one step. */
  readonly batch: number;
  /** M, models trained side by side, each with its own seed; 1 by default. */
  readonly models?: number;
  /** Value of the step counter at which natural training begins; 0 by default. */
  readonly firstStep?: number;
  /** False takes the items in their order, as an evaluation does; true by default. */
  readonly shuffle?: boolean;
  /** The adapter's, which choose the workgroup size; without them one for real GPUs. */
  readonly traits?: Traits;
}

/**
 * Invocations that share an image. A CPU adapter runs them one vector after another and pays for each at the barrier. Measured with 64
 * MNIST images on two cores, µs a dispatch at 4, 8, 16, 64 invocations: lavapipe 222, 172, 192, 240; SwiftShader 342, 387, 570, 1493.
 */
export const gatherWorkgroupSize = (traits: Traits | undefined): number => (traits?.software ? 8 : 64);

/** WGSL that the gathers include. */
export const gatherLibraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/feistel.wgsl', text: feistel },
];

/** Ranges that a binding begins at are multiples of this: the largest that WebGPU lets an adapter ask for. */
const ALIGNMENT = 256;

/**
 * Where the images of a resident set are cut, in bytes from their beginning, when they are more than one binding of the adapter takes: the program
 * then reads the first part as `images` and the others as `rest`. Undefined where they fit.
 * @param bytes N·C·H·W; @param traits without them nothing is cut
 * @throws InputError when two bindings are too little
 */
export function imageCut(bytes: number, traits: Traits | undefined): number | undefined {
  const limit = traits?.maxStorageBufferBindingSize ?? Number.POSITIVE_INFINITY;
  const size = 4 * Math.ceil(bytes / 4);
  if (size <= limit) return undefined;
  const cut = ALIGNMENT * Math.floor(limit / ALIGNMENT);
  if (size - cut <= limit) return cut;
  throw new InputError({
    subject: 'resident data set',
    got: `${size} bytes of images`,
    expected: `at most ${cut + limit}, two bindings of this adapter`,
    next: 'use the disk source (--data-source disk), or another adapter',
  });
}

/**
 * The dispatch that fills a batch from a GPU-resident set, as `batchIndices(count, seeds[m], state[0] − firstStep, batch)` orders it.
 * Bindings after `params`: `images` [count, pixels] (where `imageCut` cuts them, `images` and `rest`) and `labels` [count] as packed u8
 * (`residentSource`), `state` (u32, state[0] is the
 * step counter), `seeds` [M] u32; outputs `x` [M, batch, pixels] f32 in [0, 1] and `y` [M, batch] u32.
 * @throws InputError for a size that is not whole and positive, or a buffer beyond 32-bit addresses.
 */
export function gatherProgram({ count, pixels, batch, models = 1, firstStep = 0, shuffle = true, traits }: GatherOptions): Program {
  const positive = [count, pixels, batch, models, firstStep + 1].every((size) => Number.isInteger(size) && size >= 1);
  if (!positive || count * pixels > 2 ** 32 || models * batch * pixels > 2 ** 30) {
    throw new InputError({
      subject: 'gather',
      got: `count ${count}, pixels ${pixels}, batch ${batch}, models ${models}, firstStep ${firstStep}`,
      expected: 'whole positive sizes (firstStep >= 0), at most 2^32 bytes of images and 2^30 pixels a batch over all models',
      next: 'use fewer models or a smaller batch, or the disk source',
    });
  }
  const cut = imageCut(count * pixels, traits);
  const split = cut === undefined ? {} : { words: cut / 4 };
  return defineProgram({
    name: 'data/gather',
    source: cut === undefined ? { path: 'data/gather.wgsl', text: gather } : { path: 'data/gather-split.wgsl', text: gatherSplit },
    libraries: gatherLibraries,
    constants: { workgroup_size: gatherWorkgroupSize(traits) },
    params: { n: count, pixels, batch, first_step: firstStep, shuffle: shuffle ? 1 : 0, ...split },
    workgroups: foldWorkgroups(batch, models),
  });
}
