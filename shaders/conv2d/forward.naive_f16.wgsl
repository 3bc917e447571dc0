// conv2d forward on f16 storage, sums in f32: y[n,k,p,q] = b[k] + Σ_c,r,s x[n,c,p·stride+r−pad,q·stride+s−pad] · w[k,c,r,s], optionally
// ReLU, rounded once. x [M,N,C,H,W], w [M,K,C/groups,R,S], y [M,N,K,P,Q] f16, b [M,K] f32. One invocation owns one element of y.

enable f16;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, r: u32, s: u32, p: u32, q: u32,
  stride: u32, padding: u32, groups: u32, has_bias: u32, relu: u32,
  x_model: u32, w_model: u32, b_model: u32, y_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f16>;
@group(0) @binding(2) var<storage, read> w: array<f16>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f16>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.n * g.k * g.p * g.q) { return; }
  let q = i % g.q;
  let p = (i / g.q) % g.p;
  let k = (i / (g.q * g.p)) % g.k;
  let n = i / (g.q * g.p * g.k);
  let channels = g.c / g.groups;
  let first = (k / (g.k / g.groups)) * channels;

  var sum = 0.0;
  if (g.has_bias != 0u) { sum = b[wid.z * g.b_model + k]; }
  for (var c = 0u; c < channels; c++) {
    for (var r = 0u; r < g.r; r++) {
      let row = i32(p * g.stride + r) - i32(g.padding);
      if (row < 0 || row >= i32(g.h)) { continue; }
      for (var s = 0u; s < g.s; s++) {
        let column = i32(q * g.stride + s) - i32(g.padding);
        if (column < 0 || column >= i32(g.w)) { continue; }
        let value = f32(x[wid.z * g.x_model + ((n * g.c + first + c) * g.h + u32(row)) * g.w + u32(column)]);
        sum += value * f32(w[wid.z * g.w_model + ((k * channels + c) * g.r + r) * g.s + s]);
      }
    }
  }
  // A comparison, not max(): max(NaN, 0) is 0 on software adapters and would hide a NaN.
  y[wid.z * g.y_model + i] = f16(select(sum, 0.0, g.relu != 0u && sum < 0.0));
}
