// First step of a sort by the last axis: each row of n floats becomes `padded` (a power of two) pairs (key, index). Keys are u32 in the order of
// the floats, NaN above +∞ and −0 equal to 0; complemented for a descending sort; the padding sorts last. x [M,rows,n], keys, order
// [M,rows,padded]. One invocation owns one pair.

struct Params { size: u32, n: u32, padded: u32, descending: u32, x_model: u32, keys_model: u32, order_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> keys: array<u32>;
@group(0) @binding(3) var<storage, read_write> order: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let row = i / g.padded;
  let column = i % g.padded;
  var key = 0xffffffffu;
  if (column < g.n) {
    let bits = bitcast<u32>(x[wid.z * g.x_model + row * g.n + column]);
    let magnitude = bits & 0x7fffffffu;
    if (magnitude <= 0x7f800000u) {
      // Negative floats count down; both zeros are 0x80000000.
      key = select(0x80000000u + magnitude, 0x80000000u - magnitude, bits > 0x7fffffffu);
    }
    key = select(key, ~key, g.descending == 1u);
  }
  keys[wid.z * g.keys_model + i] = key;
  order[wid.z * g.order_model + i] = column;
}
