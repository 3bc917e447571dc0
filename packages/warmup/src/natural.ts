import type { BoundProgram } from '@kindling/autograd';
import { type DiskSource, gatherProgram, type NaturalData, packBytes } from '@kindling/data';
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
  /** Seconds that packing and uploading took. */
  readonly seconds: number;

  /** @param disk when given, training batches come from it and only the test half is uploaded */
  constructor(device: Device, data: NaturalData, disk?: DiskSource) {
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
    this.train = disk ? undefined : put('train', data.train);
    this.disk = disk;
    this.seconds = (performance.now() - started) / 1000;
  }

  get pixels(): number {
    return this.facts.channels * this.facts.height * this.facts.width;
  }

  /** The dispatch that gathers a batch from a resident half. */
  gather(
    split: ResidentSplit,
    batch: number,
    shuffle: boolean,
    buffers: Readonly<Record<'state' | 'seeds' | 'x' | 'y', GPUBuffer>>,
    models = 1,
  ): BoundProgram {
    const program = gatherProgram({ count: split.count, pixels: this.pixels, batch, models, shuffle, traits: this.device.traits });
    return { program, resources: { images: split.images, labels: split.labels, ...buffers } };
  }
}
