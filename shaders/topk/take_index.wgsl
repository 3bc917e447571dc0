// Last step of argsort: index[r,i] = order[r,i] without the padding. order [M,rows,padded], index [M,rows,n]. One invocation owns one index.

struct Params { size: u32, n: u32, padded: u32, order_model: u32, index_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> index: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  index[wid.z * g.index_model + i] = order[wid.z * g.order_model + (i / g.n) * g.padded + i % g.n];
}
