// affine_warp and grid_warp, image gradient: dimage[n,c,i,j] = Σ_p,q dy[n,c,p,q] · (weight of pixel (i,j) in the sample of (p,q)).
// The inverse of the warp bounds the output rows; in a row the places move along a line, so that those within a pixel of (i,j) are one interval of q.
// Both are widened by a pixel against rounding, and every candidate is weighed as the forward pass does. dy, dimage [M,N,C,H,W]; pose as in forward.wgsl.
// One invocation owns one dimage and gathers in the order of p, then q.

struct Params {
  n: u32, c: u32, h: u32, w: u32, theta: u32, border: u32,
  dy_model: u32, pose_model: u32, dimage_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> pose: array<f32>;
@group(0) @binding(3) var<storage, read_write> dimage: array<f32>;

fn pose_at(at: u32) -> Pose {
  let size = vec2f(f32(params.w), f32(params.h));
  if (params.theta == 0u) { return pose_of_rotation(pose[at], pose[at + 1u], pose[at + 2u], size); }
  return pose_of_theta(vec3f(pose[at], pose[at + 1u], pose[at + 2u]), vec3f(pose[at + 3u], pose[at + 4u], pose[at + 5u]), size);
}

fn weight_of(axis: Along, pixel: u32) -> f32 {
  return select(0.0, 1.0 - axis.share, axis.low == i32(pixel)) + select(0.0, axis.share, axis.low + 1 == i32(pixel));
}

// Places within a pixel of `pixel` on an axis, from the centre; at a border with clamping they reach to infinity.
fn reach(pixel: u32, size: u32) -> vec2f {
  let middle = f32(pixel) - centre_of(size);
  let clamped = params.border != 0u;
  return vec2f(select(middle - 1.0, -1e30, clamped && pixel == 0u), select(middle + 1.0, 1e30, clamped && pixel == size - 1u));
}

// low .. high as whole numbers from 0 to size, a pixel wider on both sides.
fn widened(low: f32, high: f32, size: u32) -> vec2f {
  return clamp(vec2f(floor(low) - 1.0, ceil(high) + 2.0), vec2f(0.0), vec2f(f32(size)));
}

// The q for which start + slope · q lies in `range`; a nearly constant place restricts nothing.
fn columns_of(start: f32, slope: f32, range: vec2f) -> vec2f {
  if (abs(slope) < 0.01) { return vec2f(0.0, f32(params.w)); }
  let ends = (range - start) / slope;
  return widened(min(ends.x, ends.y), max(ends.x, ends.y), params.w);
}

// The p whose places lie in both ranges; a nearly singular warp restricts nothing.
fn rows_of(warp: Pose, x: vec2f, y: vec2f) -> vec2f {
  let det = determinant(warp.a);
  if (abs(det) < 0.01) { return vec2f(0.0, f32(params.h)); }
  // Second row of the inverse: v = offset.y + (a00 · (Y − shift.y) − a10 · (X − shift.x)) / det.
  let from_x = (x - warp.shift.x) * (-warp.a[0].y / det);
  let from_y = (y - warp.shift.y) * (warp.a[0].x / det);
  let middle = warp.offset.y + centre_of(params.h);
  return widened(middle + min(from_x.x, from_x.y) + min(from_y.x, from_y.y), middle + max(from_x.x, from_x.y) + max(from_y.x, from_y.y), params.h);
}

fn is_wild(value: f32) -> bool { return is_nan(value) || abs(value) > 1e30; }

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  if (id >= g.n * g.c * g.h * g.w) { return; }
  let j = id % g.w;
  let i = (id / g.w) % g.h;
  let plane = id / (g.w * g.h);
  let warp = pose_at(wid.z * g.pose_model + (plane / g.c) * select(3u, 6u, g.theta != 0u));
  let border = g.border != 0u;
  let x = reach(j, g.w);
  let y = reach(i, g.h);
  let corner = place_of(warp, vec2f(-centre_of(g.w), -centre_of(g.h)));
  // No arithmetic of intervals on NaN or infinity: then every place is looked at.
  let wild = is_wild(corner.x) || is_wild(corner.y);
  let rows = select(rows_of(warp, x, y), vec2f(0.0, f32(g.h)), wild);
  var sum = 0.0;
  for (var p = u32(rows.x); p < u32(rows.y); p++) {
    let v = f32(p) - centre_of(g.h);
    let start = place_of(warp, vec2f(-centre_of(g.w), v));
    let by_x = columns_of(start.x, warp.a[0].x, x);
    let by_y = columns_of(start.y, warp.a[0].y, y);
    let columns = select(vec2f(max(by_x.x, by_y.x), min(by_x.y, by_y.y)), vec2f(0.0, f32(g.w)), wild);
    for (var q = u32(columns.x); q < u32(columns.y); q++) {
      let place = place_of(warp, vec2f(f32(q) - centre_of(g.w), v));
      let poison = bitcast<f32>(select(0u, 0x7fc00000u, is_nan(place.x) || is_nan(place.y)));
      let weight = weight_of(along(place.x, g.w, border), j) * weight_of(along(place.y, g.h, border), i) + poison;
      // A candidate that misses this pixel must not bring its infinity or NaN here.
      if (weight == 0.0) { continue; }
      sum += weight * dy[wid.z * g.dy_model + (plane * g.h + p) * g.w + q];
    }
  }
  dimage[wid.z * g.dimage_model + id] = sum;
}
