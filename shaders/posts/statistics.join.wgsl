// Second half of the mean and variance of each channel: statistics [M,C,2] f32 from moments [M,batch,C,chunks] vec2f (statistics.chunks.wgsl).
// Lane l joins the chunks l, l + 64, … in order, the first lane then the 64 results: the order never depends on the adapter.
// One workgroup of 64, whatever the adapter, owns one channel (x) of one model (z). Source: Chan, Golub and LeVeque, 1979.

struct Params { batch: u32, channels: u32, plane: u32, chunks: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> moments: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> statistics: array<f32>;

// Count, mean and sum of squared distances.
var<workgroup> joined: array<vec3f, 64>;

fn join(a: vec3f, b: vec3f) -> vec3f {
  if (b.x == 0.0) {
    return a;
  }
  let count = a.x + b.x;
  let away = b.y - a.y;
  let share = b.x / count;
  return vec3f(count, a.y + away * share, a.z + b.z + away * away * a.x * share);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let channel = wid.x;
  var sum = vec3f(0.0);
  for (var i = lane; i < params.batch * params.chunks; i += 64u) {
    let image = i / params.chunks;
    let chunk = i % params.chunks;
    let both = moments[((wid.z * params.batch + image) * params.channels + channel) * params.chunks + chunk];
    sum = join(sum, vec3f(f32(min(256u, params.plane - 256u * chunk)), both));
  }
  joined[lane] = sum;
  workgroupBarrier();
  if (lane == 0u) {
    for (var i = 1u; i < 64u; i++) {
      sum = join(sum, joined[i]);
    }
    let at = 2u * (wid.z * params.channels + channel);
    statistics[at] = sum.y;
    statistics[at + 1u] = sum.z / sum.x;
  }
}
