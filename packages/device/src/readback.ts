const MIB = 1 << 20;
/** Idle staging buffers that are kept, and the size above which one is not worth keeping. */
const KEPT = 8;
const KEPT_BYTES = 16 * MIB;

/** Powers of two up to 1 MiB, whole MiB above: few sizes, and little waste on large ones. */
const roomFor = (size: number): number => (size <= MIB ? Math.max(256, 2 ** Math.ceil(Math.log2(size))) : MIB * Math.ceil(size / MIB));

/** Staging buffers for reading back, used again instead of created each time. */
export class Readback {
  readonly #gpu: GPUDevice;
  #idle: GPUBuffer[] = [];

  constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
  }

  /** Copies bytes of `source` to the host; offset and length need no alignment. `wait` awaits the mapping. */
  async read(
    source: GPUBuffer,
    offset: number,
    length: number,
    wait: (mapped: Promise<unknown>) => Promise<unknown>,
  ): Promise<ArrayBuffer> {
    if (length === 0) return new ArrayBuffer(0);
    const start = offset - (offset % 4);
    const size = Math.ceil((offset + length - start) / 4) * 4;
    const staging = this.#take(size);
    const encoder = this.#gpu.createCommandEncoder({ label: 'read back' });
    encoder.copyBufferToBuffer(source, start, staging, 0, size);
    this.#gpu.queue.submit([encoder.finish()]);
    try {
      await wait(staging.mapAsync(GPUMapMode.READ, 0, size));
      const bytes = staging.getMappedRange(0, size).slice(offset - start, offset - start + length);
      staging.unmap();
      this.#give(staging);
      return bytes;
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
