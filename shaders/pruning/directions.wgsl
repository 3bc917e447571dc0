// Teacher T, uniform on the unit sphere in R^N, and a probe at an angle θ to it: cos θ·T + sin θ·U, U a unit vector orthogonal to T.
// directions [models, pairs] vec4f: (T, probe) of dimension 2·pair, then of 2·pair + 1; zeros beyond N, as 2·pairs is N rounded up.
// A workgroup owns one model (z): seed `first_model + z`. Libraries: random/threefry, random/distributions, pruning/sums.

struct Params { seed: u32, first_model: u32, dimension: u32, pairs: u32, cosine: f32, sine: f32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> directions: array<vec4f>;

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(local_invocation_index) lane: u32) {
  let base = wid.z * params.pairs;
  let key = sample_key(params.seed, STREAM_INITIALISATION, params.first_model + wid.z, 0u);
  var squares = vec4f();
  for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
    let teacher_words = draw_pair(key, 0u, 0u, pair);
    let other_words = draw_pair(key, 1u, 0u, pair);
    let inside = vec2f(vec2u(2u * pair, 2u * pair + 1u) < vec2u(params.dimension));
    let t = normal_pair(teacher_words.x, teacher_words.y) * inside;
    let u = normal_pair(other_words.x, other_words.y) * inside;
    directions[base + pair] = vec4f(t.x, u.x, t.y, u.y);
    squares.x += dot(t, t);
  }
  let teacher_scale = inverseSqrt(workgroup_sum(lane, squares).x);
  // Orthogonal twice over: the first time leaves a rounding error of U's own size.
  var scale = teacher_scale;
  for (var round = 0u; round < 2u; round++) {
    var overlap = vec4f();
    for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
      let d = directions[base + pair];
      overlap.x += scale * (d.x * d.y + d.z * d.w);
    }
    let along = workgroup_sum(lane, overlap).x;
    for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
      let d = directions[base + pair];
      let t = d.xz * scale;
      let u = d.yw - along * t;
      directions[base + pair] = vec4f(t.x, u.x, t.y, u.y);
    }
    scale = 1.0;
  }
  squares = vec4f();
  for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
    let d = directions[base + pair];
    squares += vec4f(dot(d.yw, d.yw), dot(d.xz, d.xz), 0.0, 0.0);
  }
  let lengths = sqrt(workgroup_sum(lane, squares).xy);
  for (var pair = lane; pair < params.pairs; pair += workgroup_size) {
    let d = directions[base + pair];
    // Divided once more: inverseSqrt may be off by two units of the last place.
    let t = d.xz / lengths.y;
    let probe = params.cosine * t + params.sine * (d.yw / lengths.x);
    directions[base + pair] = vec4f(t.x, probe.x, t.y, probe.y);
  }
}
