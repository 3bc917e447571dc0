// linear backward for adapters with subgroups; what it computes and the shapes are in backward.naive.wgsl. I and O are multiples of 4.
// The first `weight_groups` workgroups own tiles of dw (and, in the first column of tiles, db), the rest tiles of dx. A lane owns four columns
// of eight rows: 32 sums. up = dy (masked by y > 0 after ReLU) is loaded as vec4 by lanes 0..3 and broadcast; x and w are read as vec4.
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

const LANES = 8u;

// `at` counts vec4s of dy within one model.
fn up(m: u32, at: u32) -> vec4f {
  let cut = vec4<bool>(params.relu != 0u) & (y[m * (params.y_model / 4u) + at] <= vec4f(0.0));
  return select(dy[m * (params.dy_model / 4u) + at], vec4f(0.0), cut);
}

// Rows o .. o+7 of dw: the sum runs over the batch, dw[o + r, :] += up[n, o + r] · x[n, :].
fn weight_tile(m: u32, o: u32, tile: u32, lid: u32, lane: u32) {
  let g = params;
  let quads = g.i / 4u;
  let quad = tile * LANES + lid;
  let column = min(quad, quads - 1u);
  let up_column = min(o / 4u + (lane & 1u), g.o / 4u - 1u);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  var bias = vec4f();
  for (var n = 0u; n < g.n; n++) {
    let u = up(m, n * (g.o / 4u) + up_column);
    let v = x[m * (g.x_model / 4u) + n * quads + column];
    bias += u;
    s0 = fma(vec4f(subgroupBroadcast(u.x, 0u)), v, s0);
    s1 = fma(vec4f(subgroupBroadcast(u.y, 0u)), v, s1);
    s2 = fma(vec4f(subgroupBroadcast(u.z, 0u)), v, s2);
    s3 = fma(vec4f(subgroupBroadcast(u.w, 0u)), v, s3);
    s4 = fma(vec4f(subgroupBroadcast(u.x, 1u)), v, s4);
    s5 = fma(vec4f(subgroupBroadcast(u.y, 1u)), v, s5);
    s6 = fma(vec4f(subgroupBroadcast(u.z, 1u)), v, s6);
    s7 = fma(vec4f(subgroupBroadcast(u.w, 1u)), v, s7);
  }
  let rows = min(g.o - o, 8u);
  if (tile == 0u && lane < rows / 4u && lid < LANES) {
    let at = m * g.db_model + o + 4u * lane;
    db[at] = bias.x;
    db[at + 1u] = bias.y;
    db[at + 2u] = bias.z;
    db[at + 3u] = bias.w;
  }
  if (quad >= quads) { return; }
  let at = m * (g.dw_model / 4u) + o * quads + quad;
  dw[at] = s0;
  dw[at + 1u * quads] = s1;
  dw[at + 2u * quads] = s2;
  dw[at + 3u * quads] = s3;
  if (rows < 8u) { return; }
  dw[at + 4u * quads] = s4;
  dw[at + 5u * quads] = s5;
  dw[at + 6u * quads] = s6;
  dw[at + 7u * quads] = s7;
}

