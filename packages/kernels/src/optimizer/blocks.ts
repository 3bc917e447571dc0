/** Elements of a block: the optimizer's unit of work, and the alignment of every parameter in the arena (256 bytes, WebGPU's offset rule). */
export const BLOCK = 64;

/** Where one parameter and its gradient lie: element offsets into the parameter arena and the gradient arena. */
export interface ArenaEntry {
  readonly offset: number;
  readonly size: number;
  readonly gradOffset: number;
  /** Elements from one model's gradient of this parameter to the next. */
  readonly gradStride: number;
  readonly parts: number;
}

/** u32 words of one row of the block table. */
export const BLOCK_WORDS = 5;

/** The table `blocks` that the optimizer's kernels read: five u32 a block of 64 parameters: grad, grad_model, parts, part_stride, valid. */
export function blockTable(entries: readonly ArenaEntry[]): Uint32Array<ArrayBuffer> {
  const rows: number[] = [];
  for (const { size, gradOffset, gradStride, parts } of entries) {
    for (let first = 0; first < size; first += BLOCK) rows.push(gradOffset + first, gradStride, parts, size, Math.min(BLOCK, size - first));
  }
  return Uint32Array.from(rows);
}
