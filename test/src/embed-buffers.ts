import { expect } from 'vitest';

/** GPUBufferUsage: STORAGE | COPY_SRC | COPY_DST. */
const USAGE = 0x80 | 0x4 | 0x8;
const MARGIN = 256;
const GUARD = 0xabad1dea;

/** One buffer of a caller's that holds several tensors at offsets of 256 bytes, with words around each that must stay as they are. */
export class Heap {
  readonly #gpu: GPUDevice;
  readonly #before: Uint32Array<ArrayBuffer>;
  readonly #places = new Map<string, { offset: number; size: number }>();
  readonly buffer: GPUBuffer;

  /** @param tensors by name: contents, or bytes of a tensor that starts as guard words */
  constructor(gpu: GPUDevice, label: string, tensors: Readonly<Record<string, ArrayBufferView | number>>) {
    this.#gpu = gpu;
    let end = MARGIN;
    for (const [name, tensor] of Object.entries(tensors)) {
      const size = typeof tensor === 'number' ? tensor : tensor.byteLength;
      this.#places.set(name, { offset: end, size });
      end = Math.ceil((end + size) / MARGIN) * MARGIN + MARGIN;
    }
    this.#before = new Uint32Array(end / 4).fill(GUARD);
    for (const [name, tensor] of Object.entries(tensors)) {
      if (typeof tensor === 'number') continue;
      new Uint8Array(this.#before.buffer).set(
        new Uint8Array(tensor.buffer, tensor.byteOffset, tensor.byteLength),
        this.#places.get(name)!.offset,
      );
    }
    this.buffer = gpu.createBuffer({ label, size: end, usage: USAGE });
    gpu.queue.writeBuffer(this.buffer, 0, this.#before);
  }

  /** A tensor's bytes, or a part of them. */
  region(name: string, offset = 0): { buffer: GPUBuffer; offset: number } {
    return { buffer: this.buffer, offset: this.#places.get(name)!.offset + offset };
  }

  /** All tensors. @throws where a word outside of them changed */
  async read(): Promise<Record<string, ArrayBuffer>> {
    const copy = this.#gpu.createBuffer({ size: this.buffer.size, usage: 0x1 | 0x8 });
    const encoder = this.#gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(this.buffer, 0, copy, 0, this.buffer.size);
    this.#gpu.queue.submit([encoder.finish()]);
    await copy.mapAsync(0x1);
    const bytes = copy.getMappedRange().slice(0);
    copy.destroy();
    const inside = (byte: number): boolean => [...this.#places.values()].some(({ offset, size }) => byte >= offset && byte < offset + size);
    const after = new Uint32Array(bytes);
    const touched = after.findIndex((word, i) => word !== this.#before[i] && !inside(4 * i));
    expect(touched, `word ${touched} of ${this.buffer.label}, outside of its tensors, was written`).toBe(-1);
    return Object.fromEntries([...this.#places].map(([name, { offset, size }]) => [name, bytes.slice(offset, offset + size)]));
  }
}

/** Within 1e-6 of the largest value, plus 1e-6 of each: a few roundings of f32. */
export function expectClose(what: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance = 1e-6): void {
  expect(got.length, what).toBe(want.length);
  let largest = 0;
  for (let i = 0; i < want.length; i++) largest = Math.max(largest, Math.abs(want[i]!));
  for (let i = 0; i < want.length; i++) {
    const allowed = tolerance * (largest + Math.abs(want[i]!));
    if (!(Math.abs(got[i]! - want[i]!) <= allowed)) throw new Error(`${what}[${i}] is ${got[i]}, not ${want[i]} ± ${allowed}`);
  }
}

/** Uniform in ±scale, the same for the same seed. */
export function uniform(length: number, seed: number, scale = 1): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return scale * (state / 2 ** 31 - 1);
  });
}
