// batchnorm by the batch's statistics: y = (x − mean) · inverse · weight + bias. x, y [M,N,C,inner], weight, bias [M,C], stats [M,C,2] = mean, inverse.
// One invocation owns one element.

struct Params { size: u32, c: u32, inner: u32, x_model: u32, weight_model: u32, bias_model: u32, stats_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let c = (i / g.inner) % g.c;
  let stats_at = wid.z * g.stats_model + 2u * c;
  let normal = (x[wid.z * g.x_model + i] - stats[stats_at]) * stats[stats_at + 1u];
  y[wid.z * g.y_model + i] = normal * weight[wid.z * g.weight_model + c] + bias[wid.z * g.bias_model + c];
}
