import { InputError, type Passes, type Program } from '@kindling/core';
import type { BindingResource } from './bindings.js';
import type { Device } from './device.js';

/** A list of passes with its buffers made: ready to encode, or to put in front of a training step. */
export interface BoundPasses {
  /** In order: the program, and a buffer for each binding by name. */
  readonly dispatches: readonly { readonly program: Program; readonly resources: Readonly<Record<string, BindingResource>> }[];
  /** Every buffer by its name in the list of passes, the caller's included. */
  readonly buffers: Readonly<Record<string, BindingResource>>;
  /** Frees the buffers made here; the caller's are left alone. */
  destroy(): void;
}

/**
 * Makes the buffers that a list of passes needs for itself, uploads their constant contents, and names a buffer for every binding.
 * @param given the caller's buffers by name; one that the list would make itself is used instead of it
 * @throws InputError naming the pass and the buffer when one is missing
 */
export function bindPasses(device: Device, { passes, buffers }: Passes, given: Readonly<Record<string, BindingResource>>): BoundPasses {
  const own: GPUBuffer[] = [];
  const all: Record<string, BindingResource> = { ...given };
  for (const { name, bytes, data } of buffers) {
    if (all[name]) continue;
    const buffer = data ? device.upload(name, data) : device.buffer(name, bytes);
    own.push(buffer);
    all[name] = buffer;
  }
  const dispatches = passes.map(({ program, resources }) => {
    const bound: Record<string, BindingResource> = {};
    for (const { name, access } of program.bindings) {
      if (access === 'uniform' && resources[name] === undefined) continue;
      const buffer = resources[name] ?? name;
      if (!all[buffer]) {
        for (const made of own) made.destroy();
        throw new InputError({
          subject: program.name,
          got: `no buffer "${buffer}" for its binding "${name}"`,
          expected: `all of: ${[...new Set(passes.flatMap((pass) => Object.values(pass.resources)))].join(', ')}`,
          next: 'pass the buffer by that name',
        });
      }
      bound[name] = all[buffer]!;
    }
    return { program, resources: bound };
  });
  return {
    dispatches,
    buffers: all,
    destroy() {
      for (const buffer of own) buffer.destroy();
    },
  };
}
