import type { Device } from '@kindling/device';

/** A quiet NaN that no kernel computes: an element that still holds it was never written. */
export const POISON = 0x7fc0dead;
const GUARD = 0xabad1dea;
/** Elements of guard before and after the contents: 256 bytes, so that the binding's offset is aligned on every adapter. */
const MARGIN = 64;

const bitsOf = (data: Float32Array | Uint32Array): Uint32Array => new Uint32Array(data.buffer, data.byteOffset, data.length);

/**
 * A buffer whose middle is bound and whose margins must stay as they are. Out-of-bounds accesses hide differently on every adapter
 * (read as 0 or as the last element, dropped or clobbering), so contents are poisoned and margins are compared.
 */
export class Guarded {
  readonly #device: Device;
  readonly #label: string;
  readonly #length: number;
  readonly #buffer: GPUBuffer;

  /** Holds `contents`, or poison where a length is given. */
  constructor(device: Device, label: string, contents: Float32Array | Uint32Array | number) {
    this.#device = device;
    this.#label = label;
    this.#length = typeof contents === 'number' ? contents : contents.length;
    const all = new Uint32Array(this.#length + 2 * MARGIN).fill(GUARD);
    if (typeof contents === 'number') all.fill(POISON, MARGIN, MARGIN + contents);
    else all.set(bitsOf(contents), MARGIN);
    this.#buffer = device.upload(label, all);
  }

  /** Exactly the contents, to be bound. */
  get resource(): { buffer: GPUBuffer; offset: number; size: number } {
    return { buffer: this.#buffer, offset: 4 * MARGIN, size: 4 * this.#length };
  }

  /** Replaces the contents. */
  write(contents: Float32Array | Uint32Array): void {
    this.#device.write(this.#buffer, contents, 4 * MARGIN);
  }

  /** The contents' bits. @throws when a guard changed, or with `complete` when an element was never written. */
  async bits({ complete = true } = {}): Promise<Uint32Array> {
    const all = await this.#device.readU32(this.#buffer);
    const touched = all.findIndex((bits, i) => (i < MARGIN || i >= MARGIN + this.#length) && bits !== GUARD);
    if (touched >= 0)
      throw new Error(`${this.#label} on ${this.#device.info.name}: guard overwritten at element ${touched - MARGIN} of ${this.#length}`);
    const contents = all.slice(MARGIN, MARGIN + this.#length);
    const missed = complete ? contents.indexOf(POISON) : -1;
    if (missed >= 0) throw new Error(`${this.#label} on ${this.#device.info.name}: element ${missed} of ${this.#length} was never written`);
    return contents;
  }

  /** The contents as f32. */
  async floats(options?: { complete: boolean }): Promise<Float32Array> {
    return new Float32Array((await this.bits(options)).buffer);
  }

  destroy(): void {
    this.#buffer.destroy();
  }
}
