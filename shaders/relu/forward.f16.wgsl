// relu on f16 storage: y = x where x > 0, else 0; NaN stays NaN. x, y [M, size]. One invocation owns one element.

enable f16;

struct Params { size: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read_write> y: array<f16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.size) { return; }
  let value = x[wid.z * params.x_model + i];
  // A comparison, not max(): max(NaN, 0) is 0 on software adapters and would hide a NaN.
  y[wid.z * params.y_model + i] = select(value, 0.0h, value < 0.0h);
}
