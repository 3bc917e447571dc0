import type { NaturalData, ResidentSource } from './natural.js';

/** Bytes as little-endian words, the last one padded with zeros: what a WGSL `array<u32>` unpacks with shifts. */
export function packBytes(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(bytes.length / 4));
  new Uint8Array(words.buffer).set(bytes);
  return words;
}

/** The training split of `data`, packed for one upload. It holds a copy: `data` may be dropped. */
export function residentSource(data: NaturalData): ResidentSource {
  const { name, channels, height, width, classes, train } = data;
  return {
    kind: 'resident',
    name,
    count: train.count,
    channels,
    height,
    width,
    classes,
    images: packBytes(train.images),
    labels: packBytes(train.labels),
  };
}
