// global_avg_pool: y[n,c] = Σ_h,w x[n,c,h,w] / (H·W), in order. x [M,N,C,inner], y [M,N,C]. One invocation owns one plane.

struct Params { planes: u32, inner: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.planes) { return; }
  var sum = 0.0;
  for (var j = 0u; j < params.inner; j++) { sum += x[wid.z * params.x_model + i * params.inner + j]; }
  y[wid.z * params.y_model + i] = sum / f32(params.inner);
}
