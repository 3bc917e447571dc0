// From random words to distributions: what a kernel makes of the words that random/threefry or random/philox give it.
// Integers are bit-exact with packages/core/src/random/distributions.ts on every adapter. Normals, over 2^19 pairs of words: at most 1.6e-7 of
// the radius from f64; lavapipe, SwiftShader and the CPU twin agree in every bit (an adapter that fuses multiply-adds may differ in the last).
// Library: functions only. Own polynomials (minimax fits over the reduced ranges), as WGSL promises log, sin and cos to 2^-11 only.

// Uniform in (0, 1), never 0 and never 1: for logarithms.
fn open_float(word: u32) -> f32 {
  return f32(1u | (word >> 8u)) * 5.9604644775390625e-8;
}

// True with probability threshold / 2^32; 0xffffffff stands for p = 1, which no 32-bit threshold reaches otherwise.
fn bernoulli(word: u32, threshold: u32) -> bool {
  return word < threshold || threshold == 0xffffffffu;
}

// -log(u) for u = (1 | word >> 8)·2^-24, relative error 1.1e-7. The reduction u = 2^k·(1 + t), √½ <= 1 + t < √2, is exact.
fn minus_log_open(word: u32) -> f32 {
  let m = 1u | (word >> 8u);
  let zeros = countLeadingZeros(m) - 8u;
  let significand = m << zeros;
  let upper = significand >= 0xb504f4u;
  let one = select(0x800000u, 0x1000000u, upper);
  let t = f32(i32(significand) - i32(one)) * select(1.1920928955078125e-7, 5.9604644775390625e-8, upper);
  let k = f32(zeros + select(1u, 0u, upper));
  var p = -7.634497433900833e-2 * t + 1.276157796382904e-1;
  p = p * t - 1.3160182535648346e-1;
  p = p * t + 1.4201757311820984e-1;
  p = p * t - 1.6623356938362122e-1;
  p = p * t + 2.0001226663589478e-1;
  p = p * t - 2.500081956386566e-1;
  p = p * t + 3.333333134651184e-1;
  // ln 2 in two parts: k times the first is exact.
  let z = t * t;
  return k * 0.693359375 - (t + (p * t * z + (k * 2.12194440e-4 - 0.5 * z)));
}

// (cos, sin) of the angle 2π·(p + ½)/2^24, p = word >> 8. The half step makes the angles symmetric, so that both have mean 0 exactly.
fn cos_sin_turn(word: u32) -> vec2f {
  let p = word >> 8u;
  let quarter = (p + 0x200000u) >> 22u;
  let s = f32(2 * (i32(p) - i32(quarter << 22u)) + 1) * 1.1920928955078125e-7;
  let z = s * s;
  let sine = s * (((-4.601658787578344e-3 * z + 7.968003302812576e-2) * z - 6.459634900093079e-1) * z + 1.5707963705062866);
  let cosine = (((9.037661948241293e-4 * z - 2.086016535758972e-2) * z + 2.5366923213005066e-1) * z - 1.2337005138397217) * z + 1.0;
  let rotated = select(vec2f(cosine, sine), vec2f(-sine, cosine), (quarter & 1u) == 1u);
  return select(rotated, -rotated, (quarter & 2u) == 2u);
}

// Two independent standard normals by Box and Muller. |value| <= 5.768: beyond that lie 8e-9 of a true normal.
fn normal_pair(word_a: u32, word_b: u32) -> vec2f {
  return sqrt(2.0 * minus_log_open(word_a)) * cos_sin_turn(word_b);
}

// One standard normal: the first of the pair.
fn normal_from(word_a: u32, word_b: u32) -> f32 {
  return normal_pair(word_a, word_b).x;
}

// The exponent field of a weight that counts, 0 for one that does not: negative, NaN, infinite, zero or denormal (some adapters flush those).
fn weight_exponent(weight_bits: u32) -> u32 {
  let exponent = weight_bits >> 23u;
  return select(0u, exponent, exponent < 255u);
}

// A weight as a whole number, scaled by the power of two that takes the largest weight of its row into [2^23, 2^24), rounded half up.
// max_exponent: the largest weight_exponent of the row; where it is 0 every weight becomes 0, which stands for uniform.
// A row of up to 256 weights then adds up to less than 2^32.
fn quantise_weight(weight_bits: u32, max_exponent: u32) -> u32 {
  let exponent = weight_exponent(weight_bits);
  let shift = max_exponent - exponent;
  if (exponent == 0u || shift > 24u) { return 0u; }
  let significand = (weight_bits & 0x7fffffu) | 0x800000u;
  return (significand + ((1u << shift) >> 1u)) >> shift;
}
