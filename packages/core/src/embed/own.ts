/** GPUBufferUsage: constants of WebGPU, so that no global is needed. */
const [COPY_SRC, COPY_DST, UNIFORM, STORAGE] = [0x4, 0x8, 0x40, 0x80];

/** A buffer that `prepare` made: the uniform blocks of all dispatches, a constant table, or scratch (zeros at first, kept between runs). */
export interface CreatedBuffer {
  readonly label: string;
  readonly bytes: number;
  readonly usage: GPUBufferUsageFlags;
  readonly holds: 'uniforms' | 'constants' | 'scratch';
}

/** The buffers that one `prepare` owns. */
export class OwnBuffers {
  readonly created: CreatedBuffer[] = [];
  readonly #device: GPUDevice;
  readonly #label: string;
  readonly #buffers: GPUBuffer[] = [];

  constructor(device: GPUDevice, label: string) {
    this.#device = device;
    this.#label = label;
  }

  /** Scratch, or a table that holds `data` from the start. */
  storage(name: string, bytes: number, data?: Uint8Array): GPUBuffer {
    return this.#make(name, bytes, STORAGE | COPY_SRC | COPY_DST, data ? 'constants' : 'scratch', data && [{ offset: 0, data }]);
  }

  /** One buffer for all blocks, each at an offset that the device can bind; undefined for no blocks. */
  uniforms(blocks: readonly Uint8Array[]): { readonly buffer: GPUBuffer; readonly offsets: readonly number[] } | undefined {
    if (blocks.length === 0) return undefined;
    const alignment = this.#device.limits.minUniformBufferOffsetAlignment;
    let end = 0;
    const slices = blocks.map((data) => {
      const offset = Math.ceil(end / alignment) * alignment;
      end = offset + data.byteLength;
      return { offset, data };
    });
    return { buffer: this.#make('uniforms', end, UNIFORM, 'uniforms', slices), offsets: slices.map(({ offset }) => offset) };
  }

  destroy(): void {
    for (const buffer of this.#buffers.splice(0)) buffer.destroy();
  }

  /** Contents are put in while the buffer is mapped at its creation, so that the queue is left alone. */
  #make(
    name: string,
    size: number,
    usage: GPUBufferUsageFlags,
    holds: CreatedBuffer['holds'],
    contents: readonly { readonly offset: number; readonly data: Uint8Array }[] | undefined,
  ): GPUBuffer {
    const label = `${this.#label}: ${name}`;
    const buffer = this.#device.createBuffer({ label, size, usage, mappedAtCreation: contents !== undefined });
    this.#buffers.push(buffer);
    this.created.push({ label, bytes: size, usage, holds });
    if (contents) {
      const bytes = new Uint8Array(buffer.getMappedRange());
      for (const { offset, data } of contents) bytes.set(data, offset);
      buffer.unmap();
    }
    return buffer;
  }
}
