import type { Device } from '@kindling/device';
import { type Raw, rawOf } from './raw.js';

/** Timestamps of a query set, the most that WebGPU allows: two a pass. */
const CAPACITY = 4096;

interface Batch {
  readonly staging: GPUBuffer;
  readonly bytes: number;
  /** Told the nanoseconds of each pass, begin and end, in the order they were taken. */
  readonly deliver: (times: BigUint64Array) => void;
  submitted: boolean;
}

/** The timestamps of one command encoder. */
export interface EncoderTimes {
  /** For the next pass. */
  next(): GPUComputePassTimestampWrites;
  readonly passes: number;
  /** To be called before the encoder finishes; the result is to be told when the command buffer is submitted. */
  resolve(encoder: GPUCommandEncoder, deliver: Batch['deliver']): () => void;
}

/** Timestamp queries for any number of passes, read back once at the end. */
export class Timestamps {
  private readonly raw: Raw;
  private readonly device: Device;
  /** Resolved sets are used again: the queue keeps their order. */
  private readonly idle: { readonly set: GPUQuerySet; readonly resolved: GPUBuffer }[] = [];
  private readonly made: { destroy(): void }[] = [];
  private readonly batches: Batch[] = [];

  /** @returns undefined where the device has no `timestamp-query` */
  static of(device: Device): Timestamps | undefined {
    return device.gpu.features.has('timestamp-query') ? new Timestamps(device) : undefined;
  }

  private constructor(device: Device) {
    this.device = device;
    this.raw = rawOf(device);
  }

  begin(): EncoderTimes {
    const used: { set: GPUQuerySet; resolved: GPUBuffer; count: number }[] = [];
    let passes = 0;
    return {
      next: () => {
        let last = used.at(-1);
        if (!last || last.count === CAPACITY) {
          last = { ...this.take(), count: 0 };
          used.push(last);
        }
        last.count += 2;
        passes++;
        return { querySet: last.set, beginningOfPassWriteIndex: last.count - 2, endOfPassWriteIndex: last.count - 1 };
      },
      get passes() {
        return passes;
      },
      resolve: (encoder, deliver) => {
        if (passes === 0) return () => undefined;
        const bytes = 16 * passes;
        const staging = this.raw.createBuffer({
          label: 'profile timestamps',
          size: bytes,
          usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
        });
        used.forEach(({ set, resolved, count }, i) => {
          encoder.resolveQuerySet(set, 0, count, resolved, 0);
          encoder.copyBufferToBuffer(resolved, 0, staging, 8 * CAPACITY * i, 8 * count);
          this.idle.push({ set, resolved });
        });
        const batch: Batch = { staging, bytes, deliver, submitted: false };
        this.batches.push(batch);
        return () => {
          batch.submitted = true;
        };
      },
    };
  }

  /** Reads everything back that was submitted, and delivers it in order. */
  async collect(): Promise<void> {
    const batches = this.batches.splice(0);
    const submitted = batches.filter((batch) => batch.submitted);
    await this.device.patiently(Promise.all(submitted.map(({ staging }) => staging.mapAsync(GPUMapMode.READ))));
    for (const { staging, bytes, deliver } of submitted) {
      deliver(new BigUint64Array(staging.getMappedRange(0, bytes).slice(0)));
      staging.unmap();
    }
    for (const { staging } of batches) staging.destroy();
  }

  destroy(): void {
    for (const each of this.made) each.destroy();
  }

  private take(): { set: GPUQuerySet; resolved: GPUBuffer } {
    const kept = this.idle.pop();
    if (kept) return kept;
    const set = this.raw.createQuerySet({ label: 'profile', type: 'timestamp', count: CAPACITY });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    const resolved = this.raw.createBuffer({ label: 'profile', size: 8 * CAPACITY, usage });
    this.made.push(set, resolved);
    return { set, resolved };
  }
}
