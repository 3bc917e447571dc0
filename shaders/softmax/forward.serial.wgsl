// softmax over rows: y[r,i] = exp(x[r,i] − max) / Σ exp(x − max); log_softmax with kind 1: y = x − max − log Σ. x, y [M,rows,n].
// A NaN or an infinite maximum makes its row NaN, as in PyTorch. One invocation owns one row. Library: unary/math.

override kind = 0u;

struct Params { rows: u32, n: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (row >= g.rows) { return; }
  let from_x = wid.z * g.x_model + row * g.n;
  let to_y = wid.z * g.y_model + row * g.n;
  var largest = x[from_x];
  for (var i = 1u; i < g.n; i++) {
    let v = x[from_x + i];
    if (!is_nan(largest) && (is_nan(v) || v > largest)) { largest = v; }
  }
  let invalid = (bitcast<u32>(largest) & 0x7fffffffu) >= 0x7f800000u;
  var total = 0.0;
  for (var i = 0u; i < g.n; i++) { total += exp_f32(x[from_x + i] - largest); }
  let log_total = log_f32(total);
  for (var i = 0u; i < g.n; i++) {
    let shifted = x[from_x + i] - largest;
    let value = select(exp_f32(shifted) / total, shifted - log_total, kind == 1u);
    y[to_y + i] = select(value, special(0x7fc00000u), invalid);
  }
}
