// conv2d data gradient on f16 storage for GPUs, any kernel, stride, padding and groups; what it computes is in grad_input.naive_f16.wgsl.
// An implicit matrix product within each group: dx[c, (n,h,w)] = Σ w[(k,r,s), c] · dy[(k,r,s), (n,h,w)], where dy is 0 unless the tap (r,s)
// of some output falls on the pixel. A workgroup owns 32 input channels × 128 pixels, an invocation 4×4; it gathers, nothing is scattered.
// Slabs of sixteen (k,r,s) go through workgroup memory as f32.

enable f16;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, r: u32, s: u32, p: u32, q: u32,
  stride: u32, padding: u32, groups: u32,
  dy_model: u32, w_model: u32, dx_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read_write> dx: array<f16>;

// Pitches: a few more than a row, so that neighbours of a column fall into different banks.
const ROWS = 32u;
const COLUMNS = 128u;
const SLAB = 16u;
const LEFT = 36u;
const RIGHT = 132u;
var<workgroup> left: array<f32, SLAB * LEFT>;
var<workgroup> right: array<f32, SLAB * RIGHT>;

fn left_at(m: u32, group: u32, channel: u32, tap: u32) -> f32 {
  let g = params;
  let size = g.r * g.s;
  let k = group * (g.k / g.groups) + tap / size;
  return f32(w[m * g.w_model + (k * (g.c / g.groups) + channel) * size + tap % size]);
}

fn right_at(m: u32, group: u32, tap: u32, pixel: u32) -> f32 {
  let g = params;
  let up = i32(pixel / g.w % g.h + g.padding) - i32(tap / g.s % g.r);
  let left = i32(pixel % g.w + g.padding) - i32(tap % g.s);
  if (up < 0 || left < 0 || u32(up) % g.stride != 0u || u32(left) % g.stride != 0u) { return 0.0; }
  let p = u32(up) / g.stride;
  let q = u32(left) / g.stride;
  if (p >= g.p || q >= g.q) { return 0.0; }
  let k = pixel / (g.h * g.w) * g.k + group * (g.k / g.groups) + tap / (g.r * g.s);
  return f32(dy[m * g.dy_model + (k * g.p + p) * g.q + q]);
}

fn store_one(m: u32, group: u32, channel: u32, pixel: u32, sum: f32) {
  let g = params;
  if (channel >= g.c / g.groups || pixel >= g.n * g.h * g.w) { return; }
  let c = pixel / (g.h * g.w) * g.c + group * (g.c / g.groups) + channel;
  dx[m * g.dx_model + c * g.h * g.w + pixel % (g.h * g.w)] = f16(sum);
}

fn store(m: u32, group: u32, row: u32, column: u32, v: vec4f) {
  store_one(m, group, row, column, v.x);
  store_one(m, group, row, column + 1u, v.y);
  store_one(m, group, row, column + 2u, v.z);
  store_one(m, group, row, column + 3u, v.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let m = wid.z;
  let rows = g.c / g.groups;
  let columns = g.n * g.h * g.w;
  let row_blocks = (rows + ROWS - 1u) / ROWS;
  let column_blocks = (columns + COLUMNS - 1u) / COLUMNS;
  let at = wid.y * count.x + wid.x;
  let row = at % row_blocks * ROWS;
  let column = at / row_blocks % column_blocks * COLUMNS;
  let group = at / (row_blocks * column_blocks);
  if (group >= g.groups) { return; }
  let length = (g.k / g.groups) * g.r * g.s;
  let ty = lid / 32u * 4u;
  let tx = lid % 32u * 4u;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var first = 0u; first < length; first += SLAB) {
    for (var e = lid; e < ROWS * SLAB; e += 256u) {
      var value = 0.0;
      if (row + e / SLAB < rows && first + e % SLAB < length) { value = left_at(m, group, row + e / SLAB, first + e % SLAB); }
      left[(e % SLAB) * LEFT + e / SLAB] = value;
    }
    for (var e = lid; e < COLUMNS * SLAB; e += 256u) {
      let k = e / COLUMNS;
      let j = e % COLUMNS;
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
    }
    workgroupBarrier();
  }
  store(m, group, row + ty, column + tx, s0);
  store(m, group, row + ty + 1u, column + tx, s1);
  store(m, group, row + ty + 2u, column + tx, s2);
  store(m, group, row + ty + 3u, column + tx, s3);
}
