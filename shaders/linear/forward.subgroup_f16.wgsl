// linear forward on f16 storage for adapters with subgroups; what it computes and the shapes are in forward.naive_f16.wgsl. I and O are
// multiples of 4. A lane owns four outputs of sixteen rows: 64 f32 sums in registers. Lanes 0..3 load a vec4 of x for four rows each and
// broadcast it; the lane's own four weight rows are read as vec4 and turned in registers. Rows and outputs past the end repeat the last.

enable f16;
enable subgroups;

struct Params { n: u32, i: u32, o: u32, has_bias: u32, relu: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4h>;
@group(0) @binding(2) var<storage, read> w: array<vec4h>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4h>;

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
    let x0 = vec4f(x[x0_at + i]);
    let x1 = vec4f(x[x1_at + i]);
    let x2 = vec4f(x[x2_at + i]);
    let x3 = vec4f(x[x3_at + i]);
    let r0 = vec4f(w[w_at + i]);
    let r1 = vec4f(w[w_at + length + i]);
    let r2 = vec4f(w[w_at + 2u * length + i]);
    let r3 = vec4f(w[w_at + 3u * length + i]);
    let w0 = select(vec4f(), vec4f(r0.x, r1.x, r2.x, r3.x), live);
    let w1 = select(vec4f(), vec4f(r0.y, r1.y, r2.y, r3.y), live);
    let w2 = select(vec4f(), vec4f(r0.z, r1.z, r2.z, r3.z), live);
    let w3 = select(vec4f(), vec4f(r0.w, r1.w, r2.w, r3.w), live);
    // One expression a sum: SwiftShader loads and stores it at each assignment, lavapipe compiles and runs faster too.
    y0 = fma(vec4f(quadBroadcast(x0.w, 0u)), w3, fma(vec4f(quadBroadcast(x0.z, 0u)), w2,
         fma(vec4f(quadBroadcast(x0.y, 0u)), w1, fma(vec4f(quadBroadcast(x0.x, 0u)), w0, y0))));
    y1 = fma(vec4f(quadBroadcast(x0.w, 1u)), w3, fma(vec4f(quadBroadcast(x0.z, 1u)), w2,
         fma(vec4f(quadBroadcast(x0.y, 1u)), w1, fma(vec4f(quadBroadcast(x0.x, 1u)), w0, y1))));
    y2 = fma(vec4f(quadBroadcast(x0.w, 2u)), w3, fma(vec4f(quadBroadcast(x0.z, 2u)), w2,
         fma(vec4f(quadBroadcast(x0.y, 2u)), w1, fma(vec4f(quadBroadcast(x0.x, 2u)), w0, y2))));
    y3 = fma(vec4f(quadBroadcast(x0.w, 3u)), w3, fma(vec4f(quadBroadcast(x0.z, 3u)), w2,
         fma(vec4f(quadBroadcast(x0.y, 3u)), w1, fma(vec4f(quadBroadcast(x0.x, 3u)), w0, y3))));
    y4 = fma(vec4f(quadBroadcast(x1.w, 0u)), w3, fma(vec4f(quadBroadcast(x1.z, 0u)), w2,
         fma(vec4f(quadBroadcast(x1.y, 0u)), w1, fma(vec4f(quadBroadcast(x1.x, 0u)), w0, y4))));
    y5 = fma(vec4f(quadBroadcast(x1.w, 1u)), w3, fma(vec4f(quadBroadcast(x1.z, 1u)), w2,
         fma(vec4f(quadBroadcast(x1.y, 1u)), w1, fma(vec4f(quadBroadcast(x1.x, 1u)), w0, y5))));
    y6 = fma(vec4f(quadBroadcast(x1.w, 2u)), w3, fma(vec4f(quadBroadcast(x1.z, 2u)), w2,
         fma(vec4f(quadBroadcast(x1.y, 2u)), w1, fma(vec4f(quadBroadcast(x1.x, 2u)), w0, y6))));
    y7 = fma(vec4f(quadBroadcast(x1.w, 3u)), w3, fma(vec4f(quadBroadcast(x1.z, 3u)), w2,
         fma(vec4f(quadBroadcast(x1.y, 3u)), w1, fma(vec4f(quadBroadcast(x1.x, 3u)), w0, y7))));
    y8 = fma(vec4f(quadBroadcast(x2.w, 0u)), w3, fma(vec4f(quadBroadcast(x2.z, 0u)), w2,
         fma(vec4f(quadBroadcast(x2.y, 0u)), w1, fma(vec4f(quadBroadcast(x2.x, 0u)), w0, y8))));
    y9 = fma(vec4f(quadBroadcast(x2.w, 1u)), w3, fma(vec4f(quadBroadcast(x2.z, 1u)), w2,
         fma(vec4f(quadBroadcast(x2.y, 1u)), w1, fma(vec4f(quadBroadcast(x2.x, 1u)), w0, y9))));
    y10 = fma(vec4f(quadBroadcast(x2.w, 2u)), w3, fma(vec4f(quadBroadcast(x2.z, 2u)), w2,
          fma(vec4f(quadBroadcast(x2.y, 2u)), w1, fma(vec4f(quadBroadcast(x2.x, 2u)), w0, y10))));
    y11 = fma(vec4f(quadBroadcast(x2.w, 3u)), w3, fma(vec4f(quadBroadcast(x2.z, 3u)), w2,
          fma(vec4f(quadBroadcast(x2.y, 3u)), w1, fma(vec4f(quadBroadcast(x2.x, 3u)), w0, y11))));
    y12 = fma(vec4f(quadBroadcast(x3.w, 0u)), w3, fma(vec4f(quadBroadcast(x3.z, 0u)), w2,
          fma(vec4f(quadBroadcast(x3.y, 0u)), w1, fma(vec4f(quadBroadcast(x3.x, 0u)), w0, y12))));
    y13 = fma(vec4f(quadBroadcast(x3.w, 1u)), w3, fma(vec4f(quadBroadcast(x3.z, 1u)), w2,
          fma(vec4f(quadBroadcast(x3.y, 1u)), w1, fma(vec4f(quadBroadcast(x3.x, 1u)), w0, y13))));
    y14 = fma(vec4f(quadBroadcast(x3.w, 2u)), w3, fma(vec4f(quadBroadcast(x3.z, 2u)), w2,
          fma(vec4f(quadBroadcast(x3.y, 2u)), w1, fma(vec4f(quadBroadcast(x3.x, 2u)), w0, y14))));
    y15 = fma(vec4f(quadBroadcast(x3.w, 3u)), w3, fma(vec4f(quadBroadcast(x3.z, 3u)), w2,
          fma(vec4f(quadBroadcast(x3.y, 3u)), w1, fma(vec4f(quadBroadcast(x3.x, 3u)), w0, y15))));
  }

  // One row a turn, the sums moving up. The start, which compilers do not know, keeps them from unrolling: stores in a row take lavapipe
  // long to compile. Lanes past the end start at the end.
  var bias = vec4f();
  for (var r = select(4u, 0u, live && g.has_bias != 0u); r < 4u; r++) { bias = vec4f(bias.yzw, b[m * g.b_model + quad * 4u + r]); }
  let at = m * (g.y_model / 4u) + row * quads + quad;
  let rows = min(g.n - row, 16u);
  for (var r = select(16u, 0u, live); r < rows; r++) {
    y[at + r * quads] = vec4h(finish(y0, bias));
    y0 = y1;
    y1 = y2;
    y2 = y3;
    y3 = y4;
    y4 = y5;
    y5 = y6;
    y6 = y7;
    y7 = y8;
    y8 = y9;
    y9 = y10;
    y10 = y11;
    y11 = y12;
    y12 = y13;
    y13 = y14;
    y14 = y15;
  }
}
