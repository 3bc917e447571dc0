import type { Device } from './device.js';
import type { ByteRange } from './readback.js';

/**
 * Times compute passes on the GPU's own clock. Where the device lacks `timestamp-query`, `supported` is false, passes run untimed
 * and `read()` gives an empty list.
 *
 * ```ts
 * const watch = new Stopwatch(device, 2);
 * device.submit((encoder) => {
 *   const pass = encoder.beginComputePass(watch.descriptor(0));
 *   …
 *   watch.resolve(encoder);
 * });
 * const [ns] = await watch.read();
 * ```
 */
export class Stopwatch {
  readonly supported: boolean;
  /** How many passes can be timed between two resolves. */
  readonly passes: number;
  readonly #device: Device;
  readonly #queries: GPUQuerySet | undefined;
  readonly #resolved: GPUBuffer | undefined;

  /** @param passes 1 to 2048 (a query set holds 4096 timestamps, a pass takes two). */
  constructor(device: Device, passes: number) {
    this.#device = device;
    this.passes = passes;
    this.supported = device.gpu.features.has('timestamp-query');
    if (!this.supported) return;
    this.#queries = device.gpu.createQuerySet({ label: 'stopwatch', type: 'timestamp', count: 2 * passes });
    this.#resolved = device.buffer('stopwatch', 16 * passes, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
  }

  /** For pass `index` of `beginComputePass`; undefined where not supported. */
  timestampWrites(index: number): GPUComputePassTimestampWrites | undefined {
    if (!this.#queries) return undefined;
    return { querySet: this.#queries, beginningOfPassWriteIndex: 2 * index, endOfPassWriteIndex: 2 * index + 1 };
  }

  /** A whole pass descriptor for pass `index`, valid with and without support. */
  descriptor(index: number, label?: string): GPUComputePassDescriptor {
    const timestampWrites = this.timestampWrites(index);
    return { ...(label === undefined ? {} : { label }), ...(timestampWrites ? { timestampWrites } : {}) };
  }

  /** Encodes the end of the measurement, after the last timed pass of the same encoder. */
  resolve(encoder: GPUCommandEncoder): void {
    if (this.#queries && this.#resolved) encoder.resolveQuerySet(this.#queries, 0, 2 * this.passes, this.#resolved, 0);
  }

  /** Where the resolved timestamps lie, to read them with other ranges in one go; empty where not supported. */
  get ranges(): readonly ByteRange[] {
    return this.#resolved ? [{ buffer: this.#resolved, offset: 0, length: 16 * this.passes }] : [];
  }

  /** Nanoseconds of each pass from the bytes of `ranges`. */
  decode(bytes: ArrayBuffer | undefined): number[] {
    if (!bytes) return [];
    const times = new BigUint64Array(bytes);
    return Array.from({ length: this.passes }, (_, index) => Number(times[2 * index + 1]! - times[2 * index]!));
  }

  /** Nanoseconds of each pass; a pass that did not run since the set was made gives a meaningless number. */
  async read(): Promise<number[]> {
    return this.decode(this.#resolved && (await this.#device.read(this.#resolved)));
  }

  destroy(): void {
    this.#queries?.destroy();
    this.#resolved?.destroy();
  }
}
