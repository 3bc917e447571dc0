import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { encodeImages, encodeLabels } from './idx.js';
import { cachedSets, dataCache } from './node-cache.js';
import { importFolder } from './node-import.js';
import { loadDataSet } from './node-load.js';
import { encodeRecords } from './records.js';
import { CIFAR_NAMES, IDX_NAMES } from './sets.js';

const root = mkdtempSync(join(tmpdir(), 'kindling-import-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const fresh = (name = String(folders++)): string => {
  const path = join(root, name);
  mkdirSync(path);
  return path;
};
const cache = () => ({ XDG_CACHE_HOME: fresh() });

type Rgba = readonly [number, number, number, number];
const png = (path: string, width: number, height: number, colour: (pixel: number) => Rgba): void => {
  const image = new PNG({ width, height });
  for (let p = 0; p < width * height; p++) image.data.set(colour(p), 4 * p);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, PNG.sync.write(image));
};
const grey = (path: string, value: number): void => png(path, 3, 2, (p) => [value + p, value + p, value + p, 255]);

/** train/ and test/ with classes b and a; image k of a class is 10·k + (100 for b). */
function greyFolder(): string {
  const folder = fresh();
  for (const [half, count] of [
    ['train', 3],
    ['test', 1],
  ] as const) {
    for (let k = 0; k < count; k++)
      for (const [c, name] of ['a', 'b'].entries()) grey(join(folder, half, name, `${k}.png`), 100 * c + 10 * k);
  }
  return folder;
}

describe('import of PNG images', () => {
  it('takes grey images class by class, and they load as they were', async () => {
    const env = cache();
    const manifest = await importFolder({ folder: greyFolder(), name: 'greys', env });
    expect(manifest).toMatchObject({ name: 'greys', format: 'idx', channels: 1, height: 2, width: 3, classes: 2, classNames: ['a', 'b'] });
    const { train, test, classNames } = await loadDataSet({ name: 'greys', env });
    expect(classNames).toEqual(['a', 'b']);
    expect([...train.labels, ...test.labels]).toEqual([0, 0, 0, 1, 1, 1, 0, 1]);
    expect([...train.images.subarray(18, 30)]).toEqual([100, 101, 102, 103, 104, 105, 110, 111, 112, 113, 114, 115]);
  });

  it('keeps colour when one pixel has it, and puts transparency over black', async () => {
    const [folder, env] = [greyFolder(), cache()];
    png(join(folder, 'test', 'b', '0.png'), 3, 2, (p) => [10, 20, 30, p === 0 ? 255 : 51]);
    await importFolder({ folder, name: 'colours', env });
    const data = await loadDataSet({ name: 'colours', env });
    expect(data).toMatchObject({ channels: 3, height: 2, width: 3, train: { count: 6 }, test: { count: 2 } });
    expect([...data.test.images.subarray(18)]).toEqual([10, 2, 2, 2, 2, 2, 20, 4, 4, 4, 4, 4, 30, 6, 6, 6, 6, 6]);
    expect([...data.train.images.subarray(18, 36)]).toEqual([10, 11, 12, 13, 14, 15, 10, 11, 12, 13, 14, 15, 10, 11, 12, 13, 14, 15]);
  });

  it('splits by a share: the same images each time, each in one half, and numbered classes by value', async () => {
    const folder = fresh();
    for (const label of [10, 2]) for (let k = 0; k < 10; k++) grey(join(folder, String(label), `${k}.png`), 10 * k + label);
    const load = async () => {
      const env = cache();
      const { split, source } = await importFolder({ folder, name: 'shared', testShare: 0.3, env });
      expect(source).toEqual({ folder, testShare: 0.3 });
      expect(split).toContain('round(0.3 · n)');
      return loadDataSet({ name: 'shared', env });
    };
    const [first, second] = [await load(), await load()];
    expect(second).toEqual(first);
    expect(first.classNames).toEqual(['2', '10']);
    expect([...first.test.labels]).toEqual([0, 0, 0, 1, 1, 1]);
    const values = [first.train, first.test].flatMap(({ count, images }) => Array.from({ length: count }, (_, i) => images[6 * i]!));
    expect(values.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 10 }, (_, k) => [10 * k + 2, 10 * k + 10]).flat());
  });

  it.each([
    [
      'another size',
      (folder: string) => png(join(folder, 'test', 'a', '0.png'), 4, 2, () => [0, 0, 0, 255]),
      /test.a.0\.png: got 2×4 pixels; expected 2×3/,
    ],
    [
      'a file that is no PNG',
      (folder: string) => writeFileSync(join(folder, 'train', 'a', 'x.png'), 'jpeg'),
      /x\.png: got a file that does not begin as a PNG/,
    ],
    [
      'another kind of file',
      (folder: string) => writeFileSync(join(folder, 'train', 'a', 'x.jpg'), ''),
      /x\.jpg: got another file; expected PNG images alone/,
    ],
    [
      'a class that only test has',
      (folder: string) => mkdirSync(join(folder, 'test', 'c')),
      /test.c: got a class that train\/ does not have/,
    ],
    ['a class that test lacks', (folder: string) => rmSync(join(folder, 'test', 'b'), { recursive: true }), /test: got no folder b/],
    [
      'a class without training images',
      (folder: string) => [0, 1, 2].map((k) => rmSync(join(folder, 'train', 'a', `${k}.png`))),
      /no training image of class 0 \(a\)/,
    ],
    [
      'one class',
      (folder: string) => [rmSync(join(folder, 'test', 'b'), { recursive: true }), rmSync(join(folder, 'train', 'b'), { recursive: true })],
      /got 1 classes; expected 2 to 256/,
    ],
  ])('refuses %s', async (_, damage, message) => {
    const [folder, env] = [greyFolder(), cache()];
    damage(folder);
    await expect(importFolder({ folder, name: 'x', env })).rejects.toThrow(message);
    expect(cachedSets(env)).toEqual([]);
  });

  it('refuses a split that is unsaid, said twice or senseless', async () => {
    const env = cache();
    const whole = greyFolder();
    const pooled = join(whole, 'train');
    await expect(importFolder({ folder: pooled, name: 'x', env })).rejects.toThrow(
      'got no folders train/ and test/; expected these, or the share',
    );
    await expect(importFolder({ folder: whole, name: 'x', testShare: 0.5, env })).rejects.toThrow('--test-share: got a share and folders');
    await expect(importFolder({ folder: pooled, name: 'x', testShare: 1, env })).rejects.toThrow(
      '--test-share: got 1; expected a number between 0 and 1',
    );
    await expect(importFolder({ folder: pooled, name: 'x', testShare: 0.01, env })).rejects.toThrow('got no test image');
  });
});

