// PCG hashes: one word, or three words of a lattice point, in about 8 operations a word. For texture noise only: labels, parameters and
// everything a run must be able to defend come from Threefry. Bit-exact with packages/core/src/random/pcg.ts. Library: functions only.
// Sources: O'Neill, "PCG", 2014 (RXS-M-XS 32/32); Jarzynski and Olano, "Hash functions for GPU rendering", JCGT 9(3), 2020.

// A bijection of 32 bits: one step of the generator from the state `word`, then its output.
fn pcg_hash(word: u32) -> u32 {
  let state = word * 747796405u + 2891336453u;
  let mixed = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
  return (mixed >> 22u) ^ mixed;
}

// Three words from three, a bijection of 96 bits. The low bits of each are the weaker ones: take the top 24 for floats.
fn pcg3d(point: vec3u) -> vec3u {
  var v = point * 1664525u + vec3u(1013904223u);
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  v ^= v >> vec3u(16u);
  v.x += v.y * v.z;
  v.y += v.z * v.x;
  v.z += v.x * v.y;
  return v;
}
