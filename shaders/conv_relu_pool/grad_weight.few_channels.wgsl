// conv_relu_pool weight and bias gradient for few input channels; what it computes and the shapes are in grad_weight.naive.wgsl.
// A lane owns one output channel of one input channel: nine sums. Lanes 0..3 load one row each of the 4×4 patch of x and broadcast it.
// A workgroup sums one part: images part·chunk .. (part+1)·chunk, in order.

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

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) wid: vec3u,
  @builtin(num_workgroups) count: vec3u,
  @builtin(local_invocation_index) lid: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let g = params;
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let size = rows * columns;
  let k_blocks = (g.k + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  let filter_at = (group % k_blocks) * LANES + lid;
  let c = (group / k_blocks) % g.c;
  let part = group / (k_blocks * g.c);
  if (part >= g.parts) { return; }
  let k = min(filter_at, g.k - 1u);

  var d0 = 0.0;
  var d1 = 0.0;
  var d2 = 0.0;
  var d3 = 0.0;
  var d4 = 0.0;
  var d5 = 0.0;
  var d6 = 0.0;
  var d7 = 0.0;
  var d8 = 0.0;
  var bias = 0.0;

  for (var n = part * g.chunk; n < min(g.n, (part + 1u) * g.chunk); n++) {
    let dy_plane = wid.z * g.dy_model + (n * g.k + k) * size;
    let tap_plane = wid.z * g.tap_model + (n * ((g.k + 7u) / 8u) + k / 8u) * size;
    for (var i = 0u; i < rows; i++) {
      // Lane l of 0..3 reads patch row 2i − 1 + l.
      let row = 2u * i + (lane & 3u);
      let inside = row >= 1u && row <= g.h;
      let row_at = wid.z * g.x_model + ((n * g.c + c) * g.h + min(max(row, 1u) - 1u, g.h - 1u)) * g.w;
      var l0 = 0.0;
      var l1 = select(0.0, x[row_at], inside);
      for (var j = 0u; j < columns; j++) {
        let l2 = select(0.0, x[row_at + 2u * j + 1u], inside);
        let l3 = select(0.0, x[row_at + min(2u * j + 2u, g.w - 1u)], inside && 2u * j + 2u < g.w);
        let v00 = quadBroadcast(l0, 0u);
        let v01 = quadBroadcast(l1, 0u);
        let v02 = quadBroadcast(l2, 0u);
        let v03 = quadBroadcast(l3, 0u);
        let v10 = quadBroadcast(l0, 1u);
        let v11 = quadBroadcast(l1, 1u);
        let v12 = quadBroadcast(l2, 1u);
        let v13 = quadBroadcast(l3, 1u);
        let v20 = quadBroadcast(l0, 2u);
        let v21 = quadBroadcast(l1, 2u);
        let v22 = quadBroadcast(l2, 2u);
        let v23 = quadBroadcast(l3, 2u);
        let v30 = quadBroadcast(l0, 3u);
        let v31 = quadBroadcast(l1, 3u);
        let v32 = quadBroadcast(l2, 3u);
        let v33 = quadBroadcast(l3, 3u);
        let value = dy[dy_plane + i * columns + j];
        let winner = (tap[tap_plane + i * columns + j] >> (4u * (k % 8u))) & 15u;
        let up0 = select(0.0, value, winner == 0u);
        let up1 = select(0.0, value, winner == 1u);
        let up2 = select(0.0, value, winner == 2u);
        let up3 = select(0.0, value, winner == 3u);
        d0 = fma(up3, v11, fma(up2, v10, fma(up1, v01, fma(up0, v00, d0))));
        d1 = fma(up3, v12, fma(up2, v11, fma(up1, v02, fma(up0, v01, d1))));
        d2 = fma(up3, v13, fma(up2, v12, fma(up1, v03, fma(up0, v02, d2))));
        d3 = fma(up3, v21, fma(up2, v20, fma(up1, v11, fma(up0, v10, d3))));
        d4 = fma(up3, v22, fma(up2, v21, fma(up1, v12, fma(up0, v11, d4))));
        d5 = fma(up3, v23, fma(up2, v22, fma(up1, v13, fma(up0, v12, d5))));
        d6 = fma(up3, v31, fma(up2, v30, fma(up1, v21, fma(up0, v20, d6))));
        d7 = fma(up3, v32, fma(up2, v31, fma(up1, v22, fma(up0, v21, d7))));
        d8 = fma(up3, v33, fma(up2, v32, fma(up1, v23, fma(up0, v22, d8))));
        bias += up0 + up1 + up2 + up3;
        l0 = l2;
        l1 = l3;
      }
    }
  }

  if (filter_at >= g.k) { return; }
  let at = wid.z * g.dw_model + ((part * g.k + k) * g.c + c) * 9u;
  dw[at] = d0;
  dw[at + 1u] = d1;
  dw[at + 2u] = d2;
  dw[at + 3u] = d3;
  dw[at + 4u] = d4;
  dw[at + 5u] = d5;
  dw[at + 6u] = d6;
  dw[at + 7u] = d7;
  dw[at + 8u] = d8;
  if (c == 0u) { db[wid.z * g.db_model + part * g.k + k] = bias; }
}
