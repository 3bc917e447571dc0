import { describe, expect, it } from 'vitest';
import { parseImages, parseLabels, requireSameCount } from './idx.js';

const be = (...words: number[]): number[] => words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255));
const images = Uint8Array.of(...be(2051, 2, 2, 3), 0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255);
const labels = Uint8Array.of(...be(2049, 3), 0, 9, 4);

describe('IDX', () => {
  it('reads images and labels, at any alignment, as copies', () => {
    const shifted = new Uint8Array(images.length + 1).subarray(1);
    shifted.set(images);
    const parsed = parseImages(shifted, 'a');
    shifted.fill(0);
    expect(parsed).toMatchObject({ count: 2, height: 2, width: 3 });
    expect([...parsed.images]).toEqual([0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255]);
    expect([...parseLabels(labels, 10, 'b')]).toEqual([0, 9, 4]);
  });

  it.each([
    ['a cut image file', () => parseImages(images.slice(0, -1), 'f'), 'f: got 27 bytes (truncated); expected 28 bytes'],
    ['a long image file', () => parseImages(Uint8Array.of(...images, 0), 'f'), 'got 29 bytes (too long)'],
    ['a cut header', () => parseImages(images.slice(0, 10), 'f'), 'got 10 bytes; expected at least the 16 bytes'],
    [
      'labels as images',
      () => parseImages(Uint8Array.of(...labels, 0, 0, 0, 0, 0), 'f'),
      'magic number 2049 (a label file); expected 2051',
    ],
    ['images as labels', () => parseLabels(images, 10, 'f'), 'magic number 2051 (an image file); expected 2049'],
    ['a gzip file', () => parseImages(Uint8Array.of(0x1f, 0x8b, 8, 0, ...new Uint8Array(16)), 'f'), '(a gzip file)'],
    ['no images', () => parseImages(Uint8Array.of(...be(2051, 0, 28, 28)), 'f'), 'got 0 images of 28×28'],
    ['no labels', () => parseLabels(Uint8Array.of(...be(2049, 0)), 10, 'f'), 'got 0 labels'],
    ['cut labels', () => parseLabels(labels.slice(0, -2), 10, 'f'), 'got 9 bytes (truncated); expected 11'],
    ['a label out of range', () => parseLabels(labels, 9, 'f'), 'got label 9 at index 1; expected labels from 0 to 8'],
    ['different counts', () => requireSameCount('f', 2, 3), 'got 2 images and 3 labels'],
  ])('refuses %s', (_, act, message) => {
    expect(act).toThrow(message);
  });
});
