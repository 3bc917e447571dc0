// affine_warp and grid_warp: y[n,c,p,q] = bilinear sample of image[n,c] where the pose (affine_warp/pose.wgsl) puts output pixel (p,q).
// image, y [M,N,C,H,W]; pose [M,N,3] = tx, ty, degrees, or with theta ≠ 0 [M,N,2,3]. Neighbours outside the image count as 0; with border ≠ 0
// places are clamped to it. torch.nn.functional.affine_grid + grid_sample, align_corners = false; but a NaN place gives NaN instead of pixel (0,0).
// One invocation owns one pixel in all channels.

struct Params {
  n: u32, c: u32, h: u32, w: u32, theta: u32, border: u32,
  image_model: u32, pose_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> image: array<f32>;
@group(0) @binding(2) var<storage, read> pose: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn pose_at(at: u32) -> Pose {
  let size = vec2f(f32(params.w), f32(params.h));
  if (params.theta == 0u) { return pose_of_rotation(pose[at], pose[at + 1u], pose[at + 2u], size); }
  return pose_of_theta(vec3f(pose[at], pose[at + 1u], pose[at + 2u]), vec3f(pose[at + 3u], pose[at + 4u], pose[at + 5u]), size);
}

// weight · pixel, or 0 outside the image, even for an infinite pixel beside it. Without a branch, which CPU adapters would pay for on every lane.
fn weighed(plane: u32, row: i32, column: i32, weight: f32) -> f32 {
  let near = clamp(vec2i(row, column), vec2i(0), vec2i(i32(params.h) - 1, i32(params.w) - 1));
  return select(0.0, weight * image[plane + u32(near.x) * params.w + u32(near.y)], near.x == row && near.y == column);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  if (i >= g.n * g.h * g.w) { return; }
  let q = i % g.w;
  let p = (i / g.w) % g.h;
  let n = i / (g.w * g.h);
  let warp = pose_at(wid.z * g.pose_model + n * select(3u, 6u, g.theta != 0u));
  let place = place_of(warp, vec2f(f32(q) - centre_of(g.w), f32(p) - centre_of(g.h)));
  let poison = bitcast<f32>(select(0u, 0x7fc00000u, is_nan(place.x) || is_nan(place.y)));
  let column = along(place.x, g.w, g.border != 0u);
  let row = along(place.y, g.h, g.border != 0u);
  for (var c = 0u; c < g.c; c++) {
    let plane = (n * g.c + c) * g.h * g.w;
    var sum = 0.0;
    let from_plane = wid.z * g.image_model + plane;
    sum += weighed(from_plane, row.low, column.low, (1.0 - row.share) * (1.0 - column.share));
    sum += weighed(from_plane, row.low, column.low + 1, (1.0 - row.share) * column.share);
    sum += weighed(from_plane, row.low + 1, column.low, row.share * (1.0 - column.share));
    sum += weighed(from_plane, row.low + 1, column.low + 1, row.share * column.share);
    y[wid.z * g.y_model + plane + p * g.w + q] = sum + poison;
  }
}
