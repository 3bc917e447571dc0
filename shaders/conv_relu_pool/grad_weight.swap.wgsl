// conv_relu_pool weight and bias gradient for subgroups of four lanes: SwiftShader; what it computes and the shapes are in
// grad_weight.naive.wgsl. As grad_weight.subgroup.wgsl, with two differences: lanes 0..3 exchange the unpooled values by quad swaps, in an
// order of each lane's own, so component q of a sum belongs to channel q ^ lane; and a sum is one expression that begins with it.
// C is a multiple of 4, K of 8. A workgroup sums one part: images part·chunk .. (part+1)·chunk, in order.

enable subgroups;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, parts: u32, chunk: u32,
  dy_model: u32, tap_model: u32, x_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> x: array<f32>;
@group(0) @binding(4) var<storage, read_write> dw: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<f32>;

const LANES = 8u;

// Adds the products of the four corners of a window: its unpooled gradient, all but one of them 0, and what of x lies under one tap.
fn four(sum: f32, u0: f32, u1: f32, u2: f32, u3: f32, v: vec4f) -> f32 {
  return sum + u0 * v.x + u1 * v.y + u2 * v.z + u3 * v.w;
}

fn corners(sum: vec4f, u0: vec4f, u1: vec4f, u2: vec4f, u3: vec4f, v00: f32, v01: f32, v10: f32, v11: f32) -> vec4f {
  let v = vec4f(v00, v01, v10, v11);
  return vec4f(
    four(sum.x, u0.x, u1.x, u2.x, u3.x, v),
    four(sum.y, u0.y, u1.y, u2.y, u3.y, v),
    four(sum.z, u0.z, u1.z, u2.z, u3.z, v),
    four(sum.w, u0.w, u1.w, u2.w, u3.w, v),
  );
}

