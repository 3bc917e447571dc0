// Threefry2x32-20 and the keys and draws that Kindling derives from it; bit-exact with packages/core/src/random/threefry.ts.
// Library: functions only. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

const STREAM_IMAGE = 0u;
const STREAM_LABEL = 1u;
const STREAM_AUGMENTATION = 2u;
const STREAM_INITIALISATION = 3u;
const STREAM_SHUFFLE = 4u;
const STREAM_SELECTION = 5u;
const STREAM_DROPOUT = 6u;
const STREAM_MIXTURE = 7u;

fn threefry_round(x: vec2u, rotation: u32) -> vec2u {
  let sum = x.x + x.y;
  return vec2u(sum, ((x.y << rotation) | (x.y >> (32u - rotation))) ^ sum);
}

fn threefry_rounds_even(x: vec2u) -> vec2u {
  return threefry_round(threefry_round(threefry_round(threefry_round(x, 13u), 15u), 26u), 6u);
}

fn threefry_rounds_odd(x: vec2u) -> vec2u {
  return threefry_round(threefry_round(threefry_round(threefry_round(x, 17u), 29u), 16u), 24u);
}

fn threefry2x32(key: vec2u, counter: vec2u) -> vec2u {
  let k2 = 0x1bd11bdau ^ key.x ^ key.y;
  var x = counter + key;
  x = threefry_rounds_even(x) + vec2u(key.y, k2 + 1u);
  x = threefry_rounds_odd(x) + vec2u(k2, key.x + 2u);
  x = threefry_rounds_even(x) + vec2u(key.x, key.y + 3u);
  x = threefry_rounds_odd(x) + vec2u(key.y, k2 + 4u);
  x = threefry_rounds_even(x) + vec2u(k2, key.x + 5u);
  return x;
}

// TF(TF(TF([0, seed], [0, stream]), [0, step]), [0, index_high])
fn sample_key(seed: u32, stream: u32, step: u32, index_high: u32) -> vec2u {
  let tagged = threefry2x32(vec2u(0u, seed), vec2u(0u, stream));
  return threefry2x32(threefry2x32(tagged, vec2u(0u, step)), vec2u(0u, index_high));
}

// Both words of call `draw div 2`: draw numbers 2·call and 2·call + 1 of one sample.
fn draw_pair(key: vec2u, index_low: u32, attempt: u32, call: u32) -> vec2u {
  return threefry2x32(key, vec2u(index_low, (attempt << 24u) | call));
}

// Random word number `draw` of one sample; a rejected word is drawn again with the next attempt, 0 .. 255.
fn draw_word(key: vec2u, index_low: u32, attempt: u32, draw: u32) -> u32 {
  let pair = draw_pair(key, index_low, attempt, draw >> 1u);
  return select(pair.x, pair.y, (draw & 1u) == 1u);
}

// The upper word of a·b, by 16-bit halves: WGSL has no wide product. The middle sum carries at most two bits into its upper half.
fn mulhi(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let left = (a >> 16u) * (b & 0xffffu);
  let right = (a & 0xffffu) * (b >> 16u);
  let middle = (low >> 16u) + (left & 0xffffu) + (right & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u) + (middle >> 16u);
}

// A whole number in 0 .. n-1, each equally likely: Lemire's multiply-high with rejection. n = 0 gives 0.
fn draw_below(key: vec2u, index_low: u32, draw: u32, n: u32) -> u32 {
  var word = draw_word(key, index_low, 0u, draw);
  // The division runs only where a rejection is possible at all, with probability n / 2^32.
  if (word * n < n) {
    let rejected = (0u - n) % n;
    for (var attempt = 1u; word * n < rejected && attempt < 256u; attempt++) {
      word = draw_word(key, index_low, attempt, draw);
    }
  }
  return mulhi(word, n);
}

// The index first + offset as (low word, high word), where first has two words.
fn sample_index(first_low: u32, first_high: u32, offset: u32) -> vec2u {
  let low = first_low + offset;
  return vec2u(low, first_high + select(0u, 1u, low < first_low));
}

// Uniform in [0, 1): the top 24 bits are exact in f32, and the result is never 1.
fn unit_float(word: u32) -> f32 {
  return f32(word >> 8u) * 5.9604644775390625e-8;
}
