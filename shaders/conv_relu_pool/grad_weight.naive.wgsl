// Weight and bias gradient of conv_relu_pool: dw[k,c,r,s] = Σ dy[n,k,i,j] · x[n,c,2i+a+r−1,2j+b+s−1] with (a,b) the winner of the pool's
// window, db[k] = Σ dy where ReLU did not cut. dy [M,N,K,H/2,W/2], tap as in forward.naive.wgsl, x [M,N,C,H,W], dw [M,parts,K,C,3,3], db [M,parts,K].
// One invocation owns one weight or bias of one part: images part·chunk .. (part+1)·chunk, summed in order.

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

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let weights = g.k * g.c * 9u;
  let each = weights + g.k;
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  if (id >= each * g.parts) { return; }
  let part = id / each;
  let i = id % each;
  let bias = i >= weights;
  let s = i % 3u;
  let r = (i / 3u) % 3u;
  let c = (i / 9u) % g.c;
  let k = select(i / (9u * g.c), i - weights, bias);
  let size = (g.h / 2u) * (g.w / 2u);

  var sum = 0.0;
  for (var n = part * g.chunk; n < min(g.n, (part + 1u) * g.chunk); n++) {
    for (var j = 0u; j < size; j++) {
      let winner = (tap[wid.z * g.tap_model + (n * ((g.k + 7u) / 8u) + k / 8u) * size + j] >> (4u * (k % 8u))) & 15u;
      if (winner > 3u) { continue; }
      let value = dy[wid.z * g.dy_model + (n * g.k + k) * size + j];
      if (bias) { sum += value; continue; }
      let row = 2u * (j / (g.w / 2u)) + winner / 2u + r;
      let column = 2u * (j % (g.w / 2u)) + winner % 2u + s;
      if (row < 1u || row > g.h || column < 1u || column > g.w) { continue; }
      sum += value * x[wid.z * g.x_model + ((n * g.c + c) * g.h + row - 1u) * g.w + column - 1u];
    }
  }
  if (bias) { db[wid.z * g.db_model + part * g.k + k] = sum; } else { dw[wid.z * g.dw_model + part * weights + i] = sum; }
}
