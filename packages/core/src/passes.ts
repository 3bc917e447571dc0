import type { Program } from './program.js';

/** A buffer that a list of passes needs for itself. */
export interface BufferSpec {
  readonly name: string;
  /** Bytes, a multiple of 4. */
  readonly bytes: number;
  /** Contents that never change, to upload once when the buffer is made; without them it starts as zeros. */
  readonly data?: Uint8Array<ArrayBuffer>;
}

/** One dispatch and, for each of its bindings, the name of the buffer bound there. A binding that is not listed binds the buffer of its own name. */
export interface Pass {
  readonly program: Program;
  readonly resources: Readonly<Record<string, string>>;
}

/**
 * Several dispatches in order and the buffers between them, as plain data: everything a host needs to allocate and encode them.
 * Names that stand in no `buffers` entry belong to the caller.
 */
export interface Passes {
  readonly passes: readonly Pass[];
  readonly buffers: readonly BufferSpec[];
}
