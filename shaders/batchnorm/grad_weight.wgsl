// batchnorm weight and bias gradient: dweight[c] = Σ dy · (x − mean) · inverse, dbias[c] = Σ dy over N and the inner axes.
// dy, x [M,N,C,inner], stats [M,C,2] = mean, inverse, dweight, dbias [M,C]. A workgroup owns a channel; 64 strided partial sums, then a tree.

struct Params {
  n: u32, c: u32, inner: u32,
  dy_model: u32, x_model: u32, stats_model: u32, dweight_model: u32, dbias_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> stats: array<f32>;
@group(0) @binding(4) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(5) var<storage, read_write> dbias: array<f32>;

var<workgroup> partial: array<vec2f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let c = wid.y * count.x + wid.x;
  if (c >= g.c) { return; }
  let mean = stats[wid.z * g.stats_model + 2u * c];
  let inverse = stats[wid.z * g.stats_model + 2u * c + 1u];
  var sums = vec2f(0.0);
  for (var i = lid; i < g.n * g.inner; i += 64u) {
    let at = (i / g.inner) * g.c * g.inner + c * g.inner + i % g.inner;
    let slope = dy[wid.z * g.dy_model + at];
    sums += vec2f(slope * (x[wid.z * g.x_model + at] - mean) * inverse, slope);
  }
  partial[lid] = sums;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  if (lid == 0u) {
    dweight[wid.z * g.dweight_model + c] = partial[0].x;
    dbias[wid.z * g.dbias_model + c] = partial[0].y;
  }
}
