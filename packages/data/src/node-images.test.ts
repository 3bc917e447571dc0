import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, expect, it } from 'vitest';
import { loadDataSet, openDiskDataSet } from './node-load.js';
import { batchIndices } from './order.js';

const root = mkdtempSync(join(tmpdir(), 'kindling-images-'));
afterAll(() => rmSync(root, { recursive: true }));

/** A 2×3 PNG of one colour. */
const plain = (...rgb: number[]): Buffer => {
  const png = new PNG({ width: 3, height: 2 });
  for (let p = 0; p < 6; p++) png.data.set([...rgb, 255], 4 * p);
  return PNG.sync.write(png);
};

function folder(name: string, halves: readonly string[]): string {
  for (const half of halves) {
    for (const [label, kind] of ['ash', 'oak'].entries()) {
      mkdirSync(join(root, name, half, kind), { recursive: true });
      for (let i = 0; i < 3; i++) writeFileSync(join(root, name, half, kind, `${i}.png`), plain(100 * label + i, 7, 9));
    }
  }
  return join(root, name);
}

it('a folder of train/<class> and test/<class> is a data set as it lies there, named after the folder', async () => {
  const path = folder('trees', ['train', 'test']);
  const data = await loadDataSet({ folder: path });
  expect(data).toMatchObject({ name: 'trees', channels: 3, height: 2, width: 3, classes: 2, classNames: ['ash', 'oak'] });
  expect([...data.train.labels]).toEqual([0, 0, 0, 1, 1, 1]);
  expect([...data.train.images.subarray(18 * 4, 18 * 5)]).toEqual([101, 7, 9].flatMap((value) => Array(6).fill(value)));
  expect((await loadDataSet({ folder: path, name: 'wood' })).name).toBe('wood');
});

it('its batches come in the order of every source, and say that they come from memory', async () => {
  const disk = await openDiskDataSet({ folder: folder('disk', ['train', 'test']) });
  expect(disk).toMatchObject({ name: 'disk', count: 6, channels: 3, how: expect.stringContaining('decoded into memory once') });
  const [x, y] = [new Float32Array(4 * 18), new Uint32Array(4)];
  disk.fill(5, 2, x, y);
  const order = batchIndices(6, 5, 2, 4);
  expect([...y]).toEqual([...order].map((index) => Math.floor(index / 3)));
  expect(x[18]).toBeCloseTo((100 * y[1]! + (order[1]! % 3)) / 255, 6);
  disk.close();
});

it('IDX files of one’s own have the classes that their labels say', async () => {
  const path = join(root, 'three');
  mkdirSync(path);
  for (const half of ['train', 't10k']) {
    writeFileSync(join(path, `${half}-images-idx3-ubyte`), Uint8Array.of(0, 0, 8, 3, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4, 5, 6));
    writeFileSync(join(path, `${half}-labels-idx1-ubyte`), Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 3, 0, 2, 1));
  }
  expect(await loadDataSet({ folder: path })).toMatchObject({ name: 'three', classes: 3, height: 1, width: 2 });
  expect((await openDiskDataSet({ folder: path })).classes).toBe(3);
  expect((await loadDataSet({ folder: path, name: 'own' })).classes).toBe(3);
});

it('folders without these two halves are refused, and so is a known name for them', async () => {
  await expect(loadDataSet({ folder: folder('flat', ['.']) })).rejects.toThrow(
    /got folders, but not train\/ and test\/; .*data import .*--test-share/,
  );
  await expect(loadDataSet({ folder: folder('named', ['train', 'test']), name: 'mnist' })).rejects.toThrow(
    /got PNG images; expected the IDX files of mnist/,
  );
});
