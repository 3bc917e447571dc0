// sum_parts: y[i] = Σ_part x[part, i], in order. x [M,parts,size], y [M,size]. One invocation owns one element.

struct Params { size: u32, parts: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.size) { return; }
  var sum = 0.0;
  for (var part = 0u; part < params.parts; part++) { sum += x[wid.z * params.x_model + part * params.size + i]; }
  y[wid.z * params.y_model + i] = sum;
}
