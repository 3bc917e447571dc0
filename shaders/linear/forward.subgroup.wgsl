// linear forward for adapters with subgroups; what it computes and the shapes are in forward.naive.wgsl. I and O are multiples of 4.
// A lane owns four outputs of sixteen rows: 64 sums in registers. Lanes 0..3 load a vec4 of x for four rows each and broadcast it;
// the lane's own four weight rows are read as vec4 and turned in registers. Rows and outputs past the end repeat the last one.

enable subgroups;

struct Params { n: u32, i: u32, o: u32, has_bias: u32, relu: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;

const LANES = 8u;

fn finish(sum: vec4f, bias: vec4f) -> vec4f {
  let value = sum + bias;
  return select(value, vec4f(0.0), vec4<bool>(params.relu != 0u) & (value < vec4f(0.0)));
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  let m = wid.z;
  let quads = g.o / 4u;
  let blocks = (quads + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  let row = (group / blocks) * 16u;
  let quad = (group % blocks) * LANES + lid;
  let length = g.i / 4u;
  if (row >= g.n) { return; }

  let x0_at = m * (g.x_model / 4u) + min(row + (lane & 3u), g.n - 1u) * length;
  let x1_at = m * (g.x_model / 4u) + min(row + 4u + (lane & 3u), g.n - 1u) * length;
  let x2_at = m * (g.x_model / 4u) + min(row + 8u + (lane & 3u), g.n - 1u) * length;
  let x3_at = m * (g.x_model / 4u) + min(row + 12u + (lane & 3u), g.n - 1u) * length;
  let w_at = m * (g.w_model / 4u) + min(quad, quads - 1u) * 4u * length;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = vec4f();
  var y6 = vec4f();
  var y7 = vec4f();
  var y8 = vec4f();
  var y9 = vec4f();
  var y10 = vec4f();
  var y11 = vec4f();
  var y12 = vec4f();
  var y13 = vec4f();
  var y14 = vec4f();
  var y15 = vec4f();
  // Weights past the end count as 0. Nobody reads those sums, but with this select LLVM makes better code: 39 instead of 33 GFLOP/s on
  // lavapipe of Mesa 25.0.7 (6 % slower on SwiftShader). Drop it where that is no longer so.
  let live = quad < quads;
  for (var i = 0u; i < length; i++) {
    let x0 = x[x0_at + i];
    let x1 = x[x1_at + i];
    let x2 = x[x2_at + i];
    let x3 = x[x3_at + i];
    let r0 = w[w_at + i];
    let r1 = w[w_at + length + i];
    let r2 = w[w_at + 2u * length + i];
    let r3 = w[w_at + 3u * length + i];
    let w0 = select(vec4f(), vec4f(r0.x, r1.x, r2.x, r3.x), live);
    y0 = fma(vec4f(subgroupBroadcast(x0.x, 0u)), w0, y0);
    y1 = fma(vec4f(subgroupBroadcast(x0.x, 1u)), w0, y1);
    y2 = fma(vec4f(subgroupBroadcast(x0.x, 2u)), w0, y2);
    y3 = fma(vec4f(subgroupBroadcast(x0.x, 3u)), w0, y3);
    y4 = fma(vec4f(subgroupBroadcast(x1.x, 0u)), w0, y4);
    y5 = fma(vec4f(subgroupBroadcast(x1.x, 1u)), w0, y5);
    y6 = fma(vec4f(subgroupBroadcast(x1.x, 2u)), w0, y6);
    y7 = fma(vec4f(subgroupBroadcast(x1.x, 3u)), w0, y7);
    y8 = fma(vec4f(subgroupBroadcast(x2.x, 0u)), w0, y8);
    y9 = fma(vec4f(subgroupBroadcast(x2.x, 1u)), w0, y9);
    y10 = fma(vec4f(subgroupBroadcast(x2.x, 2u)), w0, y10);
    y11 = fma(vec4f(subgroupBroadcast(x2.x, 3u)), w0, y11);
    y12 = fma(vec4f(subgroupBroadcast(x3.x, 0u)), w0, y12);
    y13 = fma(vec4f(subgroupBroadcast(x3.x, 1u)), w0, y13);
    y14 = fma(vec4f(subgroupBroadcast(x3.x, 2u)), w0, y14);
    y15 = fma(vec4f(subgroupBroadcast(x3.x, 3u)), w0, y15);
    let w1 = select(vec4f(), vec4f(r0.y, r1.y, r2.y, r3.y), live);
    y0 = fma(vec4f(subgroupBroadcast(x0.y, 0u)), w1, y0);
    y1 = fma(vec4f(subgroupBroadcast(x0.y, 1u)), w1, y1);
    y2 = fma(vec4f(subgroupBroadcast(x0.y, 2u)), w1, y2);
    y3 = fma(vec4f(subgroupBroadcast(x0.y, 3u)), w1, y3);
    y4 = fma(vec4f(subgroupBroadcast(x1.y, 0u)), w1, y4);
    y5 = fma(vec4f(subgroupBroadcast(x1.y, 1u)), w1, y5);
    y6 = fma(vec4f(subgroupBroadcast(x1.y, 2u)), w1, y6);
    y7 = fma(vec4f(subgroupBroadcast(x1.y, 3u)), w1, y7);
    y8 = fma(vec4f(subgroupBroadcast(x2.y, 0u)), w1, y8);
    y9 = fma(vec4f(subgroupBroadcast(x2.y, 1u)), w1, y9);
    y10 = fma(vec4f(subgroupBroadcast(x2.y, 2u)), w1, y10);
    y11 = fma(vec4f(subgroupBroadcast(x2.y, 3u)), w1, y11);
    y12 = fma(vec4f(subgroupBroadcast(x3.y, 0u)), w1, y12);
    y13 = fma(vec4f(subgroupBroadcast(x3.y, 1u)), w1, y13);
    y14 = fma(vec4f(subgroupBroadcast(x3.y, 2u)), w1, y14);
    y15 = fma(vec4f(subgroupBroadcast(x3.y, 3u)), w1, y15);
    let w2 = select(vec4f(), vec4f(r0.z, r1.z, r2.z, r3.z), live);
    y0 = fma(vec4f(subgroupBroadcast(x0.z, 0u)), w2, y0);
    y1 = fma(vec4f(subgroupBroadcast(x0.z, 1u)), w2, y1);
    y2 = fma(vec4f(subgroupBroadcast(x0.z, 2u)), w2, y2);
    y3 = fma(vec4f(subgroupBroadcast(x0.z, 3u)), w2, y3);
    y4 = fma(vec4f(subgroupBroadcast(x1.z, 0u)), w2, y4);
    y5 = fma(vec4f(subgroupBroadcast(x1.z, 1u)), w2, y5);
    y6 = fma(vec4f(subgroupBroadcast(x1.z, 2u)), w2, y6);
    y7 = fma(vec4f(subgroupBroadcast(x1.z, 3u)), w2, y7);
    y8 = fma(vec4f(subgroupBroadcast(x2.z, 0u)), w2, y8);
    y9 = fma(vec4f(subgroupBroadcast(x2.z, 1u)), w2, y9);
    y10 = fma(vec4f(subgroupBroadcast(x2.z, 2u)), w2, y10);
    y11 = fma(vec4f(subgroupBroadcast(x2.z, 3u)), w2, y11);
    y12 = fma(vec4f(subgroupBroadcast(x3.z, 0u)), w2, y12);
    y13 = fma(vec4f(subgroupBroadcast(x3.z, 1u)), w2, y13);
    y14 = fma(vec4f(subgroupBroadcast(x3.z, 2u)), w2, y14);
    y15 = fma(vec4f(subgroupBroadcast(x3.z, 3u)), w2, y15);
    let w3 = select(vec4f(), vec4f(r0.w, r1.w, r2.w, r3.w), live);
    y0 = fma(vec4f(subgroupBroadcast(x0.w, 0u)), w3, y0);
    y1 = fma(vec4f(subgroupBroadcast(x0.w, 1u)), w3, y1);
    y2 = fma(vec4f(subgroupBroadcast(x0.w, 2u)), w3, y2);
    y3 = fma(vec4f(subgroupBroadcast(x0.w, 3u)), w3, y3);
    y4 = fma(vec4f(subgroupBroadcast(x1.w, 0u)), w3, y4);
    y5 = fma(vec4f(subgroupBroadcast(x1.w, 1u)), w3, y5);
    y6 = fma(vec4f(subgroupBroadcast(x1.w, 2u)), w3, y6);
    y7 = fma(vec4f(subgroupBroadcast(x1.w, 3u)), w3, y7);
    y8 = fma(vec4f(subgroupBroadcast(x2.w, 0u)), w3, y8);
    y9 = fma(vec4f(subgroupBroadcast(x2.w, 1u)), w3, y9);
    y10 = fma(vec4f(subgroupBroadcast(x2.w, 2u)), w3, y10);
    y11 = fma(vec4f(subgroupBroadcast(x2.w, 3u)), w3, y11);
    y12 = fma(vec4f(subgroupBroadcast(x3.w, 0u)), w3, y12);
    y13 = fma(vec4f(subgroupBroadcast(x3.w, 1u)), w3, y13);
    y14 = fma(vec4f(subgroupBroadcast(x3.w, 2u)), w3, y14);
    y15 = fma(vec4f(subgroupBroadcast(x3.w, 3u)), w3, y15);
  }

  if (quad >= quads) { return; }
  var bias = vec4f();
  if (g.has_bias != 0u) {
    let at = m * g.b_model + quad * 4u;
    bias = vec4f(b[at], b[at + 1u], b[at + 2u], b[at + 3u]);
  }
  let at = m * (g.y_model / 4u) + row * quads + quad;
  y[at] = finish(y0, bias);
  if (row + 1u < g.n) { y[at + quads] = finish(y1, bias); }
  if (row + 2u < g.n) { y[at + 2u * quads] = finish(y2, bias); }
  if (row + 3u < g.n) { y[at + 3u * quads] = finish(y3, bias); }
  if (row + 4u < g.n) { y[at + 4u * quads] = finish(y4, bias); }
  if (row + 5u < g.n) { y[at + 5u * quads] = finish(y5, bias); }
  if (row + 6u < g.n) { y[at + 6u * quads] = finish(y6, bias); }
  if (row + 7u < g.n) { y[at + 7u * quads] = finish(y7, bias); }
  if (row + 8u < g.n) { y[at + 8u * quads] = finish(y8, bias); }
  if (row + 9u < g.n) { y[at + 9u * quads] = finish(y9, bias); }
  if (row + 10u < g.n) { y[at + 10u * quads] = finish(y10, bias); }
  if (row + 11u < g.n) { y[at + 11u * quads] = finish(y11, bias); }
  if (row + 12u < g.n) { y[at + 12u * quads] = finish(y12, bias); }
  if (row + 13u < g.n) { y[at + 13u * quads] = finish(y13, bias); }
  if (row + 14u < g.n) { y[at + 14u * quads] = finish(y14, bias); }
  if (row + 15u < g.n) { y[at + 15u * quads] = finish(y15, bias); }
}
