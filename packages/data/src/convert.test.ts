import { describe, expect, it } from 'vitest';
import { fashionClass, imagesFromRows, type Rgba, splitByClass } from './convert.js';
import { encodeImages, encodeLabels, parseImages, parseLabels } from './idx.js';
import { encodeRecords, parseRecords } from './records.js';

describe('fashionClass', () => {
  it('takes rows in order and leaves out empty ones', () => {
    expect([...fashionClass({ data: [[1, 2], [], [3, 255], []] }, 2, 2, 'f')]).toEqual([1, 2, 3, 255]);
  });

  it.each([
    ['a list without a name', [[1, 2]], 'f: got 0 images; expected 1'],
    ['null', null, 'got 0 images'],
    ['too few images', { data: [[]] }, 'f: got 0 images; expected 1 in a list named data'],
    [
      'too many images',
      {
        data: [
          [1, 2],
          [3, 4],
        ],
      },
      'got 2 images; expected 1',
    ],
    ['a short image', { data: [[1]] }, 'f: got something else as image 0; expected 2 whole numbers from 0 to 255'],
    ['values from 0 to 1', { data: [[0.5, 1]] }, 'something else as image 0'],
    ['a value over 255', { data: [[256, 1]] }, 'something else as image 0'],
  ])('refuses %s', (_, json, message) => {
    expect(() => fashionClass(json, 1, 2, 'f')).toThrow(message);
  });
});

describe('splitByClass', () => {
  it('puts the first of each class into the test half and interleaves the classes', () => {
    const classes = [0, 1, 2].map((label) => Uint8Array.from({ length: 5 }, (_, k) => 10 * label + k));
    const { train, test } = splitByClass(classes, 1, 2);
    expect(test).toEqual({ count: 6, images: Uint8Array.of(0, 10, 20, 1, 11, 21), labels: Uint8Array.of(0, 1, 2, 0, 1, 2) });
    expect([...train.images]).toEqual([2, 12, 22, 3, 13, 23, 4, 14, 24]);
    expect([...train.labels]).toEqual([0, 1, 2, 0, 1, 2, 0, 1, 2]);
  });
});

describe('imagesFromRows', () => {
  // Two images of 4 pixels: pixel p of image i has red 10·i + p, green 100 + red, blue 200 + red.
  const data = Uint8Array.from({ length: 2 * 4 * 4 }, (_, at) => {
    const [pixel, channel] = [Math.floor(at / 4), at % 4];
    return channel === 3 ? 255 : 100 * channel + 10 * Math.floor(pixel / 4) + (pixel % 4);
  });
  const picture: Rgba = { width: 4, height: 2, data };
  const sizes = { pixels: 4, classes: 3 };

  it('gives one channel after the other', () => {
    const { count, images, labels } = imagesFromRows(picture, [2, 0], sizes, 'p');
    expect([count, ...labels]).toEqual([2, 2, 0]);
    expect([...images]).toEqual([
      0, 1, 2, 3, 100, 101, 102, 103, 200, 201, 202, 203, 10, 11, 12, 13, 110, 111, 112, 113, 210, 211, 212, 213,
    ]);
  });

  it.each([
    ['rows of another width', { ...picture, width: 5 }, [0, 0], 'p: got rows of 5 pixels; expected 4'],
    ['too few labels', picture, [0], 'labels of p: got 1 labels'],
    ['no labels', picture, 'ab', 'labels of p: got no list of labels'],
    ['a label that is no class', picture, [0, 3], 'labels of p: got label 3 at index 1; expected labels from 0 to 2'],
    ['a negative label', picture, [0, -1], 'labels of p: got 2 labels, or one that is no byte'],
  ])('refuses %s', (_, rows, labels, message) => {
    expect(() => imagesFromRows(rows, labels, sizes, 'p')).toThrow(message);
  });
});

describe('files', () => {
  const images = Uint8Array.from({ length: 24 }, (_, i) => i);
  const labels = Uint8Array.of(1, 0);

  it('come back as they were written', () => {
    const split = { count: 2, images, labels };
    const shape = { channels: 3, height: 2, width: 2, classes: 2 };
    const bytes = encodeRecords(split);
    expect([bytes.length, bytes[0], bytes[1], bytes[13], bytes[14]]).toEqual([26, 1, 0, 0, 12]);
    expect(parseRecords(bytes, shape, 'r')).toEqual(split);
    expect(parseImages(encodeImages({ count: 2, height: 3, width: 4 }, images), 'i')).toEqual({ count: 2, height: 3, width: 4, images });
    expect(parseLabels(encodeLabels(labels), 2, 'l')).toEqual(labels);
    expect(() => parseRecords(bytes.slice(0, -1), shape, 'r')).toThrow('r: got 25 bytes; expected a whole number of records of 13 bytes');
    expect(() => parseRecords(new Uint8Array(0), shape, 'r')).toThrow('got 0 bytes');
    expect(() => parseRecords(bytes, { ...shape, classes: 1 }, 'r')).toThrow('r: got label 1 at index 0');
  });
});
