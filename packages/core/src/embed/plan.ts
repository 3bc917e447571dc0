import type { Pass, Passes } from '../passes.js';
import type { Program } from '../program.js';
import type { DType, Shape } from '../shape.js';

/** Bytes `offset` .. `offset + size` of a buffer, as a bind group takes them. */
export interface Region {
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly size: number;
}

/**
 * A whole buffer, or bytes of one: `offset` a multiple of the device's `minStorageBufferOffsetAlignment` (256 at most), 0 by default; `size` up to
 * the end of the buffer by default.
 */
export type BufferRegion = GPUBuffer | { readonly buffer: GPUBuffer; readonly offset?: number; readonly size?: number };

/** A buffer that the caller gives; it needs the usage STORAGE. */
export interface TensorSpec {
  readonly name: string;
  /** Bytes that are bound, over all models and parts: a multiple of 4. */
  readonly bytes: number;
  readonly access: 'read' | 'read_write';
  readonly dtype: DType;
  /** Of one model and one part. */
  readonly shape: Shape;
}

/** Dispatches as plain data, what the caller binds, and in `buffers` what is made for him unless he binds it too: scratch and constants. */
export interface Plan extends Passes {
  readonly tensors: readonly TensorSpec[];
}

/** A plan and the caller's buffers by name. Names that the plan does not have are ignored. */
export interface Task {
  readonly plan: Plan;
  readonly buffers: Readonly<Record<string, BufferRegion>>;
}

/** The buffer that a pass binds under a binding's name. */
export const bufferOf = ({ resources }: Pass, binding: string): string => resources[binding] ?? binding;

/** Whether a binding is the uniform block that the program itself fills. */
export const isParams = (program: Program, binding: { readonly name: string; readonly access: string }): boolean =>
  binding.access === 'uniform' && binding.name === 'params' && program.params !== undefined;

/** How a list of passes uses a buffer; undefined where none binds it. */
export function accessOf(passes: readonly Pass[], buffer: string): 'read' | 'read_write' | undefined {
  let found: 'read' | 'read_write' | undefined;
  for (const pass of passes) {
    for (const { name, access } of pass.program.bindings) {
      if (access === 'uniform' || bufferOf(pass, name) !== buffer) continue;
      if (access === 'read_write') return access;
      found = access;
    }
  }
  return found;
}

const letters: Readonly<Record<string, DType>> = { f: 'f32', i: 'i32', u: 'u32', h: 'f16' };

/** Type of the scalars that a storage binding of a program holds, read off the WGSL: atomics and vectors count as their scalars. */
export function bindingType(program: Program, binding: string): DType {
  const text = program.sources.at(-1)?.text ?? '';
  const type = new RegExp(`var<storage[^>]*>\\s*${binding}\\s*:\\s*(?:array|atomic)<([^;]*)`).exec(text)?.[1] ?? '';
  const scalar = /\b(f32|i32|u32|f16)\b/.exec(type)?.[1];
  return (scalar as DType | undefined) ?? letters[/\bvec\d([fiuh])\b/.exec(type)?.[1] ?? 'f'] ?? 'f32';
}