describe('import of files', () => {
  const idx = (labels: number[]): Record<string, Uint8Array> => ({
    [IDX_NAMES.trainImages]: encodeImages({ count: labels.length, height: 1, width: 2 }, new Uint8Array(2 * labels.length).fill(9)),
    [IDX_NAMES.trainLabels]: encodeLabels(Uint8Array.from(labels)),
    [IDX_NAMES.testImages]: encodeImages({ count: 1, height: 1, width: 2 }, Uint8Array.of(1, 2)),
    [IDX_NAMES.testLabels]: encodeLabels(Uint8Array.of(0)),
  });
  const folderOf = (files: Record<string, Uint8Array>, pack = false): string => {
    const folder = fresh();
    for (const [file, bytes] of Object.entries(files))
      writeFileSync(join(folder, pack ? `${file}.gz` : file), pack ? gzipSync(bytes) : bytes);
    return folder;
  };

  it('takes IDX files, unpacked, with as many classes as the labels say', async () => {
    const env = cache();
    const files = idx([0, 11, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    await importFolder({ folder: folderOf(files, true), name: 'twelve', env });
    expect((await loadDataSet({ name: 'twelve', env })).classes).toBe(12);
    expect(new Uint8Array(readFileSync(join(dataCache(env), 'twelve', IDX_NAMES.trainLabels)))).toEqual(files[IDX_NAMES.trainLabels]);
  });

  it('takes CIFAR binaries, all six or none', async () => {
    const env = cache();
    const labels = Uint8Array.from({ length: 10 }, (_, label) => label);
    const bytes = encodeRecords({ count: 10, images: new Uint8Array(30_720).fill(5), labels });
    const files = Object.fromEntries([...CIFAR_NAMES.train, ...CIFAR_NAMES.test].map((file) => [file, bytes]));
    await importFolder({ folder: folderOf(files), name: 'small-cifar', env });
    const data = await loadDataSet({ name: 'small-cifar', env });
    expect(data).toMatchObject({ channels: 3, train: { count: 50 }, test: { count: 10 } });
    expect(data.classNames?.[9]).toBe('truck');
    const { 'test_batch.bin': _, ...lacking } = files;
    await expect(importFolder({ folder: folderOf(lacking), name: 'x', env })).rejects.toThrow('test_batch.bin: got ENOENT');
    await expect(importFolder({ folder: folderOf(files), name: 'cifar10', env })).rejects.toThrow(
      '--name cifar10: got another data_batch_1.bin than Kindling’s cifar10',
    );
  });

  it('takes a set from another machine’s cache, unchanged', async () => {
    const [there, here] = [cache(), cache()];
    await importFolder({ folder: greyFolder(), name: 'greys', env: there });
    const folder = join(dataCache(there), 'greys');
    const { files, split } = await importFolder({ folder, env: here });
    expect({ files, split }).toEqual({ files: cachedSets(there)[0]!.manifest!.files, split: 'the folders train and test' });
    writeFileSync(join(folder, IDX_NAMES.testLabels), '');
    await expect(importFolder({ folder, env: here, again: true })).rejects.toThrow('t10k-labels-idx1-ubyte: got 0 bytes (truncated)');
    expect((await loadDataSet({ name: 'greys', env: here })).test.count).toBe(2);
  });

  it.each([
    [
      'a gap in the classes',
      () => ({ folder: folderOf(idx([0, 2])) }),
      'got no training image of class 1; expected at least one of each of 3',
    ],
    [
      'a truncated file',
      () => ({ folder: folderOf({ ...idx([0]), [IDX_NAMES.trainImages]: new Uint8Array(20) }) }),
      'train-images-idx3-ubyte: got magic',
    ],
    ['a share for files', () => ({ folder: folderOf(idx([0])), testShare: 0.5 }), '--test-share: got 0.5; expected no share'],
    ['an empty folder', () => ({ folder: fresh() }), 'got neither IDX files, CIFAR binaries nor folders of images'],
    ['no folder', () => ({ folder: join(root, 'nowhere') }), 'nowhere: got no such folder'],
    ['a name that is no name', () => ({ folder: folderOf(idx([0])), name: 'a/b' }), '--name: got "a/b"'],
  ])('refuses %s', async (_, options, message) => {
    await expect(importFolder({ name: 'x', ...options(), env: cache() })).rejects.toThrow(message);
  });

  it('takes and loads a set whose files are packed, and still checks what is in them', async () => {
    const env = cache();
    await importFolder({ folder: greyFolder(), name: 'plain', env });
    const [from, packed] = [join(dataCache(env), 'plain'), fresh('packed')];
    writeFileSync(join(packed, 'manifest.json'), readFileSync(join(from, 'manifest.json')));
    for (const file of Object.values(IDX_NAMES)) writeFileSync(join(packed, `${file}.gz`), gzipSync(readFileSync(join(from, file))));
    const plain = await loadDataSet({ name: 'plain', env });
    expect(await loadDataSet({ folder: packed })).toEqual(plain);
    await importFolder({ folder: packed, name: 'again', env });
    expect({ ...(await loadDataSet({ name: 'again', env })), name: 'plain' }).toEqual(plain);
    expect(cachedSets(env).map(({ name, problem }) => [name, problem])).toEqual([
      ['again', undefined],
      ['plain', undefined],
    ]);
    const labels = readFileSync(join(from, IDX_NAMES.trainLabels));
    labels[8]! ^= 1;
    writeFileSync(join(packed, `${IDX_NAMES.trainLabels}.gz`), gzipSync(labels));
    await expect(loadDataSet({ folder: packed })).rejects.toThrow(/train-labels-idx1-ubyte\.gz: got MD5/);
  });

  it('replaces a set only when told to', async () => {
    const env = cache();
    const folder = folderOf(idx([0, 1]));
    await importFolder({ folder, name: 'mine', env });
    await expect(importFolder({ folder, name: 'mine', env })).rejects.toThrow('data set mine: got one of that name');
    await importFolder({ folder: folderOf(idx([0, 1, 2])), name: 'mine', again: true, env });
    expect((await loadDataSet({ name: 'mine', env })).classes).toBe(3);
    await expect(importFolder({ folder: join(dataCache(env), 'mine'), env })).rejects.toThrow('got the cache itself');
  });
});
