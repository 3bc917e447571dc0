// pad and slice: y[c] = x[c − before] inside x, else `value`; a slice has before ≤ 0. x [M, n0 … n5], y [M, m0 … m5], both row-major.
// One invocation owns one y.

struct Params {
  size: u32, value: f32, n0: i32, n1: i32, n2: i32, n3: i32, n4: i32, n5: i32, m1: u32, m2: u32, m3: u32, m4: u32, m5: u32,
  before0: i32, before1: i32, before2: i32, before3: i32, before4: i32, before5: i32, x_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn inside(c: i32, n: i32) -> bool { return c >= 0 && c < n; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let r4 = i / g.m5;
  let r3 = r4 / g.m4;
  let r2 = r3 / g.m3;
  let r1 = r2 / g.m2;
  let c0 = i32(r1 / g.m1) - g.before0;
  let c1 = i32(r1 % g.m1) - g.before1;
  let c2 = i32(r2 % g.m2) - g.before2;
  let c3 = i32(r3 % g.m3) - g.before3;
  let c4 = i32(r4 % g.m4) - g.before4;
  let c5 = i32(i % g.m5) - g.before5;
  var value = g.value;
  if (inside(c0, g.n0) && inside(c1, g.n1) && inside(c2, g.n2) && inside(c3, g.n3) && inside(c4, g.n4) && inside(c5, g.n5)) {
    value = x[wid.z * g.x_model + u32(((((c0 * g.n1 + c1) * g.n2 + c2) * g.n3 + c3) * g.n4 + c4) * g.n5 + c5)];
  }
  y[wid.z * g.y_model + i] = value;
}
