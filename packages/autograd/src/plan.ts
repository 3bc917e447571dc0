import { byteLength } from '@kindling/core';
import type { GraphNode, Storage, Tensor } from './graph.js';

/** Which buffer each intermediate takes; buffers are handed on as soon as nobody reads them any more. */
export interface MemoryPlan {
  /** Words (four bytes: one f32, two f16) of each shared buffer, for one model. */
  readonly slots: readonly number[];
  readonly slotOf: ReadonlyMap<number, number>;
  /** Words that the plan takes, and that one buffer a tensor would have taken. */
  readonly planned: number;
  readonly unplanned: number;
}

/**
 * Assigns intermediates to buffers by liveness: first fit by size over the buffers that are free when a tensor is made.
 * @param nodes in order; @param pinned storages that live elsewhere or outlive the step
 */
export function planMemory(nodes: readonly GraphNode[], pinned: ReadonlySet<number>): MemoryPlan {
  const lastUse = new Map<number, number>();
  nodes.forEach((node, index) => {
    for (const { storage } of [...Object.values(node.inputs), ...Object.values(node.outputs)]) lastUse.set(storage.id, index);
  });
  const slots: number[] = [];
  const free: number[] = [];
  const slotOf = new Map<number, number>();
  let unplanned = 0;

  const place = (storage: Storage): void => {
    if (storage.kind !== 'intermediate' || pinned.has(storage.id) || slotOf.has(storage.id)) return;
    const words = byteLength(storage.dtype, storage.size) / 4;
    unplanned += words;
    // The smallest free buffer that is large enough; else the largest free one grows; else a new one.
    const fitting = free.filter((slot) => slots[slot]! >= words).sort((a, b) => slots[a]! - slots[b]!);
    const slot = fitting[0] ?? [...free].sort((a, b) => slots[b]! - slots[a]!)[0] ?? slots.push(0) - 1;
    if (free.includes(slot)) free.splice(free.indexOf(slot), 1);
    slots[slot] = Math.max(slots[slot]!, words);
    slotOf.set(storage.id, slot);
  };

  nodes.forEach((node, index) => {
    for (const { storage } of Object.values(node.outputs)) place(storage);
    const touched = new Set([...Object.values(node.inputs), ...Object.values(node.outputs)].map((tensor: Tensor) => tensor.storage.id));
    for (const id of touched) {
      const slot = slotOf.get(id);
      if (slot !== undefined && lastUse.get(id) === index) free.push(slot);
    }
  });
  return { slots, slotOf, planned: slots.reduce((sum, size) => sum + size, 0), unplanned };
}
