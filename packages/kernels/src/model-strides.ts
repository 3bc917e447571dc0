import type { LowerContext } from './op.js';

/** The `<name>_model` fields that every kernel has: elements from one model's block to the next, 0 for a missing optional tensor. */
export function modelStrides(context: LowerContext, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map((name) => [`${name}_model`, context.tensors[name]?.modelStride ?? 0]));
}
