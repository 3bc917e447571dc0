import { type Access, type BufferRegion, InputError, type Program } from '@kindling/core';

/** A whole buffer, or a range of one in bytes. */
export type BindingResource = BufferRegion;

/**
 * The resource of one bind group entry.
 * @throws InputError when there is none for the binding, or its range is beyond the adapter's limit.
 */
export function bindingEntry(
  program: Program,
  name: string,
  access: Access,
  resource: BindingResource | undefined,
  given: Readonly<Record<string, BindingResource>>,
  limits: GPUSupportedLimits,
): GPUBufferBinding {
  if (!resource) {
    throw new InputError({
      subject: program.name,
      got: `no buffer for the binding ${name}; given: ${Object.keys(given).join(', ') || 'none'}`,
      expected: `buffers for ${program.bindings.map((binding) => binding.name).join(', ')}`,
      next: `add ${name} to the resources`,
    });
  }
  const entry: GPUBufferBinding = 'buffer' in resource ? { ...resource } : { buffer: resource };
  const size = entry.size ?? entry.buffer.size - (entry.offset ?? 0);
  const limit = access === 'uniform' ? limits.maxUniformBufferBindingSize : limits.maxStorageBufferBindingSize;
  if (size > limit) {
    throw new InputError({
      subject: program.name,
      got: `${size} bytes for the binding ${name}`,
      expected: `at most ${limit} bytes (this adapter's limit for one binding)`,
      next: 'bind a range, e.g. { buffer, offset, size }, or use a smaller batch',
    });
  }
  return entry;
}
