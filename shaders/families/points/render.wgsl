// Family `points`: x [M,batch,2] f32, a point of the plane on the curve of its class, plus noise. rows: class, along (0 to 1), noiseX, noiseY.
// moons: half circles; spirals: arms, radius 0.1 + 0.9·√along at turns·√along + class/classes turns; blobs: centres on the unit circle;
// circles: radius (class + 1)/classes. One invocation owns one sample (z = model). Library: random/distributions.

override workgroup_size = 64u;

struct Params { batch: u32, row_stride: u32, shape: u32, classes: u32, turns: f32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

// The point at an angle given in turns; the library's polynomials, as WGSL promises cos and sin to 2^-11 only.
fn on_circle(radius: f32, turn: f32) -> vec2f {
  return radius * cos_sin_turn(u32(fract(turn) * 16777216.0) << 8u);
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let sample = (wid.y * groups.x + wid.x) * workgroup_size + lane;
  if (sample >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + sample;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let class_number = rows[row + 1u];
  let along = bitcast<f32>(rows[row + 2u]);
  let share = f32(class_number) / f32(params.classes);
  var at = vec2f(0.0);
  if (params.shape == 0u) {
    let moon = on_circle(1.0, 0.5 * along) - vec2f(0.5, 0.25);
    at = select(-moon, moon, class_number == 0u);
  } else if (params.shape == 1u) {
    at = on_circle(0.1 + 0.9 * sqrt(along), params.turns * sqrt(along) + share);
  } else if (params.shape == 2u) {
    at = on_circle(1.0, share);
  } else {
    at = on_circle(f32(class_number + 1u) / f32(params.classes), along);
  }
  x[2u * place] = at.x + bitcast<f32>(rows[row + 3u]);
  x[2u * place + 1u] = at.y + bitcast<f32>(rows[row + 4u]);
}
