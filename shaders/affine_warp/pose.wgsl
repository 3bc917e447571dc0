// Where an affine warp samples. Everything is in pixels from the image's centre, so that f32 loses least: output pixel (u,v) reads
// the input at a·(u − offset.x, v − offset.y) + shift. From tx, ty (pixels) and a rotation: with θ = the first two rows of the inverse of
// [[cos, −sin, tx/(W/2)], [sin, cos, ty/(H/2)], [0,0,1]] (grid normalised to ±1, align_corners = false), a = [[cos, sin·W/H], [−sin·H/W, cos]] and
// offset = (tx, ty). From θ [2,3] itself: a = [[θ00, θ01·W/H], [θ10·H/W, θ11]], shift = (θ02·W/2, θ12·H/2). A library without an entry.

struct Pose { a: mat2x2f, offset: vec2f, shift: vec2f }
// low and low + 1 are the neighbours, share the weight of the second, slope ∂coordinate/∂place: 0 where the border clamps.
struct Along { low: i32, share: f32, slope: f32 }

fn is_nan(value: f32) -> bool { return (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u; }

// cos and sin of an angle in degrees, to two roundings of f32; WGSL's own are only good to 2^-11. Taylor to x^9 and x^10 on ±45°.
fn cos_sin(degrees: f32) -> vec2f {
  let turns = round(degrees / 90.0);
  let x = (degrees - 90.0 * turns) * 0.017453292519943295;
  let s = x * x;
  let sine = x + x * s * (-1.6666667e-1 + s * (8.3333333e-3 + s * (-1.9841270e-4 + s * 2.7557319e-6)));
  let cosine = 1.0 - s * (0.5 + s * (-4.1666667e-2 + s * (1.3888889e-3 + s * (-2.4801587e-5 + s * 2.7557319e-7))));
  let quarter = turns - 4.0 * floor(turns / 4.0);
  if (quarter == 1.0) { return vec2f(-sine, cosine); }
  if (quarter == 2.0) { return vec2f(-cosine, -sine); }
  if (quarter == 3.0) { return vec2f(sine, -cosine); }
  return vec2f(cosine, sine);
}

fn pose_of_rotation(tx: f32, ty: f32, degrees: f32, size: vec2f) -> Pose {
  let t = cos_sin(degrees);
  // Columns: mat2x2f(a00, a10, a01, a11).
  return Pose(mat2x2f(t.x, -t.y * (size.y / size.x), t.y * (size.x / size.y), t.x), vec2f(tx, ty), vec2f(0.0));
}

fn pose_of_theta(row0: vec3f, row1: vec3f, size: vec2f) -> Pose {
  let a = mat2x2f(row0.x, row1.x * (size.y / size.x), row0.y * (size.x / size.y), row1.y);
  return Pose(a, vec2f(0.0), 0.5 * size * vec2f(row0.z, row1.z));
}

fn centre_of(size: u32) -> f32 { return 0.5 * f32(size - 1u); }

fn place_of(pose: Pose, centred: vec2f) -> vec2f { return pose.a * (centred - pose.offset) + pose.shift; }

// The two pixels of an axis that a place lies between. With border padding it is clamped to the outermost pixels, else far places lie outside.
fn along(place: f32, size: u32, border: bool) -> Along {
  let half = centre_of(size);
  if (border) {
    let position = clamp(place, -half, half) + half;
    let low = floor(position);
    return Along(i32(low), position - low, select(0.0, 1.0, abs(place) < half));
  }
  let position = clamp(place + half, -2.0, f32(size) + 1.0);
  let low = floor(position);
  return Along(i32(low), position - low, 1.0);
}
