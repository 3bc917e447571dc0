// linear forward on f16 storage for GPUs, any sizes; what it computes and the shapes are in forward.naive_f16.wgsl. A workgroup owns
// 64 rows × 64 outputs of y, an invocation 4×4. Slabs of sixteen features of x and w go through workgroup memory, as f32 so that each
// element is converted once a tile; past the end they hold 0.

enable f16;

struct Params { n: u32, i: u32, o: u32, has_bias: u32, relu: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f16>;

// PITCH: four more than a row, so that neighbours of a column fall into different banks.
const TILE = 64u;
const SLAB = 16u;
const PITCH = 68u;
var<workgroup> left: array<f32, SLAB * PITCH>;
var<workgroup> right: array<f32, SLAB * PITCH>;

fn store_one(m: u32, n: u32, o: u32, sum: f32) {
  if (n >= params.n || o >= params.o) { return; }
  var value = sum;
  if (params.has_bias != 0u) { value += b[m * params.b_model + o]; }
  // A comparison, not max(): max(NaN, 0) is 0 on software adapters and would hide a NaN.
  y[m * params.y_model + n * params.o + o] = f16(select(value, 0.0, params.relu != 0u && value < 0.0));
}

fn store(m: u32, n: u32, o: u32, v: vec4f) {
  store_one(m, n, o, v.x);
  store_one(m, n, o + 1u, v.y);
  store_one(m, n, o + 2u, v.z);
  store_one(m, n, o + 3u, v.w);
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let blocks = (g.o + TILE - 1u) / TILE;
  let group = wid.y * count.x + wid.x;
  let row = group / blocks * TILE;
  let column = group % blocks * TILE;
  if (row >= g.n) { return; }
  let ty = lid / 16u * 4u;
  let tx = lid % 16u * 4u;
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  for (var first = 0u; first < g.i; first += SLAB) {
    for (var e = lid; e < TILE * SLAB; e += 256u) {
      let i = first + e % SLAB;
      let n = row + e / SLAB;
      let o = column + e / SLAB;
      var value = 0.0;
      if (n < g.n && i < g.i) { value = f32(x[wid.z * g.x_model + n * g.i + i]); }
      left[(e % SLAB) * PITCH + e / SLAB] = value;
      value = 0.0;
      if (o < g.o && i < g.i) { value = f32(w[wid.z * g.w_model + o * g.i + i]); }
      right[(e % SLAB) * PITCH + e / SLAB] = value;
    }
    workgroupBarrier();
    for (var k = 0u; k < SLAB; k++) {
      let u = vec4f(left[k * PITCH + ty], left[k * PITCH + ty + 1u], left[k * PITCH + ty + 2u], left[k * PITCH + ty + 3u]);
      let v = vec4f(right[k * PITCH + tx], right[k * PITCH + tx + 1u], right[k * PITCH + tx + 2u], right[k * PITCH + tx + 3u]);
      s0 = fma(vec4f(u.x), v, s0);
      s1 = fma(vec4f(u.y), v, s1);
      s2 = fma(vec4f(u.z), v, s2);
      s3 = fma(vec4f(u.w), v, s3);
    }
    workgroupBarrier();
  }
  store(wid.z, row + ty, column + tx, s0);
  store(wid.z, row + ty + 1u, column + tx, s1);
  store(wid.z, row + ty + 2u, column + tx, s2);
  store(wid.z, row + ty + 3u, column + tx, s3);
}
