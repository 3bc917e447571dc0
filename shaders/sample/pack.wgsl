// Packs pixels as bytes, 4 a word, lowest byte first: byte i of words = round(255·clamp(x[i], 0, 1)), halves to even. The last word is padded with zeros.
// x [n] f32, words [ceil(n/4)] u32. Multiplication and rounding are exact in WGSL, so every adapter gives the same bytes.
// One invocation owns every (workgroups·workgroup_size)-th word.

override workgroup_size = 64u;

struct Params { n: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> words: array<u32>;

fn byte_of(value: f32) -> u32 {
  return u32(round(255.0 * clamp(value, 0.0, 1.0)));
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let stride = groups.x * groups.y * workgroup_size;
  let whole = params.n / 4u;
  for (var w = (wid.y * groups.x + wid.x) * workgroup_size + lane; w < whole; w += stride) {
    let i = 4u * w;
    words[w] = byte_of(x[i]) | (byte_of(x[i + 1u]) << 8u) | (byte_of(x[i + 2u]) << 16u) | (byte_of(x[i + 3u]) << 24u);
  }
  // The word that is not full, if there is one, by the very first invocation.
  if (wid.x + wid.y + lane == 0u && 4u * whole < params.n) {
    var word = 0u;
    for (var i = 4u * whole; i < params.n; i++) {
      word |= byte_of(x[i]) << (8u * (i & 3u));
    }
    words[whole] = word;
  }
}
