// Last step of topk: y[r,j] = x[r, order[r,j]] and index[r,j] = order[r,j] for the first `take` places of each row.
// x [M,rows,n], order [M,rows,padded], y, index [M,rows,take]. One invocation owns one y.

struct Params { size: u32, n: u32, padded: u32, take: u32, x_model: u32, order_model: u32, y_model: u32, index_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> order: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> index: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let row = i / g.take;
  let place = order[wid.z * g.order_model + row * g.padded + i % g.take];
  y[wid.z * g.y_model + i] = x[wid.z * g.x_model + row * g.n + place];
  index[wid.z * g.index_model + i] = place;
}
