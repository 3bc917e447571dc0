// linear forward for subgroups of four lanes: SwiftShader; what it computes and the shapes are in forward.naive.wgsl. I and O are multiples
// of 4. A lane owns four outputs of sixteen rows: 64 sums in registers. Lanes 0..3 load a vec4 of x for four rows each and exchange it by
// quad swaps, one instruction where a broadcast is twenty, so sum r of a lane is row r ^ lane. The lane's own four weight rows are read as
// vec4 and turned in registers. Rows and outputs past the end repeat the last one.

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

// sum + a · m, term by term, one expression a sum: SwiftShader then keeps it in a register.
fn chain(sum: f32, a: vec4f, m0: f32, m1: f32, m2: f32, m3: f32) -> f32 {
  return sum + a.x * m0 + a.y * m1 + a.z * m2 + a.w * m3;
}

fn four(sum: vec4f, a: vec4f, m0: vec4f, m1: vec4f, m2: vec4f, m3: vec4f) -> vec4f {
  return vec4f(
    chain(sum.x, a, m0.x, m1.x, m2.x, m3.x),
    chain(sum.y, a, m0.y, m1.y, m2.y, m3.y),
    chain(sum.z, a, m0.z, m1.z, m2.z, m3.z),
    chain(sum.w, a, m0.w, m1.w, m2.w, m3.w),
  );
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
  let quads = g.o >> 2u;
  let blocks = (quads + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  let row = (group / blocks) * 16u;
  let quad = (group % blocks) * LANES + lid;
  let length = g.i >> 2u;
  if (row >= g.n) { return; }

  let x0_at = m * (g.x_model >> 2u) + min(row + (lane & 3u), g.n - 1u) * length;
  let x1_at = m * (g.x_model >> 2u) + min(row + 4u + (lane & 3u), g.n - 1u) * length;
  let x2_at = m * (g.x_model >> 2u) + min(row + 8u + (lane & 3u), g.n - 1u) * length;
  let x3_at = m * (g.x_model >> 2u) + min(row + 12u + (lane & 3u), g.n - 1u) * length;
  let w_at = m * (g.w_model >> 2u) + min(quad, quads - 1u) * 4u * length;
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
    let w0 = vec4f(r0.x, r1.x, r2.x, r3.x);
    let w1 = vec4f(r0.y, r1.y, r2.y, r3.y);
    let w2 = vec4f(r0.z, r1.z, r2.z, r3.z);
    let w3 = vec4f(r0.w, r1.w, r2.w, r3.w);
    y0 = four(y0, x0, w0, w1, w2, w3);
    y1 = four(y1, quadSwapX(x0), w0, w1, w2, w3);
    y2 = four(y2, quadSwapY(x0), w0, w1, w2, w3);
    y3 = four(y3, quadSwapDiagonal(x0), w0, w1, w2, w3);
    y4 = four(y4, x1, w0, w1, w2, w3);
    y5 = four(y5, quadSwapX(x1), w0, w1, w2, w3);
    y6 = four(y6, quadSwapY(x1), w0, w1, w2, w3);
    y7 = four(y7, quadSwapDiagonal(x1), w0, w1, w2, w3);
    y8 = four(y8, x2, w0, w1, w2, w3);
    y9 = four(y9, quadSwapX(x2), w0, w1, w2, w3);
    y10 = four(y10, quadSwapY(x2), w0, w1, w2, w3);
    y11 = four(y11, quadSwapDiagonal(x2), w0, w1, w2, w3);
    y12 = four(y12, x3, w0, w1, w2, w3);
    y13 = four(y13, quadSwapX(x3), w0, w1, w2, w3);
    y14 = four(y14, quadSwapY(x3), w0, w1, w2, w3);
    y15 = four(y15, quadSwapDiagonal(x3), w0, w1, w2, w3);
  }

  // One row a turn, the sums moving up. Lanes past the end start at the end.
  var bias = vec4f();
  for (var r = select(4u, 0u, live && g.has_bias != 0u); r < 4u; r++) { bias = vec4f(bias.yzw, b[m * g.b_model + quad * 4u + r]); }
  let at = m * (g.y_model >> 2u) + row * quads + quad;
  let rows = min(g.n - row, 16u);
  for (var r = select(16u, 0u, live); r < 16u; r++) {
    let at_row = r ^ (lane & 3u);
    if (at_row < rows) { y[at + at_row * quads] = finish(y0, bias); }
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
