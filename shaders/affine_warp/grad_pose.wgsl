// affine_warp and grid_warp, pose gradient. With X, Y = ∂L/∂place of each output pixel (bilinear: differences of neighbours, 0 where clamped) and
// (u,v) = the pixel from the centre less the offset: da = Σ [X·u, X·v; Y·u, Y·v], dshift = Σ [X, Y], then the chain rule of affine_warp/pose.wgsl.
// image, dy [M,N,C,H,W]; pose, dpose [M,N,3] or with theta ≠ 0 [M,N,2,3]. A workgroup owns an image: 64 strided partial sums, then a tree.

struct Params {
  n: u32, c: u32, h: u32, w: u32, theta: u32, border: u32,
  dy_model: u32, image_model: u32, pose_model: u32, dpose_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> image: array<f32>;
@group(0) @binding(3) var<storage, read> pose: array<f32>;
@group(0) @binding(4) var<storage, read_write> dpose: array<f32>;

// Σ X·(u, v, 1) and Σ Y·(u, v, 1).
var<workgroup> partial_x: array<vec3f, 64>;
var<workgroup> partial_y: array<vec3f, 64>;

fn pose_at(at: u32) -> Pose {
  let size = vec2f(f32(params.w), f32(params.h));
  if (params.theta == 0u) { return pose_of_rotation(pose[at], pose[at + 1u], pose[at + 2u], size); }
  return pose_of_theta(vec3f(pose[at], pose[at + 1u], pose[at + 2u]), vec3f(pose[at + 3u], pose[at + 4u], pose[at + 5u]), size);
}

fn pixel(plane: u32, row: i32, column: i32) -> f32 {
  let last = vec2i(i32(params.h) - 1, i32(params.w) - 1);
  let near = clamp(vec2i(row, column), vec2i(0), last);
  return select(0.0, image[plane + u32(near.x) * params.w + u32(near.y)], near.x == row && near.y == column);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let n = wid.y * count.x + wid.x;
  if (n >= g.n) { return; }
  let warp = pose_at(wid.z * g.pose_model + n * select(3u, 6u, g.theta != 0u));
  var sum_x = vec3f(0.0);
  var sum_y = vec3f(0.0);
  for (var i = lid; i < g.h * g.w; i += 64u) {
    let centred = vec2f(f32(i % g.w) - centre_of(g.w), f32(i / g.w) - centre_of(g.h));
    let place = place_of(warp, centred);
    let column = along(place.x, g.w, g.border != 0u);
    let row = along(place.y, g.h, g.border != 0u);
    var slope = vec2f(0.0);
    for (var c = 0u; c < g.c; c++) {
      let plane = wid.z * g.image_model + (n * g.c + c) * g.h * g.w;
      let v00 = pixel(plane, row.low, column.low);
      let v01 = pixel(plane, row.low, column.low + 1);
      let v10 = pixel(plane, row.low + 1, column.low);
      let v11 = pixel(plane, row.low + 1, column.low + 1);
      let across = mix(v01 - v00, v11 - v10, row.share);
      let down = mix(v10 - v00, v11 - v01, column.share);
      slope += dy[wid.z * g.dy_model + ((n * g.c + c) * g.h) * g.w + i] * vec2f(across, down);
    }
    let poison = bitcast<f32>(select(0u, 0x7fc00000u, is_nan(place.x) || is_nan(place.y)));
    let arm = vec3f(centred - warp.offset, 1.0);
    sum_x += (slope.x * column.slope + poison) * arm;
    sum_y += (slope.y * row.slope + poison) * arm;
  }
  partial_x[lid] = sum_x;
  partial_y[lid] = sum_y;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lid < half) {
      partial_x[lid] += partial_x[lid + half];
      partial_y[lid] += partial_y[lid + half];
    }
    workgroupBarrier();
  }
  if (lid != 0u) { return; }
  let x = partial_x[0];
  let y = partial_y[0];
  let wide = f32(g.w) / f32(g.h);
  if (g.theta != 0u) {
    let at = wid.z * g.dpose_model + 6u * n;
    dpose[at] = x.x;
    dpose[at + 1u] = x.y * wide;
    dpose[at + 2u] = x.z * 0.5 * f32(g.w);
    dpose[at + 3u] = y.x / wide;
    dpose[at + 4u] = y.y;
    dpose[at + 5u] = y.z * 0.5 * f32(g.h);
    return;
  }
  let at = wid.z * g.dpose_model + 3u * n;
  let t = cos_sin(pose[wid.z * g.pose_model + 3u * n + 2u]);
  dpose[at] = -(warp.a[0].x * x.z + warp.a[0].y * y.z);
  dpose[at + 1u] = -(warp.a[1].x * x.z + warp.a[1].y * y.z);
  dpose[at + 2u] = 0.017453292519943295 * (t.x * (x.y * wide - y.x / wide) - t.y * (x.x + y.y));
}
