// linear backward on f16 storage for GPUs, any sizes; what it computes and the shapes are in backward.naive_f16.wgsl. The first
// `weight_groups` workgroups own 64×64 tiles of dw (and, in the first column of tiles, db), the rest 64×64 tiles of dx; an invocation owns
// 4×4. Both are left · right: dw sums up[n,o] · x[n,i] over n, dx sums up[n,o] · w[o,i] over o, in slabs of sixteen that go through
// workgroup memory, as f32 so that each element is converted once a tile.

enable f16;

struct Params {
  n: u32, i: u32, o: u32, relu: u32, input_grad: u32, weight_groups: u32,
  x_model: u32, w_model: u32, y_model: u32, dy_model: u32, dx_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read> y: array<f16>;
@group(0) @binding(4) var<storage, read> dy: array<f16>;
@group(0) @binding(5) var<storage, read_write> dx: array<f16>;
@group(0) @binding(6) var<storage, read_write> dw: array<f32>;
@group(0) @binding(7) var<storage, read_write> db: array<f32>;

// PITCH: four more than a row, so that neighbours of a column fall into different banks.
const TILE = 64u;
const SLAB = 16u;
const PITCH = 68u;
var<workgroup> left: array<f32, SLAB * PITCH>;
var<workgroup> right: array<f32, SLAB * PITCH>;

fn up(m: u32, n: u32, o: u32) -> f32 {
  if (n >= params.n || o >= params.o) { return 0.0; }
  let at = n * params.o + o;
  let value = f32(dy[m * params.dy_model + at]);
  return select(value, 0.0, params.relu != 0u && y[m * params.y_model + at] <= 0.0h);
}

fn store_one(weights: bool, m: u32, row: u32, i: u32, sum: f32) {
  if (row >= select(params.n, params.o, weights) || i >= params.i) { return; }
  if (weights) { dw[m * params.dw_model + row * params.i + i] = sum; } else { dx[m * params.dx_model + row * params.i + i] = f16(sum); }
}

fn store(weights: bool, m: u32, row: u32, i: u32, v: vec4f) {
  store_one(weights, m, row, i, v.x);
  store_one(weights, m, row, i + 1u, v.y);
  store_one(weights, m, row, i + 2u, v.z);
  store_one(weights, m, row, i + 3u, v.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let group = wid.y * count.x + wid.x;
  let weights = group < g.weight_groups;
  let tile = select(group - g.weight_groups, group, weights);
  let blocks = (g.i + TILE - 1u) / TILE;
  let row = tile / blocks * TILE;
  let column = tile % blocks * TILE;
  if (!weights && (g.input_grad == 0u || row >= g.n)) { return; }
  let length = select(g.o, g.n, weights);
  let ty = lid / 16u * 4u;
  let tx = lid % 16u * 4u;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var bias = vec4f();
  for (var first = 0u; first < length; first += SLAB) {
    for (var e = lid; e < TILE * SLAB; e += 256u) {
      let k = select(e % SLAB, e / TILE, weights);
      let r = select(e / SLAB, e % TILE, weights);
      left[k * PITCH + r] = up(m, select(row + r, first + k, weights), select(first + k, row + r, weights));
      let term = first + e / TILE;
      let i = column + e % TILE;
      var value = 0.0;
      if (term < length && i < g.i) {
        if (weights) { value = f32(x[m * g.x_model + term * g.i + i]); } else { value = f32(w[m * g.w_model + term * g.i + i]); }
      }
      right[(e / TILE) * PITCH + e % TILE] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < SLAB; k++) {
      let u = vec4f(left[k * PITCH + ty], left[k * PITCH + ty + 1u], left[k * PITCH + ty + 2u], left[k * PITCH + ty + 3u]);
      let v = vec4f(right[k * PITCH + tx], right[k * PITCH + tx + 1u], right[k * PITCH + tx + 2u], right[k * PITCH + tx + 3u]);
      s0 = fma(vec4f(u.x), v, s0);
      s1 = fma(vec4f(u.y), v, s1);
      s2 = fma(vec4f(u.z), v, s2);
      s3 = fma(vec4f(u.w), v, s3);
      bias += u;
    }
    workgroupBarrier();
  }
  store(weights, m, row + ty, column + tx, s0);
  store(weights, m, row + ty + 1u, column + tx, s1);
  store(weights, m, row + ty + 2u, column + tx, s2);
  store(weights, m, row + ty + 3u, column + tx, s3);
  if (weights && column + tx == 0u) {
    let at = m * g.db_model + row + ty;
    if (row + ty < g.o) { db[at] = bias.x; }
    if (row + ty + 1u < g.o) { db[at + 1u] = bias.y; }
    if (row + ty + 2u < g.o) { db[at + 2u] = bias.z; }
    if (row + ty + 3u < g.o) { db[at + 3u] = bias.w; }
  }
}
