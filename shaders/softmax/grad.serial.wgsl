// Gradient of softmax over rows: dx = y·(dy − Σ dy·y); of log_softmax with kind 1: dx = dy − exp(y)·Σ dy. y, dy, dx [M,rows,n].
// One invocation owns one row. Library: unary/math.

override kind = 0u;

struct Params { rows: u32, n: u32, y_model: u32, dy_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (row >= g.rows) { return; }
  let from_y = wid.z * g.y_model + row * g.n;
  let from_dy = wid.z * g.dy_model + row * g.n;
  let to_dx = wid.z * g.dx_model + row * g.n;
  var total = 0.0;
  for (var i = 0u; i < g.n; i++) { total += dy[from_dy + i] * select(y[from_y + i], 1.0, kind == 1u); }
  for (var i = 0u; i < g.n; i++) {
    let d = dy[from_dy + i];
    let v = y[from_y + i];
    if (kind == 1u) { dx[to_dx + i] = d - exp_f32(v) * total; } else { dx[to_dx + i] = v * (d - total); }
  }
}
