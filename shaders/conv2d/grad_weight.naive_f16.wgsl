// conv2d weight and bias gradient on f16 storage, sums in f32: dw[k,c,r,s] = Σ_n,p,q dy[n,k,p,q] · x[n,c,p·stride+r−pad,q·stride+s−pad],
// db[k] = Σ_n,p,q dy[n,k,p,q]. dy [M,N,K,P,Q], x [M,N,C,H,W] f16; dw [M,parts,K,C/groups,R,S] and db [M,parts,K] f32, as the weights are
// that they are for. One invocation owns one weight (or one bias) of one part: part j sums images j·chunk .. (j+1)·chunk in order; the
// consumer adds the parts in order.

enable f16;

struct Params {
  n: u32, c: u32, h: u32, w: u32, k: u32, r: u32, s: u32, p: u32, q: u32,
  stride: u32, padding: u32, groups: u32, parts: u32, chunk: u32,
  dy_model: u32, x_model: u32, dw_model: u32, db_model: u32,
}
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f16>;
@group(0) @binding(2) var<storage, read> x: array<f16>;
@group(0) @binding(3) var<storage, read_write> dw: array<f32>;
@group(0) @binding(4) var<storage, read_write> db: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let g = params;
  let channels = g.c / g.groups;
  let weights = g.k * channels * g.r * g.s;
  let id = (wid.y * count.x + wid.x) * 64u + lid;
  let each = weights + g.k;
  if (id >= each * g.parts) { return; }
  let part = id / each;
  let i = id % each;
  let bias = i >= weights;
  let s = i % g.s;
  let r = (i / g.s) % g.r;
  let c = (i / (g.s * g.r)) % channels;
  let k = select(i / (g.s * g.r * channels), i - weights, bias);
  let channel = (k / (g.k / g.groups)) * channels + c;

  var sum = 0.0;
  for (var n = part * g.chunk; n < min(g.n, (part + 1u) * g.chunk); n++) {
    for (var p = 0u; p < g.p; p++) {
      let row = i32(p * g.stride + r) - i32(g.padding);
      for (var q = 0u; q < g.q; q++) {
        let column = i32(q * g.stride + s) - i32(g.padding);
        let value = f32(dy[wid.z * g.dy_model + ((n * g.k + k) * g.p + p) * g.q + q]);
        if (bias) { sum += value; continue; }
        if (row < 0 || row >= i32(g.h) || column < 0 || column >= i32(g.w)) { continue; }
        sum += value * f32(x[wid.z * g.x_model + ((n * g.c + channel) * g.h + u32(row)) * g.w + u32(column)]);
      }
    }
  }
  if (bias) { db[wid.z * g.db_model + part * g.k + k] = sum; } else { dw[wid.z * g.dw_model + part * weights + i] = sum; }
}
