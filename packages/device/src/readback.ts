const MIB = 1 << 20;
/** Idle staging buffers that are kept, and the size above which one is not worth keeping. */
const KEPT = 8;
const KEPT_BYTES = 16 * MIB;

/** Powers of two up to 1 MiB, whole MiB above: few sizes, and little waste on large ones. */
const roomFor = (size: number): number => (size <= MIB ? Math.max(256, 2 ** Math.ceil(Math.log2(size))) : MIB * Math.ceil(size / MIB));

/** Bytes of a buffer; offset and length need no alignment. */
export interface ByteRange {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly length: number;
}

/** Staging buffers for reading back, used again instead of created each time. */
export class Readback {
  readonly #gpu: GPUDevice;
  #idle: GPUBuffer[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** Encodes work, then copies ranges to the host, all in one submit and one mapping. `wait` awaits the mapping. */
  async read(
    ranges: readonly ByteRange[],
    work: (encoder: GPUCommandEncoder) => void,
    wait: (mapped: Promise<unknown>) => Promise<unknown>,
  ): Promise<ArrayBuffer[]> {
    const encoder = this.#gpu.createCommandEncoder({ label: 'read back' });
    work(encoder);
    let size = 0;
    const places = ranges.map(({ offset, length }) => {
      const lead = offset % 4;
      const place = { at: size, lead, size: Math.ceil((lead + length) / 4) * 4 };
      size += place.size;
      return place;
    });
    const staging = this.#take(Math.max(4, size));
    ranges.forEach(({ buffer, offset }, i) => {
      const { at, lead, size: bytes } = places[i]!;
      if (bytes > 0) encoder.copyBufferToBuffer(buffer, offset - lead, staging, at, bytes);
    });
    this.#gpu.queue.submit([encoder.finish()]);
    try {
      await wait(staging.mapAsync(GPUMapMode.READ, 0, Math.max(4, size)));
      const all = staging.getMappedRange(0, Math.max(4, size));
      const results = ranges.map(({ length }, i) => all.slice(places[i]!.at + places[i]!.lead, places[i]!.at + places[i]!.lead + length));
      staging.unmap();
      this.#give(staging);
      return results;
    } catch (error) {
      staging.destroy();
      throw error;
    }
  }

  destroy(): void {
    for (const buffer of this.#idle.splice(0)) buffer.destroy();
  }

  #take(size: number): GPUBuffer {
    const room = roomFor(size);
    const index = this.#idle.findIndex((buffer) => buffer.size === room);
    if (index >= 0) return this.#idle.splice(index, 1)[0]!;
    return this.#gpu.createBuffer({ label: 'read back', size: room, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  }

  #give(buffer: GPUBuffer): void {
    if (buffer.size > KEPT_BYTES) buffer.destroy();
    else this.#idle.push(buffer);
    if (this.#idle.length > KEPT) this.#idle.shift()?.destroy();
  }
}
