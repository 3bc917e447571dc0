// conv2d data gradient on f16 storage, sums in f32: dx[n,c,h,w] = Σ_k,r,s dy[n,k,(h+pad−r)/stride,(w+pad−s)/stride] · w[k,c,r,s], where
// both divisions are exact. dy [M,N,K,P,Q], w [M,K,C/groups,R,S], dx [M,N,C,H,W], all f16.
// One invocation owns one element of dx and gathers; nothing is scattered.

enable f16;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, r: u32, s: u32, p: u32, q: u32,
  stride: u32, padding: u32, groups: u32,
  dy_model: u32, w_model: u32, dx_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read_write> dx: array<f16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.n * g.c * g.h * g.w) { return; }
  let column = i % g.w;
  let row = (i / g.w) % g.h;
  let channel = (i / (g.w * g.h)) % g.c;
  let n = i / (g.w * g.h * g.c);
  let channels = g.c / g.groups;
  let filters = g.k / g.groups;
  let group = channel / channels;
  let c = channel % channels;

  var sum = 0.0;
  for (var f = 0u; f < filters; f++) {
    let k = group * filters + f;
    for (var r = 0u; r < g.r; r++) {
      let up = i32(row + g.padding) - i32(r);
      if (up < 0 || u32(up) % g.stride != 0u || u32(up) / g.stride >= g.p) { continue; }
      for (var s = 0u; s < g.s; s++) {
        let left = i32(column + g.padding) - i32(s);
        if (left < 0 || u32(left) % g.stride != 0u || u32(left) / g.stride >= g.q) { continue; }
        let value = f32(dy[wid.z * g.dy_model + ((n * g.k + k) * g.p + u32(up) / g.stride) * g.q + u32(left) / g.stride]);
        sum += value * f32(w[wid.z * g.w_model + ((k * channels + c) * g.r + r) * g.s + s]);
      }
    }
  }
  dx[wid.z * g.dx_model + i] = f16(sum);
}
