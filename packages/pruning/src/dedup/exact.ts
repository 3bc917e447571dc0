/** 32-bit FNV-1a of the bytes of one item. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return hash >>> 0;
}

const equal = (a: Uint8Array, atA: number, b: Uint8Array, atB: number, size: number): boolean => {
  for (let i = 0; i < size; i++) if (a[atA + i] !== b[atB + i]) return false;
  return true;
};

/** Items of equal size, by their bytes: finds the first that equals another's. Hashes lead there, and bytes decide. */
export class ExactIndex {
  private readonly buckets = new Map<number, number[]>();

  constructor(
    private readonly bytes: Uint8Array,
    private readonly size: number,
  ) {}

  /** Number of the first item with these bytes, or −1. */
  find(bytes: Uint8Array, item: number): number {
    const start = item * this.size;
    const bucket = this.buckets.get(hashOf(bytes, start, start + this.size)) ?? [];
    return bucket.find((other) => equal(this.bytes, other * this.size, bytes, start, this.size)) ?? -1;
  }

  add(item: number): void {
    const start = item * this.size;
    const hash = hashOf(this.bytes, start, start + this.size);
    const bucket = this.buckets.get(hash);
    if (bucket) bucket.push(item);
    else this.buckets.set(hash, [item]);
  }
}

/** For each item the first earlier one of the same bytes, or −1. */
export function exactMatches(bytes: Uint8Array, count: number): { readonly matches: Int32Array<ArrayBuffer>; readonly index: ExactIndex } {
  const index = new ExactIndex(bytes, bytes.length / count);
  const matches = Int32Array.from({ length: count }, (_, item) => {
    const found = index.find(bytes, item);
    if (found === -1) index.add(item);
    return found;
  });
  return { matches, index };
}
