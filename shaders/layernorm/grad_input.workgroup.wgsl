// layernorm input gradient: with n = (x − mean) · inverse and d = dy · weight, dx = inverse · (d − mean(d) − n · mean(d · n)), means over the row.
// dy, x, dx [M,rows,C], weight [M,C], stats [M,rows,2] = mean, inverse. A workgroup owns a row and sums in the order of layernorm/forward.workgroup.wgsl.

struct Params { rows: u32, c: u32, dy_model: u32, x_model: u32, weight_model: u32, stats_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;

var<workgroup> partial: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let row = wid.y * count.x + wid.x;
  if (row >= g.rows) { return; }
  let x_at = wid.z * g.x_model + row * g.c;
  let dy_at = wid.z * g.dy_model + row * g.c;
  let w_at = wid.z * g.weight_model;
  let mean = stats[wid.z * g.stats_model + 2u * row];
  let inverse = stats[wid.z * g.stats_model + 2u * row + 1u];
  // Σ d and Σ d · n.
  var sums = vec2f(0.0);
  for (var i = lid; i < g.c; i += 64u) {
    let d = dy[dy_at + i] * weight[w_at + i];
    sums += vec2f(d, d * (x[x_at + i] - mean) * inverse);
  }
  partial[lid] = sums;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  let means = partial[0] / f32(g.c);
  for (var i = lid; i < g.c; i += 64u) {
    let normal = (x[x_at + i] - mean) * inverse;
    dx[wid.z * g.dx_model + row * g.c + i] = inverse * (dy[dy_at + i] * weight[w_at + i] - means.x - normal * means.y);
  }
}
