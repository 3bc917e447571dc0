// batchnorm by running statistics: y = (x − running_mean)/√(running_var + eps) · weight + bias; stats[c] = running_mean, 1/√(running_var + eps).
// x, y [M,N,C,inner], stats [M,C,2], the others [M,C]. One invocation owns one element; those below C also write a channel's stats.

struct Params {
  size: u32, c: u32, inner: u32, eps: f32,
  x_model: u32, weight_model: u32, bias_model: u32, running_mean_model: u32, running_var_model: u32, y_model: u32, stats_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> running_mean: array<f32>;
@group(0) @binding(5) var<storage, read> running_var: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> stats: array<f32>;

fn inverse_of(variance: f32) -> f32 {
  // NaN, or the root of a negative number, by its bits: what sqrt makes of them is up to the adapter.
  let invalid = (bitcast<u32>(variance) & 0x7fffffffu) > 0x7f800000u || variance < 0.0;
  return 1.0 / sqrt(variance) + bitcast<f32>(select(0u, 0x7fc00000u, invalid));
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let c = (i / g.inner) % g.c;
  let inverse = inverse_of(running_var[wid.z * g.running_var_model + c] + g.eps);
  let normal = (x[wid.z * g.x_model + i] - running_mean[wid.z * g.running_mean_model + c]) * inverse;
  y[wid.z * g.y_model + i] = normal * weight[wid.z * g.weight_model + c] + bias[wid.z * g.bias_model + c];
  if (i >= g.c) { return; }
  stats[wid.z * g.stats_model + 2u * i] = running_mean[wid.z * g.running_mean_model + i];
  stats[wid.z * g.stats_model + 2u * i + 1u] = inverse_of(running_var[wid.z * g.running_var_model + i] + g.eps);
}
