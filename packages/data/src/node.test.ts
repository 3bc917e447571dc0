import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { loadMnist, openDisk } from './node.js';
import { batchIndices } from './order.js';

const root = mkdtempSync(join(tmpdir(), 'kindling-data-'));
afterAll(() => rmSync(root, { recursive: true }));

const be = (...words: number[]): number[] => words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 255));
/** `count` images of 2 × 3; byte p of image i is 10·i + p, its label i mod 10. */
const images = (count: number, height = 2): Uint8Array =>
  Uint8Array.of(
    ...be(2051, count, height, 3),
    ...Array.from({ length: count }, (_, i) => Array.from({ length: 3 * height }, (_, p) => 10 * i + p)).flat(),
  );
const labels = (count: number): Uint8Array => Uint8Array.of(...be(2049, count), ...Array.from({ length: count }, (_, i) => i % 10));

/** A folder with four files; an entry of `replace` that is undefined is left out. */
function folder(name: string, gzip = false, separator = '-', replace: Record<string, Uint8Array | undefined> = {}): string {
  const path = join(root, name);
  mkdirSync(path);
  const files: Record<string, Uint8Array | undefined> = {
    'train-images/idx3-ubyte': images(12),
    'train-labels/idx1-ubyte': labels(12),
    't10k-images/idx3-ubyte': images(4),
    't10k-labels/idx1-ubyte': labels(4),
    ...replace,
  };
  for (const [file, bytes] of Object.entries(files)) {
    if (!bytes) continue;
    writeFileSync(join(path, file.replace('/', separator) + (gzip ? '.gz' : '')), gzip ? gzipSync(bytes) : bytes);
  }
  return path;
}

describe('loadMnist', () => {
  it('loads the npm package, checked by MD5', async () => {
    const lines: string[] = [];
    const data = await loadMnist({ log: (line) => lines.push(line) });
    expect(data).toMatchObject({ name: 'mnist', channels: 1, height: 28, width: 28, classes: 10 });
    expect([data.train.count, data.test.count, data.train.images.length]).toEqual([60_000, 10_000, 60_000 * 784]);
    // The first labels of the training set, as LeCun's page lists them.
    expect([...data.train.labels.subarray(0, 5)]).toEqual([5, 0, 4, 1, 9]);
    expect(lines).toEqual(['mnist: 60000 training and 10000 test images of 28×28, 10 classes']);
  });

  it.each([
    ['plain', false, '-'],
    ['packed', true, '.'],
  ])('loads a folder of %s files', async (name, gzip, separator) => {
    const data = await loadMnist({ folder: folder(name, gzip, separator) });
    expect(data).toMatchObject({ name, height: 2, width: 3, train: { count: 12 }, test: { count: 4 } });
    expect([...data.test.images.subarray(6, 12)]).toEqual([10, 11, 12, 13, 14, 15]);
  });

  it.each([
    ['a missing folder', () => join(root, 'nowhere'), '--data FOLDER'],
    ['a missing file', () => folder('missing', false, '-', { 't10k-labels/idx1-ubyte': undefined }), 'got no t10k-labels-idx1-ubyte'],
    ['a truncated file', () => folder('cut', false, '-', { 't10k-images/idx3-ubyte': images(4).slice(0, 30) }), '30 bytes (truncated)'],
    ['files of different splits', () => folder('mixed', false, '-', { 't10k-labels/idx1-ubyte': labels(5) }), '4 images and 5 labels'],
    ['test images of another size', () => folder('size', false, '-', { 't10k-images/idx3-ubyte': images(4, 3) }), 'got images of 3×3'],
    [
      'a damaged gzip file',
      () => {
        const path = folder('damaged', true);
        writeFileSync(join(path, 'train-images-idx3-ubyte.gz'), 'no gzip');
        return path;
      },
      'incorrect header check',
    ],
  ])('refuses %s', async (_, make, message) => {
    await expect(loadMnist({ folder: make() })).rejects.toThrow(message);
  });
});

describe('openDisk', () => {
  it.each([
    ['disk-plain', false],
    ['disk-packed', true],
  ])('fills shuffled batches from %s files', async (name, gzip) => {
    const source = await openDisk({ folder: folder(name, gzip) });
    expect(source).toMatchObject({ kind: 'disk', count: 12, height: 2, width: 3 });
    expect(source.how).toContain(gzip ? 'decompressed into memory once' : 'read from the file');
    const x = new Float32Array(5 * 6);
    const y = new Int32Array(5);
    for (const step of [0, 2, 7]) {
      source.fill(3, step, x, y);
      batchIndices(12, 3, step, 5).forEach((j, i) => {
        expect(y[i]).toBe(j % 10);
        expect([...x.subarray(6 * i, 6 * i + 6)]).toEqual([0, 1, 2, 3, 4, 5].map((p) => Math.fround((10 * j + p) / 255)));
      });
    }
    expect(source.bytesRead).toBe(3 * 5 * 6);
    expect(() => source.fill(3, 0, new Float32Array(4), y)).toThrow('x of 4 elements for 5 labels');
    source.close();
    expect(() => source.fill(3, 0, x, y)).toThrow('after close()');
  });

  it('serves the packaged MNIST', async () => {
    const [data, source] = [await loadMnist(), await openDisk()];
    const x = new Float32Array(64 * 784);
    const y = new Int32Array(64);
    source.fill(0, 937, x, y);
    source.close();
    const order = batchIndices(60_000, 0, 937, 64);
    expect([...y]).toEqual([...order].map((j) => data.train.labels[j]));
    expect(x[783 - 300]).toBe(Math.fround(data.train.images[order[0]! * 784 + 483]! / 255));
  });
});
