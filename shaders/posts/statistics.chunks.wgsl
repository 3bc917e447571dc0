// First half of the mean and variance of each channel: moments [M,batch,C,chunks] vec2f, the mean and the sum of squared distances from it of 256
// consecutive pixels (the last chunk of a plane may be shorter), added in their order. x [M,batch,C,plane] f32.
// One invocation owns one chunk; z is the model.

override workgroup_size = 64u;

struct Params { planes: u32, plane: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> moments: array<vec2f>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (number >= params.planes * params.chunks) {
    return;
  }
  let chunk = number % params.chunks;
  let first = (wid.z * params.planes + number / params.chunks) * params.plane + 256u * chunk;
  let count = min(256u, params.plane - 256u * chunk);
  var sum = 0.0;
  for (var i = 0u; i < count; i++) {
    sum += x[first + i];
  }
  let mean = sum / f32(count);
  var squares = 0.0;
  for (var i = 0u; i < count; i++) {
    let away = x[first + i] - mean;
    squares += away * away;
  }
  moments[wid.z * params.planes * params.chunks + number] = vec2f(mean, squares);
}
