// cast to f32: y = x, exactly. x f16, y f32 [M, size]. A workgroup owns 1024 elements, an invocation every 64th of them: to_f16.wgsl says why.

enable f16;

struct Params { size: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let first = (wid.y * count.x + wid.x) * 1024u;
  for (var i = first + lid; i < min(first + 1024u, params.size); i += 64u) {
    y[wid.z * params.y_model + i] = f32(x[wid.z * params.x_model + i]);
  }
}
