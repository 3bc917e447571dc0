import { InputError, permute, sampleKey } from '@kindling/core';

/**
 * Which items natural step `step` trains on: place i of the batch is position g = step·batch + i of an endless stream of epochs; epoch
 * e = g div n is shuffled by the key (seed, shuffle, e). Batches run across the ends of epochs, so every epoch serves every item once and
 * nothing is dropped. The CPU twin of `shaders/data/gather.wgsl`.
 * @param n items in the set; @param seed 32 bits; @param step 0-based; @param batch items a step
 * @returns `batch` indices, each 0 .. n − 1
 * @throws InputError when a number is not whole or too small, or the position passes 2^32 (where the GPU's 32-bit counter would wrap).
 */
export function batchIndices(n: number, seed: number, step: number, batch: number): Uint32Array<ArrayBuffer> {
  const first = step * batch;
  const whole = [n, step, batch].every(Number.isInteger) && n >= 1 && step >= 0 && batch >= 1;
  if (!whole || first + batch > 2 ** 32) {
    throw new InputError({
      subject: 'batchIndices',
      got: `n ${n}, step ${step}, batch ${batch}`,
      expected: 'whole numbers, n >= 1, step >= 0, batch >= 1, and (step + 1)·batch <= 2^32',
      next: 'train for fewer steps, or with a smaller batch',
    });
  }
  const indices = new Uint32Array(batch);
  let epoch = -1;
  let key: [number, number] = [0, 0];
  for (let i = 0; i < batch; i++) {
    const g = first + i;
    if (Math.floor(g / n) !== epoch) {
      epoch = Math.floor(g / n);
      key = sampleKey(seed, 'shuffle', epoch);
    }
    indices[i] = permute(n, key, g % n);
  }
  return indices;
}
