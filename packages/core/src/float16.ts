/** Bits of the f16 nearest to a number, ties to even: beyond ±65504 (from 65520 on) infinite, below 2⁻¹⁴ in steps of 2⁻²⁴. */
function bitsOf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= 65520) return sign | 0x7c00;
  let exponent = -14;
  while (size >= 2 ** (exponent + 1)) exponent++;
  const steps = size / 2 ** (exponent - 10);
  const below = Math.floor(steps);
  const up = steps - below > 0.5 || (steps - below === 0.5 && below % 2 === 1) ? 1 : 0;
  // A subnormal counts its steps; a normal number has 1024 to 2047 of them, the first 1024 of which stand for one in the exponent.
  return sign | ((exponent + 14) * 1024 + below + up);
}

/** Numbers as f16 bits, each rounded to the nearest (ties to even): what a buffer of dtype f16 holds. */
export const encodeF16 = (values: ArrayLike<number>): Uint16Array<ArrayBuffer> => Uint16Array.from(values, bitsOf);

/** The numbers behind f16 bits, exactly. */
export const decodeF16 = (bits: Uint16Array): Float32Array<ArrayBuffer> =>
  Float32Array.from(bits, (half) => {
    const sign = half & 0x8000 ? -1 : 1;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
    return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
  });
