import type { NaturalData } from '@kindling/data';

/** Ten classes of 28×28 noise, every class there: enough to train on, and evaluated at once. */
export function smallData(train = 60, test = 20): NaturalData {
  let state = 1;
  const byte = (): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return state >>> 24;
  };
  const half = (count: number): NaturalData['train'] => ({
    count,
    images: Uint8Array.from({ length: 784 * count }, byte),
    labels: Uint8Array.from({ length: count }, (_, i) => i % 10),
  });
  return { name: 'noise', channels: 1, height: 28, width: 28, classes: 10, train: half(train), test: half(test) } as NaturalData;
}
