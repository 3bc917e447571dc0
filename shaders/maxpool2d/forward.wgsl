// maxpool2d: y[n,c,p,q] = max over the kernel×kernel window at (p·stride, q·stride); tap = the winner's row·kernel + column, the first on a tie.
// x [M,N,C,H,W], y and tap [M,N,C,P,Q]. One invocation owns one y. A NaN wins, as in PyTorch.

struct Params { planes: u32, h: u32, w: u32, p: u32, q: u32, kernel: u32, stride: u32, x_model: u32, y_model: u32, tap_model: u32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> tap: array<u32>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) wid: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lid: u32) {
  let i = (wid.y * count.x + wid.x) * 64u + lid;
  let g = params;
  if (i >= g.planes * g.p * g.q) { return; }
  let q = i % g.q;
  let p = (i / g.q) % g.p;
  let at = wid.z * g.x_model + ((i / (g.q * g.p)) * g.h + p * g.stride) * g.w + q * g.stride;
  var best = x[at];
  var winner = 0u;
  for (var t = 1u; t < g.kernel * g.kernel; t++) {
    let value = x[at + (t / g.kernel) * g.w + t % g.kernel];
    // NaN by its bits: software adapters fold x != x to false.
    if (value > best || (bitcast<u32>(value) & 0x7fffffffu) > 0x7f800000u) { best = value; winner = t; }
  }
  y[wid.z * g.y_model + i] = best;
  tap[wid.z * g.tap_model + i] = winner;
}
