// linear forward for adapters with subgroups; what it computes and the shapes are in forward.naive.wgsl. I and O are multiples of 4.
// A lane owns four outputs of eight rows: 32 sums in registers. Four lanes load a vec4 of x for one row each and broadcast it;
// the lane's own four weight rows are read as vec4 and transposed in registers. Rows and outputs past the end repeat the last one.

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
  let row = (group / blocks) * 8u;
  let quad = (group % blocks) * LANES + lid;
  let length = g.i / 4u;
  if (row >= g.n) { return; }

  let xa = m * (g.x_model / 4u) + min(row + (lane & 3u), g.n - 1u) * length;
  let xb = m * (g.x_model / 4u) + min(row + 4u + (lane & 3u), g.n - 1u) * length;
  let w0 = m * (g.w_model / 4u) + min(quad, quads - 1u) * 4u * length;
  var y0 = vec4f();
  var y1 = vec4f();
  var y2 = vec4f();
  var y3 = vec4f();
  var y4 = vec4f();
  var y5 = vec4f();
  var y6 = vec4f();
  var y7 = vec4f();
  for (var i = 0u; i < length; i++) {
    let a = x[xa + i];
    let c = x[xb + i];
    let r0 = w[w0 + i];
    let r1 = w[w0 + length + i];
    let r2 = w[w0 + 2u * length + i];
    let r3 = w[w0 + 3u * length + i];
    let wx = vec4f(r0.x, r1.x, r2.x, r3.x);
    y0 = fma(vec4f(subgroupBroadcast(a.x, 0u)), wx, y0);
    y1 = fma(vec4f(subgroupBroadcast(a.x, 1u)), wx, y1);
    y2 = fma(vec4f(subgroupBroadcast(a.x, 2u)), wx, y2);
    y3 = fma(vec4f(subgroupBroadcast(a.x, 3u)), wx, y3);
    y4 = fma(vec4f(subgroupBroadcast(c.x, 0u)), wx, y4);
    y5 = fma(vec4f(subgroupBroadcast(c.x, 1u)), wx, y5);
    y6 = fma(vec4f(subgroupBroadcast(c.x, 2u)), wx, y6);
    y7 = fma(vec4f(subgroupBroadcast(c.x, 3u)), wx, y7);
    let wy = vec4f(r0.y, r1.y, r2.y, r3.y);
    y0 = fma(vec4f(subgroupBroadcast(a.y, 0u)), wy, y0);
    y1 = fma(vec4f(subgroupBroadcast(a.y, 1u)), wy, y1);
    y2 = fma(vec4f(subgroupBroadcast(a.y, 2u)), wy, y2);
    y3 = fma(vec4f(subgroupBroadcast(a.y, 3u)), wy, y3);
    y4 = fma(vec4f(subgroupBroadcast(c.y, 0u)), wy, y4);
    y5 = fma(vec4f(subgroupBroadcast(c.y, 1u)), wy, y5);
    y6 = fma(vec4f(subgroupBroadcast(c.y, 2u)), wy, y6);
    y7 = fma(vec4f(subgroupBroadcast(c.y, 3u)), wy, y7);
    let wz = vec4f(r0.z, r1.z, r2.z, r3.z);
    y0 = fma(vec4f(subgroupBroadcast(a.z, 0u)), wz, y0);
    y1 = fma(vec4f(subgroupBroadcast(a.z, 1u)), wz, y1);
    y2 = fma(vec4f(subgroupBroadcast(a.z, 2u)), wz, y2);
    y3 = fma(vec4f(subgroupBroadcast(a.z, 3u)), wz, y3);
    y4 = fma(vec4f(subgroupBroadcast(c.z, 0u)), wz, y4);
    y5 = fma(vec4f(subgroupBroadcast(c.z, 1u)), wz, y5);
    y6 = fma(vec4f(subgroupBroadcast(c.z, 2u)), wz, y6);
    y7 = fma(vec4f(subgroupBroadcast(c.z, 3u)), wz, y7);
    let ww = vec4f(r0.w, r1.w, r2.w, r3.w);
    y0 = fma(vec4f(subgroupBroadcast(a.w, 0u)), ww, y0);
    y1 = fma(vec4f(subgroupBroadcast(a.w, 1u)), ww, y1);
    y2 = fma(vec4f(subgroupBroadcast(a.w, 2u)), ww, y2);
    y3 = fma(vec4f(subgroupBroadcast(a.w, 3u)), ww, y3);
    y4 = fma(vec4f(subgroupBroadcast(c.w, 0u)), ww, y4);
    y5 = fma(vec4f(subgroupBroadcast(c.w, 1u)), ww, y5);
    y6 = fma(vec4f(subgroupBroadcast(c.w, 2u)), ww, y6);
    y7 = fma(vec4f(subgroupBroadcast(c.w, 3u)), ww, y7);
  }

  if (quad >= quads) { return; }
  var bias = vec4f();
  if (g.has_bias != 0u) {
    let at = m * g.b_model + quad * 4u;
    bias = vec4f(b[at], b[at + 1u], b[at + 2u], b[at + 3u]);
  }
  let at = m * (g.y_model / 4u) + row * quads + quad;
  y[at] = finish(y0, bias);
  if (row + 1u < g.n) { y[at + 1u * quads] = finish(y1, bias); }
  if (row + 2u < g.n) { y[at + 2u * quads] = finish(y2, bias); }
  if (row + 3u < g.n) { y[at + 3u * quads] = finish(y3, bias); }
  if (row + 4u < g.n) { y[at + 4u * quads] = finish(y4, bias); }
  if (row + 5u < g.n) { y[at + 5u * quads] = finish(y5, bias); }
  if (row + 6u < g.n) { y[at + 6u * quads] = finish(y6, bias); }
  if (row + 7u < g.n) { y[at + 7u * quads] = finish(y7, bias); }
}
