// layernorm: y = (x − mean)/√(var + eps) · weight + bias over the last axis, var biased. Ba, Kiros & Hinton 2016; torch.nn.functional.layer_norm.
// x, y [M,rows,C], weight, bias [M,C], stats [M,rows,2] = mean, 1/√(var + eps). A workgroup owns a row, an invocation every 64th element;
// sums run in a fixed order: 64 strided partial sums, then a tree. The deviations are summed in a pass of their own, which does not cancel.

struct Params { rows: u32, c: u32, eps: f32, x_model: u32, weight_model: u32, bias_model: u32, y_model: u32, stats_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> stats: array<f32>;

var<workgroup> partial: array<f32, 64>;

fn total(lid: u32, value: f32) -> f32 {
  workgroupBarrier();
  partial[lid] = value;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  return partial[0];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let row = wid.y * count.x + wid.x;
  if (row >= g.rows) { return; }
  let at = wid.z * g.x_model + row * g.c;
  var sum = 0.0;
  for (var i = lid; i < g.c; i += 64u) { sum += x[at + i]; }
  let mean = total(lid, sum) / f32(g.c);
  var squares = 0.0;
  for (var i = lid; i < g.c; i += 64u) {
    let deviation = x[at + i] - mean;
    squares += deviation * deviation;
  }
  let variance = total(lid, squares) / f32(g.c);
  // NaN by its bits: what sqrt makes of a NaN is up to the adapter.
  let poison = bitcast<f32>(select(0u, 0x7fc00000u, (bitcast<u32>(variance) & 0x7fffffffu) > 0x7f800000u));
  let inverse = 1.0 / sqrt(variance + g.eps) + poison;
  for (var i = lid; i < g.c; i += 64u) {
    let normal = (x[at + i] - mean) * inverse;
    y[wid.z * g.y_model + row * g.c + i] = normal * weight[wid.z * g.weight_model + i] + bias[wid.z * g.bias_model + i];
  }
  if (lid == 0u) {
    stats[wid.z * g.stats_model + 2u * row] = mean;
    stats[wid.z * g.stats_model + 2u * row + 1u] = inverse;
  }
}
