// The generators over BigInt, written from the paper's text and from nothing else: slow, and without a single 32-bit trick.
const WORD = 0xffffffffn;

/** Threefry2x32-20 with the key schedule spelled out: k0, k1, k0 ^ k1 ^ C. */
export function threefryOracle(key: readonly number[], counter: readonly number[]): number[] {
  const k = key.map(BigInt);
  k.push(0x1bd11bdan ^ k[0]! ^ k[1]!);
  const rotations = [13n, 15n, 26n, 6n, 17n, 29n, 16n, 24n];
  let a = (BigInt(counter[0]!) + k[0]!) & WORD;
  let b = (BigInt(counter[1]!) + k[1]!) & WORD;
  for (let round = 1; round <= 20; round++) {
    const r = rotations[(round - 1) % 8]!;
    a = (a + b) & WORD;
    b = (((b << r) & WORD) | (b >> (32n - r))) ^ a;
    if (round % 4 !== 0) continue;
    const injection = round / 4;
    a = (a + k[injection % 3]!) & WORD;
    b = (b + k[(injection + 1) % 3]! + BigInt(injection)) & WORD;
  }
  return [Number(a), Number(b)];
}

/** Philox4x32-10: (L0, R0, L1, R1) of the paper's figure as words 1, 0, 3, 2 of the counter. */
export function philoxOracle(key: readonly number[], counter: readonly number[]): number[] {
  let [r0, l0, r1, l1] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  let [k0, k1] = key.map(BigInt) as [bigint, bigint];
  for (let round = 0; round < 10; round++) {
    const p0 = r0 * 0xd2511f53n;
    const p1 = r1 * 0xcd9e8d57n;
    [r0, l0, r1, l1] = [(p1 >> 32n) ^ l0 ^ k0, p1 & WORD, (p0 >> 32n) ^ l1 ^ k1, p0 & WORD];
    k0 = (k0 + 0x9e3779b9n) & WORD;
    k1 = (k1 + 0xbb67ae85n) & WORD;
  }
  return [r0, l0, r1, l1].map(Number);
}

/** PCG's hash of one word (RXS-M-XS 32/32 after one step). */
export function pcgOracle(word: number): number {
  const state = (BigInt(word) * 747796405n + 2891336453n) & WORD;
  const mixed = (((state >> ((state >> 28n) + 4n)) ^ state) * 277803737n) & WORD;
  return Number((mixed >> 22n) ^ mixed);
}
