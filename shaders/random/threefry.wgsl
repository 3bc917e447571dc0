// Threefry2x32-20 and the keys and draws that Kindling derives from it; bit-exact with packages/core/src/random/threefry.ts.
// Library: functions only. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

const STREAM_IMAGE = 0u;
const STREAM_LABEL = 1u;
const STREAM_AUGMENTATION = 2u;
const STREAM_INITIALISATION = 3u;
const STREAM_SHUFFLE = 4u;
const STREAM_SELECTION = 5u;
const STREAM_DROPOUT = 6u;

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

// The index first + offset as (low word, high word), where first has two words.
fn sample_index(first_low: u32, first_high: u32, offset: u32) -> vec2u {
  let low = first_low + offset;
  return vec2u(low, first_high + select(0u, 1u, low < first_low));
}

// Uniform in [0, 1): the top 24 bits are exact in f32, and the result is never 1.
fn unit_float(word: u32) -> f32 {
  return f32(word >> 8u) * 5.9604644775390625e-8;
}
