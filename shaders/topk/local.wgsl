// Steps of a bitonic sort that stay within 1,024 neighbouring pairs (key, index): stages k = k_first, 2·k_first … k_last (runs of k become sorted),
// each with distances from min(k/2, 512) down to 1. Pairs are compared by key, then index, which makes the sort stable. Rows of `padded` pairs;
// every second run descends, except in the last stage of a row. keys, order [M,size]. A workgroup owns 1,024 pairs, an invocation compares
// two couples a step. Source: Batcher, "Sorting networks and their applications", 1968.

struct Params { size: u32, padded: u32, k_first: u32, k_last: u32, keys_model: u32, order_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> keys: array<u32>;
@group(0) @binding(2) var<storage, read_write> order: array<u32>;

var<workgroup> key: array<u32, 1024>;
var<workgroup> index: array<u32, 1024>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let first = (wid.y * count.x + wid.x) * 1024u;
  for (var t = lid; t < 1024u && first + t < g.size; t += 256u) {
    key[t] = keys[wid.z * g.keys_model + first + t];
    index[t] = order[wid.z * g.order_model + first + t];
  }
  workgroupBarrier();
  for (var k = g.k_first; k <= g.k_last; k *= 2u) {
    for (var j = min(k / 2u, 512u); j > 0u; j /= 2u) {
      for (var t = lid; t < 512u; t += 256u) {
        let low = 2u * j * (t / j) + t % j;
        let high = low + j;
        let descends = (((first + low) & (g.padded - 1u)) & k) != 0u;
        let later = key[low] > key[high] || (key[low] == key[high] && index[low] > index[high]);
        if (first + high < g.size && later != descends) {
          let other = key[low];
          key[low] = key[high];
          key[high] = other;
          let place = index[low];
          index[low] = index[high];
          index[high] = place;
        }
      }
      workgroupBarrier();
    }
  }
  for (var t = lid; t < 1024u && first + t < g.size; t += 256u) {
    keys[wid.z * g.keys_model + first + t] = key[t];
    order[wid.z * g.order_model + first + t] = index[t];
  }
}