// Rows n .. n+7 of dx: the sum runs over the outputs, dx[n + r, :] += up[n + r, o] · w[o, :], four outputs a turn.
fn input_tile(m: u32, n: u32, tile: u32, lid: u32, lane: u32) {
  let g = params;
  let quads = g.i / 4u;
  let quad = tile * LANES + lid;
  let column = min(quad, quads - 1u);
  let ua = min(n + (lane & 3u), g.n - 1u) * (g.o / 4u);
  let ub = min(n + 4u + (lane & 3u), g.n - 1u) * (g.o / 4u);
  let w_at = m * (g.w_model / 4u) + column;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var s4 = vec4f();
  var s5 = vec4f();
  var s6 = vec4f();
  var s7 = vec4f();
  for (var o = 0u; o < g.o / 4u; o++) {
    let a = up(m, ua + o);
    let b = up(m, ub + o);
    let wx = w[w_at + (4u * o + 0u) * quads];
    s0 = fma(vec4f(subgroupBroadcast(a.x, 0u)), wx, s0);
    s1 = fma(vec4f(subgroupBroadcast(a.x, 1u)), wx, s1);
    s2 = fma(vec4f(subgroupBroadcast(a.x, 2u)), wx, s2);
    s3 = fma(vec4f(subgroupBroadcast(a.x, 3u)), wx, s3);
    s4 = fma(vec4f(subgroupBroadcast(b.x, 0u)), wx, s4);
    s5 = fma(vec4f(subgroupBroadcast(b.x, 1u)), wx, s5);
    s6 = fma(vec4f(subgroupBroadcast(b.x, 2u)), wx, s6);
    s7 = fma(vec4f(subgroupBroadcast(b.x, 3u)), wx, s7);
    let wy = w[w_at + (4u * o + 1u) * quads];
    s0 = fma(vec4f(subgroupBroadcast(a.y, 0u)), wy, s0);
    s1 = fma(vec4f(subgroupBroadcast(a.y, 1u)), wy, s1);
    s2 = fma(vec4f(subgroupBroadcast(a.y, 2u)), wy, s2);
    s3 = fma(vec4f(subgroupBroadcast(a.y, 3u)), wy, s3);
    s4 = fma(vec4f(subgroupBroadcast(b.y, 0u)), wy, s4);
    s5 = fma(vec4f(subgroupBroadcast(b.y, 1u)), wy, s5);
    s6 = fma(vec4f(subgroupBroadcast(b.y, 2u)), wy, s6);
    s7 = fma(vec4f(subgroupBroadcast(b.y, 3u)), wy, s7);
    let wz = w[w_at + (4u * o + 2u) * quads];
    s0 = fma(vec4f(subgroupBroadcast(a.z, 0u)), wz, s0);
    s1 = fma(vec4f(subgroupBroadcast(a.z, 1u)), wz, s1);
    s2 = fma(vec4f(subgroupBroadcast(a.z, 2u)), wz, s2);
    s3 = fma(vec4f(subgroupBroadcast(a.z, 3u)), wz, s3);
    s4 = fma(vec4f(subgroupBroadcast(b.z, 0u)), wz, s4);
    s5 = fma(vec4f(subgroupBroadcast(b.z, 1u)), wz, s5);
    s6 = fma(vec4f(subgroupBroadcast(b.z, 2u)), wz, s6);
    s7 = fma(vec4f(subgroupBroadcast(b.z, 3u)), wz, s7);
    let ww = w[w_at + (4u * o + 3u) * quads];
    s0 = fma(vec4f(subgroupBroadcast(a.w, 0u)), ww, s0);
    s1 = fma(vec4f(subgroupBroadcast(a.w, 1u)), ww, s1);
    s2 = fma(vec4f(subgroupBroadcast(a.w, 2u)), ww, s2);
    s3 = fma(vec4f(subgroupBroadcast(a.w, 3u)), ww, s3);
    s4 = fma(vec4f(subgroupBroadcast(b.w, 0u)), ww, s4);
    s5 = fma(vec4f(subgroupBroadcast(b.w, 1u)), ww, s5);
    s6 = fma(vec4f(subgroupBroadcast(b.w, 2u)), ww, s6);
    s7 = fma(vec4f(subgroupBroadcast(b.w, 3u)), ww, s7);
  }
  if (quad >= quads) { return; }
  let at = m * (g.dx_model / 4u) + n * quads + quad;
  dx[at] = s0;
  if (n + 1u < g.n) { dx[at + 1u * quads] = s1; }
  if (n + 2u < g.n) { dx[at + 2u * quads] = s2; }
  if (n + 3u < g.n) { dx[at + 3u * quads] = s3; }
  if (n + 4u < g.n) { dx[at + 4u * quads] = s4; }
  if (n + 5u < g.n) { dx[at + 5u * quads] = s5; }
  if (n + 6u < g.n) { dx[at + 6u * quads] = s6; }
  if (n + 7u < g.n) { dx[at + 7u * quads] = s7; }
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
    weight_tile(wid.z, (group / tiles) * 8u, group % tiles, lid, lane);
    return;
  }
  let rest = group - params.weight_groups;
  let n = (rest / tiles) * 8u;
  if (params.input_grad != 0u && n < params.n) { input_tile(wid.z, n, rest % tiles, lid, lane); }
}
