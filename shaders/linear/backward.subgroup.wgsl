// linear backward for adapters with subgroups; what it computes and the shapes are in backward.naive.wgsl. I and O are multiples of 4.
// The first `weight_groups` workgroups own tiles of dw (and, in the first column of tiles, db), the rest tiles of dx. A lane owns four columns
// of sixteen rows: 64 sums. up = dy (masked by y > 0 after ReLU) is loaded as vec4 by lanes 0..3 and broadcast; x and w are read as vec4.
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

// False compiles the mask away where no ReLU needs one: on SwiftShader the test alone cost a quarter of the kernel.
override maskable = true;

const LANES = 8u;
const ROWS = 16u;

// `at` counts vec4s of dy within one model.
fn up(m: u32, at: u32) -> vec4f {
  let value = dy[m * (params.dy_model / 4u) + at];
  if (!maskable || params.relu == 0u) { return value; }
  return select(value, vec4f(0.0), y[m * (params.y_model / 4u) + at] <= vec4f(0.0));
}

// Rows o .. o+15 of dw: the sum runs over the batch, dw[o + r, :] += up[n, o + r] · x[n, :]. Lane l of 0..3 loads up for rows 4l .. 4l+3.
fn weight_tile(m: u32, o: u32, tile: u32, lid: u32, lane: u32) {
  let g = params;
  let quads = g.i / 4u;
  let quad = tile * LANES + lid;
  let column = min(quad, quads - 1u);
  let up_column = min(o / 4u + (lane & 3u), g.o / 4u - 1u);
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
  for (var n = 0u; n < g.n; n++) {
    let u = up(m, n * (g.o / 4u) + up_column);
    let v = x[m * (g.x_model / 4u) + n * quads + column];
    bias += u;
    s0 = fma(vec4f(quadBroadcast(u.x, 0u)), v, s0);
    s1 = fma(vec4f(quadBroadcast(u.y, 0u)), v, s1);
    s2 = fma(vec4f(quadBroadcast(u.z, 0u)), v, s2);
    s3 = fma(vec4f(quadBroadcast(u.w, 0u)), v, s3);
    s4 = fma(vec4f(quadBroadcast(u.x, 1u)), v, s4);
    s5 = fma(vec4f(quadBroadcast(u.y, 1u)), v, s5);
    s6 = fma(vec4f(quadBroadcast(u.z, 1u)), v, s6);
    s7 = fma(vec4f(quadBroadcast(u.w, 1u)), v, s7);
    s8 = fma(vec4f(quadBroadcast(u.x, 2u)), v, s8);
    s9 = fma(vec4f(quadBroadcast(u.y, 2u)), v, s9);
    s10 = fma(vec4f(quadBroadcast(u.z, 2u)), v, s10);
    s11 = fma(vec4f(quadBroadcast(u.w, 2u)), v, s11);
    s12 = fma(vec4f(quadBroadcast(u.x, 3u)), v, s12);
    s13 = fma(vec4f(quadBroadcast(u.y, 3u)), v, s13);
    s14 = fma(vec4f(quadBroadcast(u.z, 3u)), v, s14);
    s15 = fma(vec4f(quadBroadcast(u.w, 3u)), v, s15);
  }
  let rows = min(g.o - o, ROWS);
  if (tile == 0u && lane < rows / 4u) {
    let at = m * g.db_model + o + 4u * lane;
    db[at] = bias.x;
    db[at + 1u] = bias.y;
    db[at + 2u] = bias.z;
    db[at + 3u] = bias.w;
  }
  // Four rows a turn, the sums moving up. The start, which compilers do not know, keeps them from unrolling: stores in a row take
  // lavapipe long to compile. Lanes past the end start at the end.
  let at = m * (g.dw_model / 4u) + o * quads + quad;
  for (var r = select(0u, ROWS, quad >= quads); r < rows; r += 4u) {
    dw[at + r * quads] = s0;
    dw[at + (r + 1u) * quads] = s1;
    dw[at + (r + 2u) * quads] = s2;
    dw[at + (r + 3u) * quads] = s3;
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
  let quads = g.i / 4u;
  let quad = tile * LANES + lid;
  let column = min(quad, quads - 1u);
  let row = n + (lane & 3u);
  let ua = min(row, g.n - 1u) * (g.o / 4u);
  let ub = min(row + 4u, g.n - 1u) * (g.o / 4u);
  let uc = min(row + 8u, g.n - 1u) * (g.o / 4u);
  let ud = min(row + 12u, g.n - 1u) * (g.o / 4u);
  let w_at = m * (g.w_model / 4u) + column;
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
  for (var o = 0u; o < g.o / 4u; o++) {
    let a = up(m, ua + o);
    let b = up(m, ub + o);
    let c = up(m, uc + o);
    let d = up(m, ud + o);
    let wx = w[w_at + (4u * o) * quads];
    let wy = w[w_at + (4u * o + 1u) * quads];
    let wz = w[w_at + (4u * o + 2u) * quads];
    let ww = w[w_at + (4u * o + 3u) * quads];
    // As one expression, because compilers load and store a sum at each assignment in a loop.
    s0 = fma(vec4f(quadBroadcast(a.w, 0u)), ww, fma(vec4f(quadBroadcast(a.z, 0u)), wz,
         fma(vec4f(quadBroadcast(a.y, 0u)), wy, fma(vec4f(quadBroadcast(a.x, 0u)), wx, s0))));
    s1 = fma(vec4f(quadBroadcast(a.w, 1u)), ww, fma(vec4f(quadBroadcast(a.z, 1u)), wz,
         fma(vec4f(quadBroadcast(a.y, 1u)), wy, fma(vec4f(quadBroadcast(a.x, 1u)), wx, s1))));
    s2 = fma(vec4f(quadBroadcast(a.w, 2u)), ww, fma(vec4f(quadBroadcast(a.z, 2u)), wz,
         fma(vec4f(quadBroadcast(a.y, 2u)), wy, fma(vec4f(quadBroadcast(a.x, 2u)), wx, s2))));
    s3 = fma(vec4f(quadBroadcast(a.w, 3u)), ww, fma(vec4f(quadBroadcast(a.z, 3u)), wz,
         fma(vec4f(quadBroadcast(a.y, 3u)), wy, fma(vec4f(quadBroadcast(a.x, 3u)), wx, s3))));
    s4 = fma(vec4f(quadBroadcast(b.w, 0u)), ww, fma(vec4f(quadBroadcast(b.z, 0u)), wz,
         fma(vec4f(quadBroadcast(b.y, 0u)), wy, fma(vec4f(quadBroadcast(b.x, 0u)), wx, s4))));
    s5 = fma(vec4f(quadBroadcast(b.w, 1u)), ww, fma(vec4f(quadBroadcast(b.z, 1u)), wz,
         fma(vec4f(quadBroadcast(b.y, 1u)), wy, fma(vec4f(quadBroadcast(b.x, 1u)), wx, s5))));
    s6 = fma(vec4f(quadBroadcast(b.w, 2u)), ww, fma(vec4f(quadBroadcast(b.z, 2u)), wz,
         fma(vec4f(quadBroadcast(b.y, 2u)), wy, fma(vec4f(quadBroadcast(b.x, 2u)), wx, s6))));
    s7 = fma(vec4f(quadBroadcast(b.w, 3u)), ww, fma(vec4f(quadBroadcast(b.z, 3u)), wz,
         fma(vec4f(quadBroadcast(b.y, 3u)), wy, fma(vec4f(quadBroadcast(b.x, 3u)), wx, s7))));
    s8 = fma(vec4f(quadBroadcast(c.w, 0u)), ww, fma(vec4f(quadBroadcast(c.z, 0u)), wz,
         fma(vec4f(quadBroadcast(c.y, 0u)), wy, fma(vec4f(quadBroadcast(c.x, 0u)), wx, s8))));
    s9 = fma(vec4f(quadBroadcast(c.w, 1u)), ww, fma(vec4f(quadBroadcast(c.z, 1u)), wz,
         fma(vec4f(quadBroadcast(c.y, 1u)), wy, fma(vec4f(quadBroadcast(c.x, 1u)), wx, s9))));
    s10 = fma(vec4f(quadBroadcast(c.w, 2u)), ww, fma(vec4f(quadBroadcast(c.z, 2u)), wz,
          fma(vec4f(quadBroadcast(c.y, 2u)), wy, fma(vec4f(quadBroadcast(c.x, 2u)), wx, s10))));
    s11 = fma(vec4f(quadBroadcast(c.w, 3u)), ww, fma(vec4f(quadBroadcast(c.z, 3u)), wz,
          fma(vec4f(quadBroadcast(c.y, 3u)), wy, fma(vec4f(quadBroadcast(c.x, 3u)), wx, s11))));
    s12 = fma(vec4f(quadBroadcast(d.w, 0u)), ww, fma(vec4f(quadBroadcast(d.z, 0u)), wz,
          fma(vec4f(quadBroadcast(d.y, 0u)), wy, fma(vec4f(quadBroadcast(d.x, 0u)), wx, s12))));
    s13 = fma(vec4f(quadBroadcast(d.w, 1u)), ww, fma(vec4f(quadBroadcast(d.z, 1u)), wz,
          fma(vec4f(quadBroadcast(d.y, 1u)), wy, fma(vec4f(quadBroadcast(d.x, 1u)), wx, s13))));
    s14 = fma(vec4f(quadBroadcast(d.w, 2u)), ww, fma(vec4f(quadBroadcast(d.z, 2u)), wz,
          fma(vec4f(quadBroadcast(d.y, 2u)), wy, fma(vec4f(quadBroadcast(d.x, 2u)), wx, s14))));
    s15 = fma(vec4f(quadBroadcast(d.w, 3u)), ww, fma(vec4f(quadBroadcast(d.z, 3u)), wz,
          fma(vec4f(quadBroadcast(d.y, 3u)), wy, fma(vec4f(quadBroadcast(d.x, 3u)), wx, s15))));
  }
  let at = m * (g.dx_model / 4u) + n * quads + quad;
  let rows = min(g.n - n, ROWS);
  for (var r = select(0u, ROWS, quad >= quads); r < rows; r += 4u) {
    dx[at + r * quads] = s0;
    if (r + 1u < rows) { dx[at + (r + 1u) * quads] = s1; }
    if (r + 2u < rows) { dx[at + (r + 2u) * quads] = s2; }
    if (r + 3u < rows) { dx[at + (r + 3u) * quads] = s3; }
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
  let tiles = (params.i / 4u + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  if (group < params.weight_groups) {
    weight_tile(wid.z, (group / tiles) * ROWS, group % tiles, lid, lane);
    return;
  }
  let rest = group - params.weight_groups;
  let n = (rest / tiles) * ROWS;
  if (params.input_grad != 0u && n < params.n) { input_tile(wid.z, n, rest % tiles, lid, lane); }
}
