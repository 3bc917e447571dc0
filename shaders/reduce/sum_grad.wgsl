// Gradient of sum and mean over axes: dx[i] = dy[k] / divisor, k the output that element i went into. dx [M, …, n1 … n5], row-major; dy has
// step d along each of these axes, 0 along reduced ones. One invocation owns one dx.

struct Params {
  size: u32, divisor: f32, n1: u32, n2: u32, n3: u32, n4: u32, n5: u32,
  d0: u32, d1: u32, d2: u32, d3: u32, d4: u32, d5: u32, dy_model: u32, dx_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let r4 = i / g.n5;
  let r3 = r4 / g.n4;
  let r2 = r3 / g.n3;
  let r1 = r2 / g.n2;
  let c0 = r1 / g.n1;
  let c1 = r1 % g.n1;
  let c2 = r2 % g.n2;
  let c3 = r3 % g.n3;
  let c4 = r4 % g.n4;
  let c5 = i % g.n5;
  let k = c0 * g.d0 + c1 * g.d1 + c2 * g.d2 + c3 * g.d3 + c4 * g.d4 + c5 * g.d5;
  dx[wid.z * g.dx_model + i] = dy[wid.z * g.dy_model + k] / g.divisor;
}
