import type { BoundProgram } from '@kindling/autograd';
import { InputError } from '@kindling/core';
import { type DiskSource, gatherProgram, imageCut, type NaturalData, packBytes } from '@kindling/data';
import type { Device } from '@kindling/device';

interface ResidentSplit {
  readonly count: number;
  readonly images: GPUBuffer;
  readonly labels: GPUBuffer;
}

/** Sizes of one sample and the number of classes. */
export interface ImageFacts {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

/** Examples of the training half that natural training is limited to. */
export interface KeptItems {
  /** Ascending, each once. */
  readonly indices: Uint32Array;
  /** SHA-256 of the indices, by which recipes name them. */
  readonly hash: string;
}

/** The named items of the training half, copied into a half of their own. */
export function trainingItems({ train, channels, height, width }: NaturalData, items: ArrayLike<number>): NaturalData['train'] {
  const pixels = channels * height * width;
  const images = new Uint8Array(items.length * pixels);
  for (let i = 0; i < items.length; i++) {
    const item = items[i]!;
    images.set(train.images.subarray(item * pixels, (item + 1) * pixels), i * pixels);
  }
  return { count: items.length, images, labels: Uint8Array.from(items, (item) => train.labels[item]!) };
}

/** The first training image of each class in file order, [classes, C·H·W] in 0 .. 1. @throws InputError for a class that has none */
export function firstOfClass({ train, channels, height, width, classes, name }: NaturalData): Float32Array<ArrayBuffer> {
  const pixels = channels * height * width;
  const base = new Float32Array(classes * pixels);
  for (let c = 0; c < classes; c++) {
    const first = train.labels.indexOf(c);
    if (first < 0) {
      throw new InputError({
        subject: name,
        got: `no training image of class ${c}`,
        expected: `at least one of each of ${classes} classes`,
        next: 'add images, or number the classes without gaps',
      });
    }
    base.set(
      Float32Array.from(train.images.subarray(first * pixels, (first + 1) * pixels), (value) => value / 255),
      c * pixels,
    );
  }
  return base;
}

/**
 * A natural data set ready for training: the test half on the GPU as u8, the training half there too (`resident`) or read from disk batch
 * by batch (`disk`). Made once and shared by many trials.
 */
export class PreparedData {
  readonly device: Device;
  readonly facts: ImageFacts;
  readonly test: ResidentSplit;
  readonly train: ResidentSplit | undefined;
  readonly disk: DiskSource | undefined;
  /** Hash of the keep list that the training half was cut down to; undefined for all of it. */
  readonly keepList: string | undefined;
  /** The first training image of each class in file order [classes, C·H·W] f32 in [0,1]: the base images of Experiment 1. */
  readonly base: GPUBuffer;
  /** Seconds that packing and uploading took. */
  readonly seconds: number;

  /**
   * @param disk when given, training batches come from it and only the test half is uploaded
   * @param kept the only training images that are uploaded; not together with `disk`. The base images stay those of the whole half.
   * @throws InputError for both
   */
  constructor(device: Device, data: NaturalData, disk?: DiskSource, kept?: KeptItems) {
    if (disk && kept) {
      const next = 'use the resident source';
      throw new InputError({ subject: 'keep list', got: 'it with the disk source', expected: 'resident data', next });
    }
    const started = performance.now();
    const put = (name: string, split: NaturalData['train']): ResidentSplit => ({
      count: split.count,
      images: device.upload(`${name} images`, packBytes(split.images)),
      labels: device.upload(`${name} labels`, packBytes(split.labels)),
    });
    this.device = device;
    const { name, channels, height, width, classes } = data;
    this.facts = { name, channels, height, width, classes };
    this.test = put('test', data.test);
    this.train = disk ? undefined : put('train', kept ? trainingItems(data, kept.indices) : data.train);
    this.keepList = kept?.hash;
    this.disk = disk;
    this.base = device.upload('base images', firstOfClass(data));
    this.seconds = (performance.now() - started) / 1000;
  }

  /** Frees the uploaded halves; the disk source stays open, it is the caller's. */
  destroy(): void {
    for (const split of [this.test, this.train]) {
      split?.images.destroy();
      split?.labels.destroy();
    }
    this.base.destroy();
  }

  get pixels(): number {
    return this.facts.channels * this.facts.height * this.facts.width;
  }

  /** The dispatch that gathers a batch from a resident half. `firstStep`: value of the step counter at which its first epoch begins. */
  gather(
    split: ResidentSplit,
    batch: number,
    shuffle: boolean,
    buffers: Readonly<Record<'state' | 'seeds' | 'x' | 'y', GPUBuffer>>,
    models = 1,
    firstStep = 0,
  ): BoundProgram {
    const { traits } = this.device;
    const program = gatherProgram({ count: split.count, pixels: this.pixels, batch, models, firstStep, shuffle, traits });
    const size = 4 * Math.ceil((split.count * this.pixels) / 4);
    const cut = imageCut(size, traits);
    const images =
      cut === undefined
        ? { images: split.images }
        : { images: { buffer: split.images, offset: 0, size: cut }, rest: { buffer: split.images, offset: cut, size: size - cut } };
    return { program, resources: { ...images, labels: split.labels, ...buffers } };
  }
}

/** @throws InputError for data that is not cut down to the list that the recipe names, or to one that it does not name */
export function requireKeepList({ keepList: wants }: { readonly keepList?: string | undefined }, { keepList: has }: PreparedData): void {
  if (has === wants) return;
  const say = (hash: string | undefined): string => (hash === undefined ? 'all examples' : `the keep list ${hash.slice(0, 12)}…`);
  const next = 'prepare the data with the list of that hash: kindling warmup and sweep take it with --keep-list';
  throw new InputError({ subject: 'recipe.keepList', got: `data of ${say(has)}`, expected: say(wants), next });
}