fn store_nine(at: u32, t0: f32, t1: f32, t2: f32, t3: f32, t4: f32, t5: f32, t6: f32, t7: f32, t8: f32) {
  dw[at] = t0;
  dw[at + 1u] = t1;
  dw[at + 2u] = t2;
  dw[at + 3u] = t3;
  dw[at + 4u] = t4;
  dw[at + 5u] = t5;
  dw[at + 6u] = t6;
  dw[at + 7u] = t7;
  dw[at + 8u] = t8;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  // Shifts, because SwiftShader divides integers one lane at a time, also by a constant.
  let rows = g.h >> 1u;
  let columns = g.w >> 1u;
  let size = rows * columns;
  let k_blocks = g.k >> 3u;
  let c_blocks = (g.c + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  let k = (group % k_blocks) * 8u;
  let c_block = (group / k_blocks) % c_blocks;
  let part = group / (k_blocks * c_blocks);
  if (part >= g.parts) { return; }
  let channel = c_block * LANES + lid;
  let c = min(channel, g.c - 1u);

  var a0 = vec4f();
  var a1 = vec4f();
  var a2 = vec4f();
  var a3 = vec4f();
  var a4 = vec4f();
  var a5 = vec4f();
  var a6 = vec4f();
  var a7 = vec4f();
  var a8 = vec4f();
  var a_bias = vec4f();
  var b0 = vec4f();
  var b1 = vec4f();
  var b2 = vec4f();
  var b3 = vec4f();
  var b4 = vec4f();
  var b5 = vec4f();
  var b6 = vec4f();
  var b7 = vec4f();
  var b8 = vec4f();
  var b_bias = vec4f();

  for (var n = part * g.chunk; n < min(g.n, (part + 1u) * g.chunk); n++) {
    let plane = wid.z * g.x_model + (n * g.c + c) * g.h * g.w;
    let dy_plane = wid.z * g.dy_model + (n * g.k + k + (lane & 3u)) * size;
    let tap_plane = wid.z * g.tap_model + (n * (g.k >> 3u) + (k >> 3u)) * size;
    for (var i = 0u; i < rows; i++) {
      let below = 2u * i + 2u < g.h;
      let row0 = plane + (max(2u * i, 1u) - 1u) * g.w;
      let row1 = plane + 2u * i * g.w;
      let row2 = row1 + g.w;
      let row3 = plane + min(2u * i + 2u, g.h - 1u) * g.w;
      var v00 = 0.0;
      var v01 = select(0.0, x[row0], i > 0u);
      var v10 = 0.0;
      var v11 = x[row1];
      var v20 = 0.0;
      var v21 = x[row2];
      var v30 = 0.0;
      var v31 = select(0.0, x[row3], below);
      for (var j = 0u; j < columns; j++) {
        let after = 2u * j + 2u < g.w;
        let column = 2u * j + 1u;
        let next = min(2u * j + 2u, g.w - 1u);
        let v02 = select(0.0, x[row0 + column], i > 0u);
        let v03 = select(0.0, x[row0 + next], after && i > 0u);
        let v12 = x[row1 + column];
        let v13 = select(0.0, x[row1 + next], after);
        let v22 = x[row2 + column];
        let v23 = select(0.0, x[row2 + next], after);
        let v32 = select(0.0, x[row3 + column], below);
        let v33 = select(0.0, x[row3 + next], after && below);
        let at = i * columns + j;
        let a_dy = dy[dy_plane + at];
        let winners = tap[tap_plane + at] >> (4u * (lane & 3u));
        let a_tap = winners & 15u;
        let a_up0 = swapped(select(0.0, a_dy, a_tap == 0u));
        let a_up1 = swapped(select(0.0, a_dy, a_tap == 1u));
        let a_up2 = swapped(select(0.0, a_dy, a_tap == 2u));
        let a_up3 = swapped(select(0.0, a_dy, a_tap == 3u));
        a0 = corners(a0, a_up0, a_up1, a_up2, a_up3, v00, v01, v10, v11);
        a1 = corners(a1, a_up0, a_up1, a_up2, a_up3, v01, v02, v11, v12);
        a2 = corners(a2, a_up0, a_up1, a_up2, a_up3, v02, v03, v12, v13);
        a3 = corners(a3, a_up0, a_up1, a_up2, a_up3, v10, v11, v20, v21);
        a4 = corners(a4, a_up0, a_up1, a_up2, a_up3, v11, v12, v21, v22);
        a5 = corners(a5, a_up0, a_up1, a_up2, a_up3, v12, v13, v22, v23);
        a6 = corners(a6, a_up0, a_up1, a_up2, a_up3, v20, v21, v30, v31);
        a7 = corners(a7, a_up0, a_up1, a_up2, a_up3, v21, v22, v31, v32);
        a8 = corners(a8, a_up0, a_up1, a_up2, a_up3, v22, v23, v32, v33);
        a_bias += a_up0 + a_up1 + a_up2 + a_up3;
        let b_dy = dy[dy_plane + 4u * size + at];
        let b_tap = (winners >> 16u) & 15u;
        let b_up0 = swapped(select(0.0, b_dy, b_tap == 0u));
        let b_up1 = swapped(select(0.0, b_dy, b_tap == 1u));
        let b_up2 = swapped(select(0.0, b_dy, b_tap == 2u));
        let b_up3 = swapped(select(0.0, b_dy, b_tap == 3u));
        b0 = corners(b0, b_up0, b_up1, b_up2, b_up3, v00, v01, v10, v11);
        b1 = corners(b1, b_up0, b_up1, b_up2, b_up3, v01, v02, v11, v12);
        b2 = corners(b2, b_up0, b_up1, b_up2, b_up3, v02, v03, v12, v13);
        b3 = corners(b3, b_up0, b_up1, b_up2, b_up3, v10, v11, v20, v21);
        b4 = corners(b4, b_up0, b_up1, b_up2, b_up3, v11, v12, v21, v22);
        b5 = corners(b5, b_up0, b_up1, b_up2, b_up3, v12, v13, v22, v23);
        b6 = corners(b6, b_up0, b_up1, b_up2, b_up3, v20, v21, v30, v31);
        b7 = corners(b7, b_up0, b_up1, b_up2, b_up3, v21, v22, v31, v32);
        b8 = corners(b8, b_up0, b_up1, b_up2, b_up3, v22, v23, v32, v33);
        b_bias += b_up0 + b_up1 + b_up2 + b_up3;
        v00 = v02;
        v01 = v03;
        v10 = v12;
        v11 = v13;
        v20 = v22;
        v21 = v23;
        v30 = v32;
        v31 = v33;
      }
    }
  }

  // One output channel a turn, the sums moving up. The start, which compilers do not know, keeps them from unrolling: 80 stores in a row
  // took lavapipe half a second to compile. Lanes past the end start at the end.
  let step = g.c * 9u;
  let at = wid.z * g.dw_model + ((part * g.k + k) * g.c + c) * 9u;
  let bias_at = wid.z * g.db_model + part * g.k + k;
  for (var r = select(0u, 8u, channel >= g.c); r < 8u; r++) {
    store_nine(at + (r ^ (lane & 3u)) * step, a0.x, a1.x, a2.x, a3.x, a4.x, a5.x, a6.x, a7.x, a8.x);
    if (channel == 0u) { db[bias_at + (r ^ (lane & 3u))] = a_bias.x; }
    let half = r == 3u;
    a0 = select(a0.yzwx, b0, half);
    a1 = select(a1.yzwx, b1, half);
    a2 = select(a2.yzwx, b2, half);
    a3 = select(a3.yzwx, b3, half);
    a4 = select(a4.yzwx, b4, half);
    a5 = select(a5.yzwx, b5, half);
    a6 = select(a6.yzwx, b6, half);
    a7 = select(a7.yzwx, b7, half);
    a8 = select(a8.yzwx, b8, half);
    a_bias = select(a_bias.yzwx, b_bias, half);
  }
}
