import { batchIndices, type NaturalData } from '@kindling/data';
import { problem } from '../workload.js';

const { batch, side } = problem;
const pixels = side ** 2;

/** Training batch of a step as Kindling's sources order it: x [64,28,28] f32 in [0,1] and 64 labels. */
export function batchOf(
  { train }: NaturalData,
  seed: number,
  step: number,
): { x: Float32Array<ArrayBuffer>; labels: Int32Array<ArrayBuffer> } {
  const x = new Float32Array(batch * pixels);
  const labels = new Int32Array(batch);
  batchIndices(train.count, seed, step, batch).forEach((item, i) => {
    for (let p = 0; p < pixels; p++) x[i * pixels + p] = train.images[item * pixels + p]! / 255;
    labels[i] = train.labels[item]!;
  });
  return { x, labels };
}

/** The test images in pieces of `size`, decoded. */
export function testBatches({ test }: NaturalData, size: number): { x: Float32Array<ArrayBuffer>; labels: Uint8Array }[] {
  return Array.from({ length: Math.ceil(test.count / size) }, (_, i) => ({
    x: Float32Array.from(test.images.subarray(i * size * pixels, (i + 1) * size * pixels), (value) => value / 255),
    labels: test.labels.subarray(i * size, (i + 1) * size),
  }));
}
