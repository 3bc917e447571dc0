/** One half of a data set: images [N, C, H, W] as u8 (0 black … 255), and one class a label. */
export interface Split {
  /** N, the number of items. */
  readonly count: number;
  /** N·C·H·W bytes, row-major. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** N bytes, each 0 .. classes − 1. */
  readonly labels: Uint8Array<ArrayBuffer>;
}

/** A classified image data set in memory. */
export interface NaturalData {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** What each class shows, by label, where it is known. */
  readonly classNames?: readonly string[];
  readonly train: Split;
  readonly test: Split;
}

/**
 * Where natural training batches come from. Every kind serves the same samples for the same (seed, step, batch), as `batchIndices` says:
 * - `disk` reads, decodes and shuffles each batch on the host; the caller uploads it.
 * - `resident` lies on the GPU whole, as u8; `gatherProgram` picks, shuffles and decodes there, and nothing crosses from the host.
 */
export interface NaturalSource {
  readonly kind: 'disk' | 'resident';
  readonly name: string;
  /** Items in the training split, n. */
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

/** Training data that is read from files, batch by batch. */
export interface DiskSource extends NaturalSource {
  readonly kind: 'disk';
  /** What really happens per batch, in words for a run record, e.g. `reads … per batch` or `decompressed into memory once`. */
  readonly how: string;
  /** Bytes of image data read from files so far. */
  readonly bytesRead: number;
  /**
   * Fills one batch of natural step `step` (0-based): images to f32 in [0, 1], the caller uploads.
   * @param x [B, C, H, W]; @param y [B] classes; B is `y.length`
   * @throws InputError when `x` does not fit `y`, or a file has become shorter since it was opened.
   */
  fill(seed: number, step: number, x: Float32Array, y: Int32Array | Uint32Array): void;
  /** Closes the files; `fill` fails afterwards. */
  close(): void;
}

/** Training data to upload once, for `gatherProgram`. */
export interface ResidentSource extends NaturalSource {
  readonly kind: 'resident';
  /** Images as u8, 4 a word, lowest byte first, the last word padded with zeros: the contents of a GPU buffer. */
  readonly images: Uint32Array<ArrayBuffer>;
  /** Labels, packed in the same way. */
  readonly labels: Uint32Array<ArrayBuffer>;
}
