// Data gradient of conv_relu_pool: dx[n,c,h,w] = Σ_k,r,s up[n,k,h+1−r,w+1−s] · w[k,c,r,s], where up[n,k,i,j] is dy[n,k,i/2,j/2]
// if the pool's winner (tap, see forward.naive.wgsl) is 2(i mod 2) + j mod 2, else 0. dy [M,N,K,H/2,W/2], w [M,K,C,3,3], dx [M,N,C,H,W].
// One invocation owns one dx and gathers. The unpooled gradient is never stored.

struct Params { n: u32, c: u32, h: u32, w: u32, k: u32, dy_model: u32, tap_model: u32, w_model: u32, dx_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> tap: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.n * g.c * g.h * g.w) { return; }
  let column = i % g.w;
  let row = (i / g.w) % g.h;
  let c = (i / (g.w * g.h)) % g.c;
  let n = i / (g.w * g.h * g.c);
  var sum = 0.0;
  for (var k = 0u; k < g.k; k++) {
    for (var r = 0u; r < 3u; r++) {
      let p = row + 1u - r;
      if (row + 1u < r || p >= g.h) { continue; }
      for (var s = 0u; s < 3u; s++) {
        let q = column + 1u - s;
        if (column + 1u < s || q >= g.w) { continue; }
        let size = (g.h / 2u) * (g.w / 2u);
        let at = (p / 2u) * (g.w / 2u) + q / 2u;
        let winners = tap[wid.z * g.tap_model + (n * ((g.k + 7u) / 8u) + k / 8u) * size + at];
        if (((winners >> (4u * (k % 8u))) & 15u) != 2u * (p % 2u) + q % 2u) { continue; }
        sum += dy[wid.z * g.dy_model + (n * g.k + k) * size + at] * w[wid.z * g.w_model + ((k * g.c + c) * 3u + r) * 3u + s];
      }
    }
  }
  dx[wid.z * g.dx_model + i] = sum;
}
