// One step of a bitonic sort over a distance j ≥ 1,024: pairs (key, index) at i and i + j change places where they stand in the wrong order for
// their run of k. Order, runs and rows as in topk/local.wgsl. keys, order [M,size]. One invocation owns one couple.

struct Params { couples: u32, padded: u32, k: u32, j: u32, keys_model: u32, order_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let t = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (t >= g.couples) { return; }
  let low = 2u * g.j * (t / g.j) + t % g.j;
  let descends = ((low & (g.padded - 1u)) & g.k) != 0u;
  let key_low = wid.z * g.keys_model + low;
  let order_low = wid.z * g.order_model + low;
  let a = keys[key_low];
  let b = keys[key_low + g.j];
  let place_a = order[order_low];
  let place_b = order[order_low + g.j];
  if ((a > b || (a == b && place_a > place_b)) == descends) { return; }
  keys[key_low] = b;
  keys[key_low + g.j] = a;
  order[order_low] = place_b;
  order[order_low + g.j] = place_a;
}
