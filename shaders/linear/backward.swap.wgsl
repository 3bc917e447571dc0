// linear backward for subgroups of four lanes: SwiftShader; what it computes and the shapes are in backward.naive.wgsl. I, O and N are
// multiples of 4. The first `weight_groups` workgroups own tiles of dw (and, in the first column of tiles, db), the rest tiles of dx. A lane
// owns four columns of sixteen rows: 64 sums. up = dy (masked by y > 0 after ReLU) is loaded as vec4 by lanes 0..3 and exchanged by quad
// swaps, one instruction where a broadcast is twenty, so each lane has its rows in an order of its own, undone at the stores.
// Rows and columns past the end repeat the last one and store nothing.

enable subgroups;

struct Params {
  n: u32, i: u32, o: u32, relu: u32, input_grad: u32, weight_groups: u32,
  x_model: u32, w_model: u32, y_model: u32, dy_model: u32, dx_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> w: array<vec4f>;
@group(0) @binding(3) var<storage, read> y: array<vec4f>;
@group(0) @binding(4) var<storage, read> dy: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dx: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dw: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> db: array<f32>;

// False compiles the mask away where no ReLU needs one: the test alone cost a quarter of the kernel.
override maskable = true;

const LANES = 8u;
const ROWS = 16u;

// `at` counts vec4s of dy within one model.
fn up(m: u32, at: u32) -> vec4f {
  let value = dy[m * (params.dy_model >> 2u) + at];
  if (!maskable || params.relu == 0u) { return value; }
  return select(value, vec4f(0.0), y[m * (params.y_model >> 2u) + at] <= vec4f(0.0));
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

// Rows o .. o+15 of dw: the sum runs over the batch, dw[o + r, :] += up[n, o + r] · x[n, :]. Lane l of 0..3 loads up for rows 4l .. 4l+3,
// four images a turn.
fn weight_tile(m: u32, o: u32, tile: u32, lid: u32, lane: u32) {
  let g = params;
  let quads = g.i >> 2u;
  let quad = tile * LANES + lid;
  let column = min(quad, quads - 1u);
  let up_column = min((o >> 2u) + (lane & 3u), (g.o >> 2u) - 1u);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  var s8 = vec4f();
  var s9 = vec4f();
  var s10 = vec4f();
  var s11 = vec4f();
  var s12 = vec4f();
  var s13 = vec4f();
  var s14 = vec4f();
  var s15 = vec4f();
  var bias = vec4f();
  for (var n = 0u; n < g.n; n += 4u) {
    let u0 = up(m, n * (g.o >> 2u) + up_column);
    let u1 = up(m, (n + 1u) * (g.o >> 2u) + up_column);
    let u2 = up(m, (n + 2u) * (g.o >> 2u) + up_column);
    let u3 = up(m, (n + 3u) * (g.o >> 2u) + up_column);
    let v0 = x[m * (g.x_model >> 2u) + n * quads + column];
    let v1 = x[m * (g.x_model >> 2u) + (n + 1u) * quads + column];
    let v2 = x[m * (g.x_model >> 2u) + (n + 2u) * quads + column];
    let v3 = x[m * (g.x_model >> 2u) + (n + 3u) * quads + column];
    bias = bias + u0 + u1 + u2 + u3;
    s0 = four(s0, vec4f(u0.x, u1.x, u2.x, u3.x), v0, v1, v2, v3);
    s1 = four(s1, vec4f(u0.y, u1.y, u2.y, u3.y), v0, v1, v2, v3);
    s2 = four(s2, vec4f(u0.z, u1.z, u2.z, u3.z), v0, v1, v2, v3);
    s3 = four(s3, vec4f(u0.w, u1.w, u2.w, u3.w), v0, v1, v2, v3);
    let u0a = quadSwapX(u0);
    let u1a = quadSwapX(u1);
    let u2a = quadSwapX(u2);
    let u3a = quadSwapX(u3);
    s4 = four(s4, vec4f(u0a.x, u1a.x, u2a.x, u3a.x), v0, v1, v2, v3);
    s5 = four(s5, vec4f(u0a.y, u1a.y, u2a.y, u3a.y), v0, v1, v2, v3);
    s6 = four(s6, vec4f(u0a.z, u1a.z, u2a.z, u3a.z), v0, v1, v2, v3);
    s7 = four(s7, vec4f(u0a.w, u1a.w, u2a.w, u3a.w), v0, v1, v2, v3);
    let u0b = quadSwapY(u0);
    let u1b = quadSwapY(u1);
    let u2b = quadSwapY(u2);
    let u3b = quadSwapY(u3);
    s8 = four(s8, vec4f(u0b.x, u1b.x, u2b.x, u3b.x), v0, v1, v2, v3);
    s9 = four(s9, vec4f(u0b.y, u1b.y, u2b.y, u3b.y), v0, v1, v2, v3);
    s10 = four(s10, vec4f(u0b.z, u1b.z, u2b.z, u3b.z), v0, v1, v2, v3);
    s11 = four(s11, vec4f(u0b.w, u1b.w, u2b.w, u3b.w), v0, v1, v2, v3);
    let u0c = quadSwapDiagonal(u0);
    let u1c = quadSwapDiagonal(u1);
    let u2c = quadSwapDiagonal(u2);
    let u3c = quadSwapDiagonal(u3);
    s12 = four(s12, vec4f(u0c.x, u1c.x, u2c.x, u3c.x), v0, v1, v2, v3);
    s13 = four(s13, vec4f(u0c.y, u1c.y, u2c.y, u3c.y), v0, v1, v2, v3);
    s14 = four(s14, vec4f(u0c.z, u1c.z, u2c.z, u3c.z), v0, v1, v2, v3);
    s15 = four(s15, vec4f(u0c.w, u1c.w, u2c.w, u3c.w), v0, v1, v2, v3);
  }
  let rows = min(g.o - o, ROWS);
  if (tile == 0u && lane < (rows >> 2u)) {
    let at = m * g.db_model + o + 4u * lane;
    db[at] = bias.x;
    db[at + 1u] = bias.y;
    db[at + 2u] = bias.z;
    db[at + 3u] = bias.w;
  }
  // Four rows a turn, the sums moving up. Lanes past the end start at the end.
  let own = lane & 3u;
  let at = m * (g.dw_model >> 2u) + o * quads + quad;
  for (var r = select(0u, ROWS, quad >= quads); r < ROWS; r += 4u) {
    let row = r ^ (4u * own);
    if (row < rows) {
      dw[at + row * quads] = s0;
      dw[at + (row + 1u) * quads] = s1;
      dw[at + (row + 2u) * quads] = s2;
      dw[at + (row + 3u) * quads] = s3;
    }
    s0 = s4;
    s1 = s5;
    s2 = s6;
    s3 = s7;
    s4 = s8;
    s5 = s9;
    s6 = s10;
    s7 = s11;
    s8 = s12;
    s9 = s13;
    s10 = s14;
    s11 = s15;
  }
}

// Rows n .. n+15 of dx: the sum runs over the outputs, dx[n + r, :] += up[n + r, o] · w[o, :], four outputs a turn.
fn input_tile(m: u32, n: u32, tile: u32, lid: u32, lane: u32) {
  let g = params;
  let quads = g.i >> 2u;
  let quad = tile * LANES + lid;
  let column = min(quad, quads - 1u);
  let row = n + (lane & 3u);
  let ua = min(row, g.n - 1u) * (g.o >> 2u);
  let ub = min(row + 4u, g.n - 1u) * (g.o >> 2u);
  let uc = min(row + 8u, g.n - 1u) * (g.o >> 2u);
  let ud = min(row + 12u, g.n - 1u) * (g.o >> 2u);
  let w_at = m * (g.w_model >> 2u) + column;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  var s8 = vec4f();
  var s9 = vec4f();
  var s10 = vec4f();
  var s11 = vec4f();
  var s12 = vec4f();
  var s13 = vec4f();
  var s14 = vec4f();
  var s15 = vec4f();
  for (var o = 0u; o < (g.o >> 2u); o++) {
    let a = up(m, ua + o);
    let b = up(m, ub + o);
    let c = up(m, uc + o);
    let d = up(m, ud + o);
    let wx = w[w_at + (4u * o) * quads];
    let wy = w[w_at + (4u * o + 1u) * quads];
    let wz = w[w_at + (4u * o + 2u) * quads];
    let ww = w[w_at + (4u * o + 3u) * quads];
    s0 = four(s0, a, wx, wy, wz, ww);
    s1 = four(s1, quadSwapX(a), wx, wy, wz, ww);
    s2 = four(s2, quadSwapY(a), wx, wy, wz, ww);
    s3 = four(s3, quadSwapDiagonal(a), wx, wy, wz, ww);
    s4 = four(s4, b, wx, wy, wz, ww);
    s5 = four(s5, quadSwapX(b), wx, wy, wz, ww);
    s6 = four(s6, quadSwapY(b), wx, wy, wz, ww);
    s7 = four(s7, quadSwapDiagonal(b), wx, wy, wz, ww);
    s8 = four(s8, c, wx, wy, wz, ww);
    s9 = four(s9, quadSwapX(c), wx, wy, wz, ww);
    s10 = four(s10, quadSwapY(c), wx, wy, wz, ww);
    s11 = four(s11, quadSwapDiagonal(c), wx, wy, wz, ww);
    s12 = four(s12, d, wx, wy, wz, ww);
    s13 = four(s13, quadSwapX(d), wx, wy, wz, ww);
    s14 = four(s14, quadSwapY(d), wx, wy, wz, ww);
    s15 = four(s15, quadSwapDiagonal(d), wx, wy, wz, ww);
  }
  let own = lane & 3u;
  let at = m * (g.dx_model >> 2u) + n * quads + quad;
  let rows = min(g.n - n, ROWS);
  for (var r = select(0u, ROWS, quad >= quads); r < rows; r += 4u) {
    let r0 = r + own;
    if (r0 < rows) { dx[at + r0 * quads] = s0; }
    let r1 = r + (1u ^ own);
    if (r1 < rows) { dx[at + r1 * quads] = s1; }
    let r2 = r + (2u ^ own);
    if (r2 < rows) { dx[at + r2 * quads] = s2; }
    let r3 = r + (3u ^ own);
    if (r3 < rows) { dx[at + r3 * quads] = s3; }
    s0 = s4;
    s1 = s5;
    s2 = s6;
    s3 = s7;
    s4 = s8;
    s5 = s9;
    s6 = s10;
    s7 = s11;
    s8 = s12;
    s9 = s13;
    s10 = s14;
    s11 = s15;
  }
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let tiles = ((params.i >> 2u) + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  if (group < params.weight_groups) {
    weight_tile(wid.z, (group / tiles) * ROWS, group % tiles, lid, lane);
    return;
  }
  let rest = group - params.weight_groups;
  let n = (rest / tiles) * ROWS;
  if (params.input_grad != 0u && n < params.n) { input_tile(wid.z, n, rest % tiles, lid, lane); }
}
