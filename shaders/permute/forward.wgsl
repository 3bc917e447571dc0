// permute: y[c] = x[c in the old order of axes]. y [M, …, n1 … n5], row-major; s is x's step along each axis of y.
// One invocation owns one y.

struct Params {
  size: u32, n1: u32, n2: u32, n3: u32, n4: u32, n5: u32, s0: u32, s1: u32, s2: u32, s3: u32, s4: u32, s5: u32, x_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let r4 = i / g.n5;
  let r3 = r4 / g.n4;
  let r2 = r3 / g.n3;
  let r1 = r2 / g.n2;
  let outer = (r1 / g.n1) * g.s0 + (r1 % g.n1) * g.s1 + (r2 % g.n2) * g.s2;
  let at = outer + (r3 % g.n3) * g.s3 + (r4 % g.n4) * g.s4 + (i % g.n5) * g.s5;
  y[wid.z * g.y_model + i] = x[wid.z * g.x_model + at];
}
