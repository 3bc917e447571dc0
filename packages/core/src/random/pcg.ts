/**
 * One 32-bit word hashed to another, a bijection: one step of a 32-bit linear congruential generator and PCG's RXS-M-XS output (O'Neill,
 * 2014). For texture noise only. The CPU twin of `shaders/random/pcg.wgsl`.
 */
export function pcgHash(word: number): number {
  const state = (Math.imul(word, 747_796_405) + 2_891_336_453) >>> 0;
  const mixed = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277_803_737) >>> 0;
  return ((mixed >>> 22) ^ mixed) >>> 0;
}

/** Three words of a lattice point hashed to three (Jarzynski and Olano, JCGT 9(3), 2020), a bijection. The low bits are the weaker ones. */
export function pcg3d(x: number, y: number, z: number): [number, number, number] {
  let [a, b, c] = [x, y, z].map((word) => (Math.imul(word, 1_664_525) + 1_013_904_223) | 0) as [number, number, number];
  const stir = (): void => {
    a = (a + Math.imul(b, c)) | 0;
    b = (b + Math.imul(c, a)) | 0;
    c = (c + Math.imul(a, b)) | 0;
  };
  stir();
  a ^= a >>> 16;
  b ^= b >>> 16;
  c ^= c >>> 16;
  stir();
  return [a >>> 0, b >>> 0, c >>> 0];
}
