// batchnorm input gradient with running statistics: dx = dy · weight · inverse. dy, dx [M,N,C,inner], weight [M,C], stats [M,C,2] = mean, inverse.
// One invocation owns one element.

struct Params { size: u32, c: u32, inner: u32, dy_model: u32, weight_model: u32, stats_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> stats: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let c = (i / g.inner) % g.c;
  let inverse = stats[wid.z * g.stats_model + 2u * c + 1u];
  dx[wid.z * g.dx_model + i] = dy[wid.z * g.dy_model + i] * (weight[wid.z * g.weight_model + c] * inverse);
}
