// batchnorm input gradient through the batch's statistics: with n = (x − mean) · inverse over S = N·inner elements a channel,
// dx = weight · inverse · (dy − dbias/S − n · dweight/S). dy, x, dx [M,N,C,inner], weight, dweight, dbias [M,C], stats [M,C,2] = mean, inverse.
// One invocation owns one element.

struct Params {
  size: u32, n: u32, c: u32, inner: u32,
  dy_model: u32, x_model: u32, weight_model: u32, stats_model: u32, dweight_model: u32, dbias_model: u32, dx_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> x: array<f32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read> stats: array<f32>;
@group(0) @binding(5) var<storage, read> dweight: array<f32>;
@group(0) @binding(6) var<storage, read> dbias: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.size) { return; }
  let c = (i / g.inner) % g.c;
  let inverse = stats[wid.z * g.stats_model + 2u * c + 1u];
  let normal = (x[wid.z * g.x_model + i] - stats[wid.z * g.stats_model + 2u * c]) * inverse;
  let elements = f32(g.n * g.inner);
  let centred =
    dy[wid.z * g.dy_model + i] - dbias[wid.z * g.dbias_model + c] / elements - normal * (dweight[wid.z * g.dweight_model + c] / elements);
  dx[wid.z * g.dx_model + i] = weight[wid.z * g.weight_model + c] * inverse * centred;
}
