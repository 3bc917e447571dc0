/** Elements of a block: the optimizer's unit of work, and the alignment of every parameter in the arena (256 bytes, WebGPU's offset rule). */
export const BLOCK = 64;

/** Where one parameter and its gradient lie: element offsets into the parameter arena and the gradient arena. */
export interface ArenaEntry {
  readonly offset: number;
  readonly size: number;
  readonly gradOffset: number;
  readonly parts: number;
}

/** The table `blocks` that the optimizer's kernels read: four u32 a block of 64 parameters: grad, parts, part_stride, valid. */
export function blockTable(entries: readonly ArenaEntry[]): Uint32Array<ArrayBuffer> {
  const rows: number[] = [];
  for (const { size, gradOffset, parts } of entries) {
    for (let first = 0; first < size; first += BLOCK) rows.push(gradOffset + first, parts, size, Math.min(BLOCK, size - first));
  }
  return Uint32Array.from(rows);
}
