/** What one worker renders of a range of indices: samples firstIndex, firstIndex + indexStep, …, `batch` of them. */
export interface Piece {
  readonly firstIndex: number;
  readonly indexStep: number;
  readonly batch: number;
}

/** Indices low .. high − 1 of a batch, and the pieces that make them up: piece i is that of worker (low + i) mod W, so that sample low + i begins it. */
export interface IndexRange {
  readonly low: number;
  readonly high: number;
  readonly pieces: readonly Piece[];
}

/**
 * Divides a batch into `split` parts of consecutive indices, each into ranges of at most `most` samples, and every range among `shards`
 * workers, of which worker w takes the indices ≡ w (mod W). Parts differ by one sample at most; where there are more parts or workers
 * than samples, some have nothing and are left out.
 */
export function* indexRanges(batch: number, split = 1, shards = 1, most = Infinity): Generator<IndexRange> {
  for (let part = 0; part < split; part++) {
    const end = Math.floor(((part + 1) * batch) / split);
    for (let low = Math.floor((part * batch) / split); low < end; low += most) {
      const high = Math.min(end, low + most);
      const pieces = Array.from({ length: Math.min(shards, high - low) }, (_, i) => ({
        firstIndex: low + i,
        indexStep: shards,
        batch: Math.ceil((high - low - i) / shards),
      }));
      yield { low, high, pieces };
    }
  }
}

/** Where sample `index` of a range stands: the piece, and its place in it. */
export function placeOf({ low, pieces }: IndexRange, index: number): { piece: number; at: number } {
  const offset = index - low;
  const { indexStep } = pieces[0]!;
  return { piece: offset % indexStep, at: Math.floor(offset / indexStep) };
}
