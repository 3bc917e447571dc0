import type { NaturalData } from '@kindling/data';

/** Ten classes that a small net tells apart at once: a bright bar at a row of its own, on noise. */
export function bars(count: number, salt: number): NaturalData['train'] {
  const images = new Uint8Array(count * 784);
  const labels = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    labels[i] = i % 10;
    for (let pixel = 0; pixel < 784; pixel++) {
      const row = Math.floor(pixel / 28);
      const noise = ((i * 7919 + pixel * 104729 + salt) % 97) / 2;
      images[i * 784 + pixel] = row >= 2 * labels[i]! + 3 && row < 2 * labels[i]! + 6 ? 255 : noise;
    }
  }
  return { count, images, labels };
}

/** A data set of such bars. */
export const barsData: NaturalData = {
  name: 'bars',
  channels: 1,
  height: 28,
  width: 28,
  classes: 10,
  train: bars(300, 1),
  test: bars(130, 2),
};
