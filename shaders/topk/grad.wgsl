// Gradient of topk: dx[r,i] = dy[r,j] where index[r,j] = i, else 0. dy, index [M,rows,take], dx [M,rows,n].
// One invocation owns one dx and looks for itself among the chosen, so that nothing is scattered.

struct Params { size: u32, n: u32, take: u32, dy_model: u32, index_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> index: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let chosen = (i / g.n) * g.take;
  var value = 0.0;
  for (var j = 0u; j < g.take; j++) {
    if (index[wid.z * g.index_model + chosen + j] == i % g.n) { value = dy[wid.z * g.dy_model + chosen + j]; }
  }
  dx[wid.z * g.dx_model + i] = value;
}
