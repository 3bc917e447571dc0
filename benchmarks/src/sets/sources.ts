import type { BoundProgram } from '@kindling/autograd';
import { gatherProgram, residentSource } from '@kindling/data';
import { loadMnist, openDisk } from '@kindling/data/node';
import { planGeneration, type RecipeInput } from '@kindling/datagen';
import { bindPasses } from '@kindling/device';
import type { Host } from '../host.js';
import { recipe as binary, problem } from '../workload.js';

/** Where a batch comes from: MNIST's files, MNIST on the device, random binary images, or digits drawn on the device. */
export const sourceNames = ['disk', 'resident', 'generated count', 'generated strokes'] as const;
export type SourceName = (typeof sourceNames)[number];

/** What a source writes to and reads from, for M models: x [M,64,1,28,28] f32, y [M,64] u32, the step counter, a seed a model. */
export type BatchBuffers = Readonly<Record<'x' | 'y' | 'state' | 'seeds', GPUBuffer>>;

/** A source with its data at hand. */
export interface BatchSource {
  /** The dispatches that fill a batch; none for the disk source. */
  bind(buffers: BatchBuffers, models: number): readonly BoundProgram[];
  /** Reads and uploads the batch of a step before its dispatches; absent where nothing crosses from the host. */
  readonly host?: HostPart;
  destroy(): void;
}

export interface HostPart {
  /** Reads, decodes and shuffles on the host. */
  load(step: number): void;
  upload(): void;
  /** Bytes read from files so far. */
  readonly bytesRead: number;
}

async function diskSource(host: Host, seed: number): Promise<BatchSource> {
  const { batch, side } = problem;
  const disk = await openDisk();
  const x = new Float32Array(batch * side ** 2);
  const y = new Uint32Array(batch);
  let bound: BatchBuffers | undefined;
  return {
    bind(buffers) {
      bound = buffers;
      return [];
    },
    host: {
      load: (step) => disk.fill(seed, step, x, y),
      upload() {
        host.device.write(bound!.x, x);
        host.device.write(bound!.y, y);
      },
      get bytesRead() {
        return disk.bytesRead;
      },
    },
    destroy: () => disk.close(),
  };
}

/** A source on images and labels that were uploaded as bytes, which it frees. */
export function gatherSource({ device }: Host, count: number, set: { images: GPUBuffer; labels: GPUBuffer }): BatchSource {
  const { batch, side } = problem;
  return {
    bind: (buffers, models) => {
      const program = gatherProgram({ count, pixels: side ** 2, batch, models, traits: device.traits });
      return [{ program, resources: { ...set, ...buffers } }];
    },
    destroy() {
      for (const buffer of Object.values(set)) buffer.destroy();
    },
  };
}

async function onDevice(host: Host): Promise<BatchSource> {
  const { count, images, labels } = residentSource(await loadMnist());
  return gatherSource(host, count, { images: host.device.upload('images', images), labels: host.device.upload('labels', labels) });
}

function generated({ device }: Host, recipe: RecipeInput): BatchSource {
  const owners: { destroy(): void }[] = [];
  return {
    bind(buffers, models) {
      const passes = bindPasses(device, planGeneration({ recipe, batch: problem.batch, models, traits: device.traits }), buffers);
      owners.push(passes);
      return passes.dispatches;
    },
    destroy() {
      for (const owner of owners) owner.destroy();
    },
  };
}

/** @param seed of the order in which the disk source reads; the others take theirs from the buffer of seeds */
export async function openSource(host: Host, name: SourceName, seed: number = problem.seed): Promise<BatchSource> {
  if (name === 'disk') return diskSource(host, seed);
  if (name === 'resident') return onDevice(host);
  return generated(host, name === 'generated count' ? binary : { family: 'strokes' });
}
