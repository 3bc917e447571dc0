// batchnorm statistics of a batch: stats[c] = mean, 1/√(var + eps) over N and the inner axes, var biased; as torch.nn.BatchNorm2d does,
// new_mean = (1 − momentum) · running_mean + momentum · mean and new_var the same with the unbiased variance. Ioffe & Szegedy 2015.
// x [M,N,C,inner], the others [M,C], stats [M,C,2]. A workgroup owns a channel; 64 strided partial sums, then a tree; deviations in a second pass.

struct Params {
  n: u32, c: u32, inner: u32, eps: f32, momentum: f32,
  x_model: u32, running_mean_model: u32, running_var_model: u32, stats_model: u32, new_mean_model: u32, new_var_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> running_mean: array<f32>;
@group(0) @binding(3) var<storage, read> running_var: array<f32>;
@group(0) @binding(4) var<storage, read_write> stats: array<f32>;
@group(0) @binding(5) var<storage, read_write> new_mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> new_var: array<f32>;

var<workgroup> partial: array<f32, 64>;

fn total(lid: u32, value: f32) -> f32 {
  workgroupBarrier();
  partial[lid] = value;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  return partial[0];
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let c = wid.y * count.x + wid.x;
  if (c >= g.c) { return; }
  let size = g.n * g.inner;
  let at = wid.z * g.x_model + c * g.inner;
  var sum = 0.0;
  for (var i = lid; i < size; i += 64u) { sum += x[at + (i / g.inner) * g.c * g.inner + i % g.inner]; }
  let mean = total(lid, sum) / f32(size);
  var squares = 0.0;
  for (var i = lid; i < size; i += 64u) {
    let deviation = x[at + (i / g.inner) * g.c * g.inner + i % g.inner] - mean;
    squares += deviation * deviation;
  }
  let deviations = total(lid, squares);
  if (lid != 0u) { return; }
  // NaN by its bits: what sqrt makes of a NaN is up to the adapter.
  let poison = bitcast<f32>(select(0u, 0x7fc00000u, (bitcast<u32>(deviations) & 0x7fffffffu) > 0x7f800000u));
  stats[wid.z * g.stats_model + 2u * c] = mean;
  stats[wid.z * g.stats_model + 2u * c + 1u] = 1.0 / sqrt(deviations / f32(size) + g.eps) + poison;
  let keep = 1.0 - g.momentum;
  new_mean[wid.z * g.new_mean_model + c] = keep * running_mean[wid.z * g.running_mean_model + c] + g.momentum * mean;
  new_var[wid.z * g.new_var_model + c] =
    keep * running_var[wid.z * g.running_var_model + c] + g.momentum * (deviations / f32(size - 1u));
}
