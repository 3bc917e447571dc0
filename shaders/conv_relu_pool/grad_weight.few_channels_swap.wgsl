// conv_relu_pool weight and bias gradient for few input channels and subgroups of four lanes: SwiftShader; what it computes and the shapes
// are in grad_weight.naive.wgsl. As grad_weight.few_channels.wgsl, but lanes 0..3 exchange the four rows of the patch by quad swaps and
// put them in order by bit masks: some 30 instructions on SwiftShader where four broadcasts are 80.
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

fn chosen(a: u32, b: u32, mask: u32) -> u32 {
  return a ^ ((a ^ b) & mask);
}

// v of lanes 0, 1, 2, 3, in every lane. Lane l has v of lane q ^ l by a swap; the bits of l put them in order.
fn in_order(v: f32, odd: u32, high: u32) -> vec4f {
  let own = bitcast<u32>(v);
  let x = bitcast<u32>(quadSwapX(v));
  let y = bitcast<u32>(quadSwapY(v));
  let d = bitcast<u32>(quadSwapDiagonal(v));
  let a = chosen(own, x, odd);
  let b = chosen(x, own, odd);
  let c = chosen(y, d, odd);
  let e = chosen(d, y, odd);
  return bitcast<vec4f>(vec4u(chosen(a, c, high), chosen(b, e, high), chosen(c, a, high), chosen(e, b, high)));
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
  let k_blocks = (g.k + LANES - 1u) / LANES;
  let group = wid.y * count.x + wid.x;
  let filter_at = (group % k_blocks) * LANES + lid;
  let c = (group / k_blocks) % g.c;
  let part = group / (k_blocks * g.c);
  if (part >= g.parts) { return; }
  let k = min(filter_at, g.k - 1u);

  // All ones in lanes 1 and 3, in lanes 2 and 3.
  let odd = 0u - (lane & 1u);
  let high = 0u - ((lane >> 1u) & 1u);
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
    let tap_plane = wid.z * g.tap_model + (n * (((g.k + 7u) >> 3u)) + (k >> 3u)) * size;
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
        let p0 = in_order(l0, odd, high);
        let p1 = in_order(l1, odd, high);
        let p2 = in_order(l2, odd, high);
        let p3 = in_order(l3, odd, high);
        let value = dy[dy_plane + i * columns + j];
        let winner = (tap[tap_plane + i * columns + j] >> (4u * (k & 7u))) & 15u;
        let up0 = select(0.0, value, winner == 0u);
        let up1 = select(0.0, value, winner == 1u);
        let up2 = select(0.0, value, winner == 2u);
        let up3 = select(0.0, value, winner == 3u);
        d0 = d0 + up0 * p0.x + up1 * p1.x + up2 * p0.y + up3 * p1.y;
        d1 = d1 + up0 * p1.x + up1 * p2.x + up2 * p1.y + up3 * p2.y;
        d2 = d2 + up0 * p2.x + up1 * p3.x + up2 * p2.y + up3 * p3.y;
        d3 = d3 + up0 * p0.y + up1 * p1.y + up2 * p0.z + up3 * p1.z;
        d4 = d4 + up0 * p1.y + up1 * p2.y + up2 * p1.z + up3 * p2.z;
        d5 = d5 + up0 * p2.y + up1 * p3.y + up2 * p2.z + up3 * p3.z;
        d6 = d6 + up0 * p0.z + up1 * p1.z + up2 * p0.w + up3 * p1.w;
        d7 = d7 + up0 * p1.z + up1 * p2.z + up2 * p1.w + up3 * p2.w;
        d8 = d8 + up0 * p2.z + up1 * p3.z + up2 * p2.w + up3 * p3.w;
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
