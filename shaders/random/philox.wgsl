// Philox4x32-10 and the draws that Kindling would take from it; bit-exact with packages/core/src/random/philox.ts.
// Stands beside Threefry, the default, which needs no multiplications: WGSL has no wide product, so Philox builds 20 from 16-bit halves.
// Library: functions only. Source: Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011.

// (upper, lower) word of a·b.
fn philox_product(a: u32, b: u32) -> vec2u {
  let left = (a >> 16u) * (b & 0xffffu);
  let right = (a & 0xffffu) * (b >> 16u);
  let middle = (((a & 0xffffu) * (b & 0xffffu)) >> 16u) + (left & 0xffffu) + (right & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u) + (middle >> 16u), a * b);
}

fn philox4x32(key: vec2u, counter: vec4u) -> vec4u {
  var k = key;
  var x = counter;
  for (var round = 0u; round < 10u; round++) {
    let first = philox_product(0xd2511f53u, x.x);
    let second = philox_product(0xcd9e8d57u, x.z);
    x = vec4u(second.x ^ x.y ^ k.x, second.y, first.x ^ x.w ^ k.y, first.y);
    k += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return x;
}

// Four words of one sample, draw numbers 4·call .. 4·call + 3: the layout of draw_pair with the two further counter words at 0.
fn philox_draws(key: vec2u, index_low: u32, attempt: u32, call: u32) -> vec4u {
  return philox4x32(key, vec4u(index_low, (attempt << 24u) | call, 0u, 0u));
}
