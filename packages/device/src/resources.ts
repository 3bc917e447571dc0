import { InputError } from '@kindling/core';

/** `byteLength` rounded up to a multiple of 4. @throws InputError unless it is a positive whole number up to `limit`. */
export function checkSize(label: string, byteLength: number, limit: number, adapter: string): number {
  const size = Math.ceil(byteLength / 4) * 4;
  if (Number.isInteger(byteLength) && byteLength > 0 && size <= limit) return size;
  const tooLarge = size > limit;
  throw new InputError({
    subject: `buffer ${label}`,
    got: `${byteLength} bytes`,
    expected: tooLarge ? `at most ${limit} bytes (the limit of ${adapter})` : 'a positive whole number of bytes',
    next: tooLarge ? 'split the buffer, use a smaller batch or model, or an adapter with more memory' : 'check the shape',
  });
}

/** @throws InputError unless offset and length are multiples of `alignment` and the range lies inside the buffer. */
export function checkRange(action: string, buffer: GPUBuffer, offset: number, length: number, alignment: 1 | 4): void {
  const whole = [offset, length].every((value) => Number.isInteger(value) && value >= 0 && value % alignment === 0);
  if (whole && offset + length <= buffer.size) return;
  throw new InputError({
    subject: `${action} of buffer ${buffer.label || '(no label)'}`,
    got: `${length} bytes at offset ${offset}`,
    expected: `a range within its ${buffer.size} bytes${alignment === 4 ? ', offset and length multiples of 4' : ''}`,
    next: 'correct the range',
  });
}

/** Buffers to destroy at the end; held weakly, so that one which is dropped can still be collected. */
export class OwnBuffers {
  readonly #refs = new Set<WeakRef<GPUBuffer>>();
  readonly #collected = new FinalizationRegistry<WeakRef<GPUBuffer>>((ref) => this.#refs.delete(ref));

  add(buffer: GPUBuffer): void {
    const ref = new WeakRef(buffer);
    this.#refs.add(ref);
    this.#collected.register(buffer, ref);
  }

  destroy(): void {
    for (const ref of this.#refs) ref.deref()?.destroy();
    this.#refs.clear();
  }
}
