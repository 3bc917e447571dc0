// mean of all elements: y = Σ x / size, in a fixed order: invocation l adds elements l, l + 64 …, then a tree. x [M,size], y [M]. One workgroup a model.

struct Params { size: u32, x_model: u32, y_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

var<workgroup> partial: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lid: u32) {
  var sum = 0.0;
  for (var i = lid; i < params.size; i += 64u) { sum += x[wid.z * params.x_model + i]; }
  partial[lid] = sum;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) { partial[lid] += partial[lid + half]; }
    workgroupBarrier();
  }
  if (lid == 0u) { y[wid.z * params.y_model] = partial[0] / f32(params.size); }
}
