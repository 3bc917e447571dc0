import { type BufferSpec, InputError, type Traits } from '@kindling/core';

/** Bytes that any buffer stays below, whatever the adapter: offsets are u32 in the kernels. */
const MOST = 2 ** 32 - 4;

/**
 * Refuses buffers that the adapter cannot bind as a whole, before anything is allocated.
 * @param subject what is planned, for the message. @throws InputError naming the buffer
 */
export function checkBuffers(subject: string, buffers: readonly Pick<BufferSpec, 'name' | 'bytes'>[], traits: Traits | undefined): void {
  const limit = Math.min(traits?.maxStorageBufferBindingSize ?? Infinity, MOST);
  const over = buffers.find(({ bytes }) => bytes > limit);
  if (!over) return;
  throw new InputError({
    subject: `${subject}: buffer ${over.name}`,
    got: `${over.bytes} bytes`,
    expected: `at most ${limit} bytes in one buffer on this device`,
    next: 'use a smaller batch or fewer models, or a recipe with smaller images or labels',
  });
}
