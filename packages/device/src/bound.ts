import type { Access, Program } from '@kindling/core';

/** A range of a buffer behind one binding of a bind group. */
export interface BoundRange {
  readonly name: string;
  readonly access: Access;
  readonly buffer: GPUBuffer;
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/** What a bind group was made for. */
export interface BoundGroup {
  readonly program: Program;
  readonly ranges: readonly BoundRange[];
}

const groups = new WeakMap<GPUBindGroup, BoundGroup>();

/** The program and the ranges of a bind group that `Device.bindGroup` made; undefined for somebody else's. */
export const boundGroup = (group: GPUBindGroup): BoundGroup | undefined => groups.get(group);

/** @internal Called by `Device.bindGroup`; entries in binding order. */
export function rememberGroup(group: GPUBindGroup, program: Program, entries: readonly GPUBufferBinding[]): GPUBindGroup {
  const ranges = program.bindings.map(({ name, access }, i) => {
    const { buffer, offset = 0, size = buffer.size - offset } = entries[i]!;
    return { name, access, buffer, offset, size };
  });
  groups.set(group, { program, ranges });
  return group;
}
