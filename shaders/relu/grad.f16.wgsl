// relu gradient on f16 storage: dx = dy where y > 0, else 0 (PyTorch's choice at 0). y, dy, dx [M, size]. One invocation owns one element.

enable f16;

struct Params { size: u32, y_model: u32, dy_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f16>;
@group(0) @binding(2) var<storage, read> dy: array<f16>;
@group(0) @binding(3) var<storage, read_write> dx: array<f16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= params.size) { return; }
  dx[wid.z * params.dx_model + i] = select(dy[wid.z * params.dy_model + i], 0.0h, y[wid.z * params.y_model + i] <= 0.0h);
}
