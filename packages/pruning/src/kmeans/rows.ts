import { defineProgram, foldWorkgroups, InterruptedError, type Program } from '@kindling/core';
import type { Device } from '@kindling/device';
import text from '@kindling/shaders/dedup/nearest';

/** Rows of length 1 on the host. */
export interface UnitRows {
  /** [N, width], each row of length 1, or all zeros where it had no length. */
  readonly values: Float32Array;
  readonly count: number;
  readonly width: number;
}

/** Divides each row by its length, in f64. */
export function unitRows(values: ArrayLike<number>, count: number, width: number): UnitRows {
  const unit = new Float32Array(count * width);
  for (let n = 0; n < count; n++) {
    let squares = 0;
    for (let d = 0; d < width; d++) squares += values[n * width + d]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let d = 0; d < width; d++) unit[n * width + d] = values[n * width + d]! * scale;
  }
  return { values: unit, count, width };
}

/** Most bytes of a block of rows: well below the smallest limit on a binding, and large enough to fill a GPU. */
const BLOCK_BYTES = 32 * 2 ** 20;

/** Rows on the device, in blocks, so that a set may be larger than one binding. */
export class RowBlocks {
  readonly blocks: readonly { readonly buffer: GPUBuffer; readonly start: number; readonly count: number }[];
  /** vec4 a row. */
  readonly width: number;
  readonly count: number;

  /** @param order which rows, in which order; all of them by default */
  constructor(device: Device, rows: UnitRows, order?: ArrayLike<number>, blockBytes = BLOCK_BYTES) {
    this.width = Math.ceil(rows.width / 4);
    this.count = order?.length ?? rows.count;
    const size = Math.max(1, Math.floor(blockBytes / (16 * this.width)));
    const blocks = [];
    for (let start = 0; start < this.count; start += size) {
      const count = Math.min(size, this.count - start);
      const data = new Float32Array(count * this.width * 4);
      for (let i = 0; i < count; i++) {
        const row = order ? order[start + i]! : start + i;
        data.set(rows.values.subarray(row * rows.width, (row + 1) * rows.width), i * this.width * 4);
      }
      blocks.push({ buffer: device.upload('rows', data), start, count });
    }
    this.blocks = blocks;
  }

  destroy(): void {
    for (const { buffer } of this.blocks) buffer.destroy();
  }
}

/** What a search finds for each query: the greatest cosine, −2 where its range is empty, and whose it is (NONE where it is). */
export interface Nearest {
  readonly cosines: Float32Array<ArrayBuffer>;
  readonly places: Uint32Array<ArrayBuffer>;
}
export const NONE = 0xffffffff;
const NOTHING = -2;

/** One dispatch: `candidates` of them, numbered from `firstCandidate`, which lies in row `firstRow` of its block; `width` in vec4. */
interface SearchSizes {
  readonly queries: number;
  readonly width: number;
  readonly candidates: number;
  readonly firstCandidate: number;
  readonly firstRow: number;
}

/** The kernel: bindings queries [Q,W] and candidates [·,W] vec4f, ranges [Q] vec2u, best [Q] f32, winner [Q] u32. */
export const nearestRowProgram = (sizes: SearchSizes, lanes = 64): Program =>
  defineProgram({
    name: 'dedup/nearest',
    source: { path: 'dedup/nearest.wgsl', text },
    constants: { workgroup_size: lanes },
    params: {
      queries: sizes.queries,
      width: sizes.width,
      candidates: sizes.candidates,
      first_candidate: sizes.firstCandidate,
      first_row: sizes.firstRow,
    },
    workgroups: foldWorkgroups(Math.ceil(sizes.queries / (4 * lanes))),
  });

export interface SearchOptions {
  /** First and last-plus-one candidate of query q, as [first, last, first, last, …]; all candidates by default. */
  readonly ranges?: Uint32Array<ArrayBuffer>;
  /** Pairs of rows done, of all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Most products of vec4 in one dispatch: between two of them a Ctrl-C is heard, and a display may draw. */
const PRODUCTS = 2 ** 29;

/** For each query the candidate of the greatest cosine in its range, the first among equals; every product is made on the device. */
export async function nearestRows(
  device: Device,
  queries: RowBlocks,
  candidates: RowBlocks,
  options: SearchOptions = {},
): Promise<Nearest> {
  const { ranges, onProgress, signal } = options;
  const cosines = new Float32Array(queries.count).fill(NOTHING);
  const places = new Uint32Array(queries.count).fill(NONE);
  const lanes = device.traits.software ? 8 : 64;
  let done = 0;
  const total = queries.count * candidates.count;
  for (const { buffer, start, count } of queries.blocks) {
    const own =
      ranges?.slice(2 * start, 2 * (start + count)) ?? Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2) * candidates.count);
    let [first, last] = [candidates.count, 0];
    for (let i = 0; i < count; i++) {
      if (own[2 * i]! >= own[2 * i + 1]!) continue;
      first = Math.min(first, own[2 * i]!);
      last = Math.max(last, own[2 * i + 1]!);
    }
    const bound = {
      queries: buffer,
      ranges: device.upload('ranges', own),
      best: device.upload('best', new Float32Array(count).fill(NOTHING)),
      winner: device.upload('winner', new Uint32Array(count).fill(NONE)),
    };
    for (const block of candidates.blocks) {
      // Slices of a block: a dispatch of bounded length.
      const slice = Math.max(4, 4 * Math.floor(PRODUCTS / (count * candidates.width) / 4));
      for (let from = 0; from < block.count; from += slice) {
        const size = Math.min(slice, block.count - from);
        const at = block.start + from;
        done += count * size;
        if (at >= last || at + size <= first) continue;
        if (signal?.aborted) throw stopped();
        const sizes = { queries: count, width: candidates.width, candidates: size, firstCandidate: at, firstRow: from };
        device.run(nearestRowProgram(sizes, lanes), { ...bound, candidates: block.buffer });
        await device.wait();
        onProgress?.(done, total);
      }
    }
    cosines.set(await device.readF32(bound.best), start);
    places.set(await device.readU32(bound.winner), start);
    for (const temporary of [bound.ranges, bound.best, bound.winner]) temporary.destroy();
  }
  return { cosines, places };
}

export const stopped = (): InterruptedError =>
  new InterruptedError({
    subject: 'search for near rows',
    got: 'a stop',
    expected: 'to run to the end',
    next: 'run the command again: it begins anew',
  });
