// Fused 3×3 convolution (stride 1, padding 1), bias, ReLU and 2×2 max-pool:
// y[n,k,i,j] = max(0, max over the window of conv(x, w)[n,k,2i+a,2j+b] + bias[k]). The winner is 2a+b (the first on a tie), 4 where ReLU cut;
// tap[n,k/8,i,j] holds eight winners, four bits a channel, lowest first. x [M,N,C,H,W], w [M,K,C,3,3], b [M,K], y [M,N,K,H/2,W/2],
// tap [M,N,⌈K/8⌉,H/2,W/2]; H and W even. One invocation owns one word of tap and its y. The full-size conv is never stored.

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, x_model: u32, w_model: u32, b_model: u32, y_model: u32, tap_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> w: array<f32>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> tap: array<u32>;

fn convolve(m: u32, n: u32, k: u32, row: u32, column: u32) -> f32 {
  let g = params;
  var sum = 0.0;
  for (var c = 0u; c < g.c; c++) {
    for (var r = 0u; r < 3u; r++) {
      let h = row + r;
      if (h < 1u || h > g.h) { continue; }
      for (var s = 0u; s < 3u; s++) {
        let v = column + s;
        if (v < 1u || v > g.w) { continue; }
        sum += x[m * g.x_model + ((n * g.c + c) * g.h + h - 1u) * g.w + v - 1u] * w[m * g.w_model + ((k * g.c + c) * 3u + r) * 3u + s];
      }
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  let rows = g.h / 2u;
  let columns = g.w / 2u;
  let words = (g.k + 7u) / 8u;
  if (id >= g.n * words * rows * columns) { return; }
  let column = id % columns;
  let row = (id / columns) % rows;
  let first = ((id / (columns * rows)) % words) * 8u;
  let n = id / (columns * rows * words);
  var packed = 0u;
  for (var k = first; k < min(first + 8u, g.k); k++) {
    var best = convolve(wid.z, n, k, 2u * row, 2u * column);
    var winner = 0u;
    for (var t = 1u; t < 4u; t++) {
      let value = convolve(wid.z, n, k, 2u * row + t / 2u, 2u * column + t % 2u);
      // NaN wins, as in PyTorch; tested by bits, because software adapters fold x != x to false.
      if (value > best || (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u) { best = value; winner = t; }
    }
    best += b[wid.z * g.b_model + k];
    let cut = best <= 0.0;
    y[wid.z * g.y_model + ((n * g.k + k) * rows + row) * columns + column] = select(best, 0.0, cut);
    packed |= select(winner, 4u, cut) << (4u * (k % 8u));
  }
  tap[wid.z * g.tap_model + id] = packed;
}
