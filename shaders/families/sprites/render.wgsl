// Family `sprites`: one shape somewhere on a plain ground, x [M,batch,C,H,W] f32 in [0,1]; after dSprites (Matthey et al., 2017).
// value = ground + (ink − ground)·clamp(½ − d, 0, 1), d the signed distance to the shape in pixels (negative inside). A shape is given for radius 1
// about the origin, then turned, scaled and moved. rows holds the parameters in the order of packages/datagen/src/families/sprites/family.ts.
// A workgroup owns one of `slices` parts of an image (z = model), an invocation every (workgroup_size·slices)-th pixel. Library: sample/turn.

override workgroup_size = 64u;

struct Params { batch: u32, channels: u32, height: u32, width: u32, slices: u32, row_stride: u32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rows: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<f32>;

const SQUARE = 0u;
const ELLIPSE = 1u;
const HEART = 2u;
const TRIANGLE = 3u;
const CROSS = 4u;

fn box_distance(q: vec2f, half_size: vec2f) -> f32 {
  let beyond = abs(q) - half_size;
  return length(max(beyond, vec2f(0.0))) + min(max(beyond.x, beyond.y), 0.0);
}

// To first order: the implicit function over the length of its gradient.
fn ellipse_distance(q: vec2f, radii: vec2f) -> f32 {
  let f = max(length(q / radii), 1e-4);
  return (f - 1.0) * f / max(length(q / (radii * radii)), 1e-4);
}

// A square standing on a corner, and a half disc on each of its upper sides.
fn heart_distance(q: vec2f) -> f32 {
  let side = vec2f(q.x + q.y, q.y - q.x) * 0.70710678;
  let square = box_distance(side, vec2f(0.5));
  let left = length(side - vec2f(-0.5, 0.0)) - 0.5;
  let right = length(side - vec2f(0.0, -0.5)) - 0.5;
  return min(square, min(left, right));
}

fn triangle_distance(q: vec2f) -> f32 {
  return max(q.y, 0.8660254 * abs(q.x) - 0.5 * q.y) - 0.5;
}

fn shape_distance(shape: u32, q: vec2f) -> f32 {
  switch (shape) {
    case SQUARE: { return box_distance(q, vec2f(0.75)); }
    case ELLIPSE: { return ellipse_distance(q, vec2f(1.0, 0.55)); }
    case HEART: { return 1.2 * heart_distance((q + vec2f(0.0, 0.1)) / 1.2); }
    case TRIANGLE: { return triangle_distance(q); }
    default: { return min(box_distance(q, vec2f(0.95, 0.3)), box_distance(q, vec2f(0.3, 0.95))); }
  }
}

@compute @workgroup_size(workgroup_size)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let number = wid.y * groups.x + wid.x;
  let image = number / params.slices;
  if (image >= params.batch) {
    return;
  }
  let place = wid.z * params.batch + image;
  let row = place * params.row_stride;
  if (rows[row] == 0u) {
    return;
  }
  let shape = rows[row + 1u];
  let centre = vec2f(bitcast<f32>(rows[row + 2u]), bitcast<f32>(rows[row + 3u]));
  let scale = bitcast<f32>(rows[row + 4u]);
  let rotation = bitcast<f32>(rows[row + 5u]) / 6.28318530717959;
  let ink = bitcast<f32>(rows[row + 6u]);
  let ground = bitcast<f32>(rows[row + 7u]);
  let turn = vec2f(cos_turn(rotation), sin_turn(rotation));
  let size = vec2f(f32(params.width), f32(params.height));
  let side = min(size.x, size.y);
  let plane = params.height * params.width;
  let first = place * params.channels * plane;

  for (var pixel = (number % params.slices) * workgroup_size + lane; pixel < plane; pixel += workgroup_size * params.slices) {
    let at = vec2f(f32(pixel % params.width), f32(pixel / params.width));
    let away = ((at + 0.5 - 0.5 * size) / side - centre) / scale;
    let q = vec2f(turn.x * away.x + turn.y * away.y, turn.x * away.y - turn.y * away.x);
    let cover = clamp(0.5 - shape_distance(shape, q) * scale * side, 0.0, 1.0);
    for (var c = 0u; c < params.channels; c++) {
      // Of three channels each has its own share of the ink and of the ground.
      let tint = select(1.0, bitcast<f32>(rows[row + 8u + c]), params.channels > 1u);
      let back = select(1.0, bitcast<f32>(rows[row + 11u + c]), params.channels > 1u) * ground;
      x[first + c * plane + pixel] = back + (tint * ink - back) * cover;
    }
  }
}
