import { defineProgram, foldWorkgroups, InputError, type Program, type Traits } from '@kindling/core';
import gather from '@kindling/shaders/data/gather';
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
const workgroupSize = (traits: Traits | undefined): number => (traits?.software ? 8 : 64);

const libraries = [
  { path: 'random/threefry.wgsl', text: threefry },
  { path: 'random/feistel.wgsl', text: feistel },
];

/**
 * The dispatch that fills a batch from a GPU-resident set, as `batchIndices(count, seeds[m], state[0] − firstStep, batch)` orders it.
 * Bindings after `params`: `images` [count, pixels] and `labels` [count] as packed u8 (`residentSource`), `state` (u32, state[0] is the
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
  return defineProgram({
    name: 'data/gather',
    source: { path: 'data/gather.wgsl', text: gather },
    libraries,
    constants: { workgroup_size: workgroupSize(traits) },
    params: { n: count, pixels, batch, first_step: firstStep, shuffle: shuffle ? 1 : 0 },
    workgroups: foldWorkgroups(batch, models),
  });
}
