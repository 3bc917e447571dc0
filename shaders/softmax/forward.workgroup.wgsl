// softmax and log_softmax over long rows: as softmax/forward.serial.wgsl. Invocation l takes i = l, l + 64 …, then trees for maximum and sum.
// One workgroup owns one row. Library: unary/math.

override kind = 0u;

struct Params { rows: u32, n: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> partial: array<f32, 64>;

fn larger(a: f32, b: f32) -> f32 {
  if (!is_nan(a) && (is_nan(b) || b > a)) { return b; }
  return a;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let row = wid.y * count.x + wid.x;
  let g = params;
  if (row >= g.rows) { return; }
  let from_x = wid.z * g.x_model + row * g.n;
  let to_y = wid.z * g.y_model + row * g.n;
  // Invocations beyond the end look at element 0 again, which does no harm.
  var most = x[from_x + select(0u, lid, lid < g.n)];
  for (var i = lid + 64u; i < g.n; i += 64u) { most = larger(most, x[from_x + i]); }
  partial[lid] = most;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] = larger(partial[lid], partial[lid + half]); }
    workgroupBarrier();
  }
  let largest = partial[0];
  workgroupBarrier();
  let invalid = (bitcast<u32>(largest) & 0x7fffffffu) >= 0x7f800000u;
  var sum = 0.0;
  for (var i = lid; i < g.n; i += 64u) { sum += exp_f32(x[from_x + i] - largest); }
  partial[lid] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  let total = partial[0];
  let log_total = log_f32(total);
  for (var i = lid; i < g.n; i += 64u) {
    let shifted = x[from_x + i] - largest;
    let value = select(exp_f32(shifted) / total, shifted - log_total, kind == 1u);
    y[to_y + i] = select(value, special(0x7fc00000u), invalid);
  }
}
