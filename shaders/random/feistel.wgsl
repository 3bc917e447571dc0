// A keyed permutation of 0 .. n-1: Feistel network of 10 rounds over an even number of bits, walked until it lands below n.
// The GPU twin of packages/core/src/random/feistel.ts, bit for bit: both use 32-bit integers only.
// Round function: the finaliser of MurmurHash3 (Appleby, public domain), twice, keyed by two words and the round.

fn feistel_mix(word: u32) -> u32 {
  var h = word;
  h = (h ^ (h >> 16u)) * 0x85ebca6bu;
  h = (h ^ (h >> 13u)) * 0xc2b2ae35u;
  return h ^ (h >> 16u);
}

// Entry i of the permutation. Needs n >= 1 and i < n: an i past the end could walk for ever.
fn feistel_permute(n: u32, key: vec2u, i: u32) -> u32 {
  let bits = max(1u, (33u - countLeadingZeros(n - 1u)) >> 1u);
  let mask = (1u << bits) - 1u;
  var x = i;
  loop {
    var left = x >> bits;
    var right = x & mask;
    for (var round = 0u; round < 10u; round++) {
      let word = feistel_mix(feistel_mix(right ^ (key.x + round * 0x9e3779b9u)) ^ key.y);
      let next = (left ^ word) & mask;
      left = right;
      right = next;
    }
    x = (left << bits) | right;
    if (x < n) {
      break;
    }
  }
  return x;
}
