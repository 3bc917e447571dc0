// sum and mean over axes: y[k] = Σ_r x[k,r] / divisor, r in row-major order, 128 at a time, so that rounding grows slowly. Kept axes
// [.., k1, k2] with steps ks, reduced axes [.., r1, r2] with steps rs in x. y [M,outputs]. One invocation owns one y. Library: reduce/offset.

struct Params {
  outputs: u32, length: u32, divisor: f32, k1: u32, k2: u32, ks0: u32, ks1: u32, ks2: u32,
  r1: u32, r2: u32, rs0: u32, rs1: u32, rs2: u32, x_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let k = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (k >= g.outputs) { return; }
  let base = wid.z * g.x_model + offset3(k, g.k1, g.k2, g.ks0, g.ks1, g.ks2);
  var sum = 0.0;
  for (var first = 0u; first < g.length; first += 128u) {
    var partial = 0.0;
    for (var r = first; r < min(first + 128u, g.length); r++) { partial += x[base + offset3(r, g.r1, g.r2, g.rs0, g.rs1, g.rs2)]; }
    sum += partial;
  }
  y[wid.z * g.y_model + k] = sum / g.divisor;
}
