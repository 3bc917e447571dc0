// sum and mean over axes, long ones: as reduce/sum.serial.wgsl, in another fixed order: invocation l adds r = l, l + 64 …, then a tree.
// One workgroup owns one y. Library: reduce/offset.

struct Params {
  outputs: u32, length: u32, divisor: f32, k1: u32, k2: u32, ks0: u32, ks1: u32, ks2: u32,
  r1: u32, r2: u32, rs0: u32, rs1: u32, rs2: u32, x_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let k = wid.y * count.x + wid.x;
  let g = params;
  if (k >= g.outputs) { return; }
  let base = wid.z * g.x_model + offset3(k, g.k1, g.k2, g.ks0, g.ks1, g.ks2);
  var sum = 0.0;
  for (var r = lid; r < g.length; r += 64u) { sum += x[base + offset3(r, g.r1, g.r2, g.rs0, g.rs1, g.rs2)]; }
  partial[lid] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  if (lid == 0u) { y[wid.z * g.y_model + k] = partial[0] / g.divisor; }
}
