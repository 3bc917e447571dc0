// cast to f16: y = x rounded to the nearest f16, ±∞ from 65520 on; NaN stays NaN. x f32, y f16 [M, size].
// A workgroup owns 1024 elements, an invocation every 64th of them: on lavapipe that takes a quarter of the time of one element each.

enable f16;

struct Params { size: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.y * count.x + wid.x) * 1024u;
  for (var i = first + lid; i < min(first + 1024u, params.size); i += 64u) {
    y[wid.z * params.y_model + i] = f16(x[wid.z * params.x_model + i]);
  }
}
