// conv2d weight and bias gradient on f16 storage for GPUs, any kernel, stride, padding and groups; what it computes and the shapes are in
// grad_weight.naive_f16.wgsl. An implicit matrix product within each group: dw[k, (c,r,s)] = Σ dy[k, (n,p,q)] · patch[(n,p,q), (c,r,s)].
// A workgroup owns 32 output channels × 128 weights of one part, an invocation 4×4; those of the first column sum db as well.
// Part j sums images j·chunk .. (j+1)·chunk in order, in slabs of sixteen pixels that go through workgroup memory as f32.

enable f16;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, r: u32, s: u32, p: u32, q: u32,
  stride: u32, padding: u32, groups: u32, parts: u32, chunk: u32,
  dy_model: u32, x_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f16>;
@group(0) @binding(2) var<storage, read> x: array<f16>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<storage, read_write> db: array<f32>;

// Pitches: a few more than a row, so that neighbours of a column fall into different banks.
const ROWS = 32u;
const COLUMNS = 128u;
const SLAB = 16u;
const LEFT = 36u;
const RIGHT = 132u;
var<workgroup> left: array<f32, SLAB * LEFT>;
var<workgroup> right: array<f32, SLAB * RIGHT>;

fn left_at(m: u32, group: u32, filter_at: u32, pixel: u32) -> f32 {
  let g = params;
  let size = g.p * g.q;
  return f32(dy[m * g.dy_model + (pixel / size * g.k + group * (g.k / g.groups) + filter_at) * size + pixel % size]);
}

fn right_at(m: u32, group: u32, pixel: u32, patch_at: u32) -> f32 {
  let g = params;
  let row = i32(pixel / g.q % g.p * g.stride + patch_at / g.s % g.r) - i32(g.padding);
  let column = i32(pixel % g.q * g.stride + patch_at % g.s) - i32(g.padding);
  if (row < 0 || row >= i32(g.h) || column < 0 || column >= i32(g.w)) { return 0.0; }
  let channel = pixel / (g.p * g.q) * g.c + group * (g.c / g.groups) + patch_at / (g.r * g.s);
  return f32(x[m * g.x_model + (channel * g.h + u32(row)) * g.w + u32(column)]);
}

fn store_one(at: u32, filter_at: u32, patch_at: u32, sum: f32) {
  let g = params;
  let size = (g.c / g.groups) * g.r * g.s;
  if (filter_at < g.k / g.groups && patch_at < size) { dw[at + filter_at * size + patch_at] = sum; }
}

fn store(at: u32, filter_at: u32, patch_at: u32, v: vec4f) {
  store_one(at, filter_at, patch_at, v.x);
  store_one(at, filter_at, patch_at + 1u, v.y);
  store_one(at, filter_at, patch_at + 2u, v.z);
  store_one(at, filter_at, patch_at + 3u, v.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let rows = g.k / g.groups;
  let columns = (g.c / g.groups) * g.r * g.s;
  let row_blocks = (rows + ROWS - 1u) / ROWS;
  let column_blocks = (columns + COLUMNS - 1u) / COLUMNS;
  let at = wid.y * count.x + wid.x;
  let row = at % row_blocks * ROWS;
  let column = at / row_blocks % column_blocks * COLUMNS;
  let group = at / (row_blocks * column_blocks) % g.groups;
  let part = at / (row_blocks * column_blocks * g.groups);
  if (part >= g.parts) { return; }
  let start = part * g.chunk * g.p * g.q;
  let length = min(g.n, (part + 1u) * g.chunk) * g.p * g.q;
  let ty = lid / 32u * 4u;
  let tx = lid % 32u * 4u;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var bias = vec4f();
  for (var first = start; first < length; first += SLAB) {
    for (var e = lid; e < ROWS * SLAB; e += 256u) {
      var value = 0.0;
      if (row + e / SLAB < rows && first + e % SLAB < length) { value = left_at(m, group, row + e / SLAB, first + e % SLAB); }
      left[(e % SLAB) * LEFT + e / SLAB] = value;
    }
    for (var e = lid; e < COLUMNS * SLAB; e += 256u) {
      let k = e % SLAB;
      let j = e / SLAB;
      var value = 0.0;
      if (column + j < columns && first + k < length) { value = right_at(m, group, first + k, column + j); }
      right[k * RIGHT + j] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < SLAB; k++) {
      let u = vec4f(left[k * LEFT + ty], left[k * LEFT + ty + 1u], left[k * LEFT + ty + 2u], left[k * LEFT + ty + 3u]);
      let v = vec4f(right[k * RIGHT + tx], right[k * RIGHT + tx + 1u], right[k * RIGHT + tx + 2u], right[k * RIGHT + tx + 3u]);
      s0 = fma(vec4f(u.x), v, s0);
      s1 = fma(vec4f(u.y), v, s1);
      s2 = fma(vec4f(u.z), v, s2);
      s3 = fma(vec4f(u.w), v, s3);
      bias += u;
    }
    workgroupBarrier();
  }
  let first_filter = part * g.k + group * rows;
  let dw_at = m * g.dw_model + first_filter * columns;
  store(dw_at, row + ty, column + tx, s0);
  store(dw_at, row + ty + 1u, column + tx, s1);
  store(dw_at, row + ty + 2u, column + tx, s2);
  store(dw_at, row + ty + 3u, column + tx, s3);
  if (column + tx == 0u) {
    let db_at = m * g.db_model + first_filter + row + ty;
    if (row + ty < rows) { db[db_at] = bias.x; }
    if (row + ty + 1u < rows) { db[db_at + 1u] = bias.y; }
    if (row + ty + 2u < rows) { db[db_at + 2u] = bias.z; }
    if (row + ty + 3u < rows) { db[db_at + 3u] = bias.w; }
  }
}
