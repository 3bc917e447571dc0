import type { Device } from '@kindling/device';

/** A quiet NaN that no kernel computes: an element that still holds it was never written. */
export const POISON = 0x7fc0dead;
/** The same for elements of two bytes, which hold f16. */
export const POISON_F16 = 0x7ead;
const GUARD = 0xabad1dea;
/** Bytes of guard before and after the contents, so that the binding's offset is aligned on every adapter. */
const MARGIN = 256;

/** Bits, or numbers whose bits count; two bytes an element are f16. */
type Contents = Float32Array | Uint32Array | Uint16Array;

/**
 * A buffer whose middle is bound and whose margins must stay as they are. Out-of-bounds accesses hide differently on every adapter
 * (read as 0 or as the last element, dropped or clobbering), so contents are poisoned and margins are compared. What an odd number of f16
 * leaves of its last word is bound too, and belongs to the margin.
 */
export class Guarded {
  readonly #device: Device;
  readonly #label: string;
  readonly #length: number;
  readonly #bytes: 2 | 4;
  readonly #buffer: GPUBuffer;

  /** Holds `contents`, or poison where a length is given, of elements of `bytes`. */
  constructor(device: Device, label: string, contents: Contents | number, bytes: 2 | 4 = contents instanceof Uint16Array ? 2 : 4) {
    this.#device = device;
    this.#label = label;
    this.#length = typeof contents === 'number' ? contents : contents.length;
    this.#bytes = bytes;
    const all = this.#guards();
    const first = MARGIN / bytes;
    if (typeof contents === 'number') all.fill(bytes === 2 ? POISON_F16 : POISON, first, first + contents);
    else new Uint8Array(all.buffer).set(new Uint8Array(contents.buffer, contents.byteOffset, contents.byteLength), MARGIN);
    this.#buffer = device.upload(label, all);
  }

  /** Exactly the contents, to be bound. */
  get resource(): { buffer: GPUBuffer; offset: number; size: number } {
    return { buffer: this.#buffer, offset: MARGIN, size: this.#size };
  }

  /** Replaces the contents. */
  write(contents: Float32Array | Uint32Array): void {
    this.#device.write(this.#buffer, contents, MARGIN);
  }

  /** Bytes bound: whole words. */
  get #size(): number {
    return 4 * Math.ceil((this.#bytes * this.#length) / 4);
  }

  /** A buffer's worth of guard, as elements. */
  #guards(): Uint32Array | Uint16Array {
    const { buffer } = new Uint32Array((this.#size + 2 * MARGIN) / 4).fill(GUARD);
    return this.#bytes === 2 ? new Uint16Array(buffer) : new Uint32Array(buffer);
  }

  /** The contents' bits, an element each. @throws when a guard changed, or with `complete` when an element was never written. */
  async bits({ complete = true } = {}): Promise<Uint32Array> {
    const bytes = await this.#device.read(this.#buffer);
    const all = this.#bytes === 2 ? Uint32Array.from(new Uint16Array(bytes)) : new Uint32Array(bytes);
    const guards = this.#guards();
    const first = MARGIN / this.#bytes;
    const touched = all.findIndex((bits, i) => (i < first || i >= first + this.#length) && bits !== guards[i]);
    if (touched >= 0)
      throw new Error(`${this.#label} on ${this.#device.info.name}: guard overwritten at element ${touched - first} of ${this.#length}`);
    const contents = all.slice(first, first + this.#length);
    const missed = complete ? contents.indexOf(this.#bytes === 2 ? POISON_F16 : POISON) : -1;
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
